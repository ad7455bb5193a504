import { join } from "node:path";
import { formatCheckpoint } from "./checkpoint.js";
import { createFrame, fieldsOf, frameAt, HEADER_BYTES, kinds, sequenceAt } from "./frame.js";
import { enterEvent, enterGap, parseGap } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { formatHeader, segmentName } from "./segment-header.js";
import type { Opening, Position } from "./segment-header.js";
import { signNote } from "./signed-note.js";
import type { NoteSigner } from "./signed-note.js";
import { writeWhole } from "./spool-files.js";
import type { SpoolFiles } from "./spool-files.js";
import { appendLeaf, copyTree } from "./tree.js";
import type { Tree } from "./tree.js";

/** Name of the file that is written ahead, for what must be said when the disk is full. */
export const RESERVE = "reserve";

export interface LogState {
  readonly tree: Tree;
  readonly ledger: Ledger;
}

/** A place up to which all is durable, and what it comes to. */
export interface Mark extends Position {
  readonly state: LogState;
}

export interface SegmentInfo {
  readonly number: number;
  /** When it was begun, in milliseconds since the epoch of Unix. */
  readonly time: number;
  readonly space: "grown" | "reserve";
  end: number;
}

export interface LogOptions {
  readonly files: SpoolFiles;
  readonly folder: string;
  readonly origin: string;
  readonly epoch: number;
  readonly window: number;
  readonly segmentBytes: number;
  readonly signers: readonly NoteSigner[];
  readonly now: () => number;
  readonly tallies: () => Readonly<Record<string, number>>;
  /** What recovery found; the last of `segments` is where the record goes on from. */
  readonly state: LogState;
  readonly segments: readonly SegmentInfo[];
  /** The highest number that any file of the folder has, in the record or not. */
  readonly lastNumber: number;
}

/** Appends frames to segments and knows what of it is durable; it has no mind of its own on failures. */
export interface Log {
  /** Goes on in a new segment from what is durable; what was written behind that is not part of it. */
  restart(space: "grown" | "reserve", opening?: Opening): void;
  /** Goes on in the last segment where that is a reserve one with space left; tells whether it is. */
  reopen(): boolean;
  /** Writes frames in one piece. @throws the file system's error; only `restart` helps then. */
  append(frames: Buffer): void;
  /** Writes a checkpoint of all so far. */
  checkpoint(end: "open" | "closed"): string;
  /** Resolves when all that was appended before the call is durable. */
  sync(): Promise<void>;
  durable(): Mark;
  segments(): readonly SegmentInfo[];
  bytes(): number;
  /** Deletes the oldest segment; the caller saw to it that nobody needs it. */
  removeOldest(): void;
  close(): void;
}

interface OpenSegment {
  readonly info: SegmentInfo;
  readonly file: number;
}

export function createLog(options: LogOptions): Log {
  const { files, folder, origin, epoch, window, now } = options;
  const segments: SegmentInfo[] = [...options.segments];
  let lastNumber = options.lastNumber;
  let state = options.state;
  let durable: Mark | undefined = startOf(options);
  let current: OpenSegment | undefined;
  /** Files before the current one that are not yet durable to their end. */
  let ended: OpenSegment[] = [];
  let isFolderDirty = false;

  const put = (bytes: Buffer): void => {
    if (current === undefined) throw new Error("a log is written before it is begun");
    const { info, file } = current;
    enter(state, bytes);
    writeWhole(files, file, { bytes, position: info.space === "reserve" ? info.end : null });
    info.end += bytes.length;
  };

  const begin = (space: "grown" | "reserve", from: SegmentInfo | undefined, opening?: Opening) => {
    lastNumber += 1;
    const path = join(folder, segmentName(lastNumber));
    if (space === "reserve") files.rename(join(folder, RESERVE), path);
    isFolderDirty = true;
    const file = files.open(path, space === "reserve" ? "overwrite" : "create");
    const info = { number: lastNumber, time: now(), space, end: 0 };
    current = { info, file };
    segments.push(info);
    const line = formatHeader({
      version: 1,
      origin,
      segment: lastNumber,
      epoch,
      time: info.time,
      window,
      previous: from === undefined ? null : { segment: from.number, offset: from.end },
      durable: durable === undefined ? null : { segment: durable.segment, offset: durable.offset },
      ledger: state.ledger,
      tree: state.tree,
      opening: opening ?? null,
      space,
    });
    put(createFrame({ ...plain, kind: "segment", epoch, sequence: state.ledger.sequence, line }));
  };

  /** Takes away what was begun and holds nothing durable; a name that stays is ignored by readers. */
  const abandon = (): void => {
    for (const { info, file } of [...ended, ...(current === undefined ? [] : [current])]) {
      tryTo(() => files.close(file));
      if (durable !== undefined && info.number <= durable.segment) continue;
      segments.splice(segments.indexOf(info), 1);
      tryTo(() => files.remove(join(folder, segmentName(info.number))));
    }
    ended = [];
    current = undefined;
    const last = segments.at(-1);
    if (last !== undefined && durable !== undefined) last.end = durable.offset;
  };

  const checkpoint = (end: "open" | "closed"): string => {
    const facts = { origin, tree: state.tree, epoch, ledger: state.ledger, durable, end };
    const text = formatCheckpoint({ ...facts, time: now(), tallies: options.tallies() });
    const line = signNote(text, options.signers);
    const { sequence } = state.ledger;
    put(createFrame({ ...plain, kind: "checkpoint", epoch, sequence, line }));
    return line;
  };

  return {
    restart(space, opening) {
      abandon();
      state = copyState(durable?.state ?? options.state);
      if (opening !== undefined) state.ledger.sequence = 0;
      try {
        begin(space, segments.at(-1), opening);
      } catch (error) {
        abandon();
        throw error;
      }
    },
    reopen() {
      const last = segments.at(-1);
      if (last?.space !== "reserve" || durable?.segment !== last.number) return false;
      abandon();
      state = copyState(durable.state);
      const file = files.open(join(folder, segmentName(last.number)), "overwrite");
      current = { info: last, file };
      return true;
    },
    append(frames) {
      const isFull = current?.info.space === "grown" && current.info.end >= options.segmentBytes;
      if (current !== undefined && isFull) {
        checkpoint("open");
        ended.push(current);
        begin("grown", current.info);
      }
      put(frames);
    },
    checkpoint,
    async sync() {
      if (current === undefined) throw new Error("a log is synced before it is begun");
      const waiting = [...ended];
      const { info, file } = current;
      const { number: segment, end: offset } = info;
      const reached = copyState(state);
      // In the order of the record, so that a power cut takes its end rather than its middle.
      for (const open of waiting) await files.sync(open.file);
      if (isFolderDirty) {
        isFolderDirty = false;
        try {
          await files.syncFolder(folder);
        } catch (error) {
          isFolderDirty = true;
          throw error;
        }
      }
      await files.sync(file);
      ended = ended.slice(waiting.length);
      for (const open of waiting) tryTo(() => files.close(open.file));
      durable = { segment, offset, state: reached };
    },
    durable() {
      if (durable === undefined) throw new Error("nothing of a log is durable before it is begun");
      return durable;
    },
    segments: () => segments,
    bytes: () => segments.reduce((sum, { end }) => sum + end, 0),
    removeOldest() {
      const [oldest] = segments;
      if (oldest === undefined || segments.length === 1) return;
      files.remove(join(folder, segmentName(oldest.number)));
      segments.shift();
      isFolderDirty = true;
    },
    close() {
      for (const open of ended) tryTo(() => files.close(open.file));
      if (current !== undefined) files.close(current.file);
      current = undefined;
    },
  };
}

const plain = { category: "", id: "" } as const;

function startOf({ segments, state }: LogOptions): Mark | undefined {
  const last = segments.at(-1);
  return last === undefined ? undefined : { segment: last.number, offset: last.end, state };
}

function copyState({ tree, ledger }: LogState): LogState {
  return { tree: copyTree(tree), ledger: { ...ledger } };
}

/** Adds frames to the tree and the ledger. Here only frames of our own making come. */
function enter({ tree, ledger }: LogState, frames: Buffer): void {
  for (let at = 0; at < frames.length; ) {
    const length = HEADER_BYTES + frames.readUInt32LE(at + 8);
    const kind = frames.readUInt8(at + 24);
    if (kind === kinds.event) enterEvent(ledger, sequenceAt(frames, at));
    else if (kind === kinds.gap) {
      const frame = frameAt(frames, at);
      const gap = frame && parseGap(fieldsOf(frames, frame).line);
      if (gap === undefined) throw new Error("a gap was written that cannot be read");
      enterGap(ledger, gap);
    }
    appendLeaf(tree, frames.subarray(at, at + length));
    at += length;
  }
}

function tryTo(task: () => void): void {
  try {
    task();
  } catch {
    // A file that cannot be closed or removed holds nothing of the record.
  }
}
