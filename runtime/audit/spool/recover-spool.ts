import { parseCheckpoint } from "./checkpoint.js";
import { fieldsOf, framesOf } from "./frame.js";
import { emptyLedger, enterEvent, enterGap, parseGap } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { listSegments, readSegment } from "./list-segments.js";
import type { ListedSegment } from "./list-segments.js";
import type { LogState, SegmentInfo } from "./log.js";
import { createMissingNumbers } from "./missing-numbers.js";
import { isBefore, segmentNumbers } from "./segment-header.js";
import type { Hole, Opening, Position } from "./segment-header.js";
import type { SpoolFiles } from "./spool-files.js";
import { appendLeaf, copyTree } from "./tree.js";

/** So many holes are told of one by one; a power cut makes a handful. */
const MAX_HOLES = 256;

export interface Recovered {
  /** Undefined where no frame tells it. */
  readonly origin: string | undefined;
  /** Of the last process; 0 before the first. */
  readonly epoch: number;
  readonly lastNumber: number;
  readonly segments: readonly SegmentInfo[];
  readonly state: LogState;
  readonly opening: Opening;
  /** Bytes that had been durable and are not what was written. */
  readonly damaged: readonly Hole[];
}

interface Scanned extends ListedSegment {
  readonly bytes: Buffer;
  readonly items: readonly ReturnType<typeof itemOf>[];
}

/**
 * Reads the end of the record, cuts a torn tail off, makes durable what is there, and tells where to
 * go on. Only segments that may hold what was not durable are read whole.
 */
export async function recoverSpool(files: SpoolFiles, folder: string): Promise<Recovered> {
  const lastNumber = segmentNumbers(files.list(folder)).at(-1) ?? 0;
  let listed = await listSegments(files, folder);
  let scanned = await scanEnd(files, listed);
  // A segment without a frame was being begun when the process ended.
  for (let last = listed.at(-1); last !== undefined && isEmpty(scanned); last = listed.at(-1)) {
    files.remove(last.path);
    listed = await listSegments(files, folder);
    scanned = await scanEnd(files, listed);
  }
  const cut = cutTail(files, scanned);
  scanned = cutReplaced(files, scanned);
  for (const { path } of scanned) await syncFile(files, path);
  if (scanned.length > 0) await files.syncFolder(folder);
  const found = sumUp(scanned);
  const segments = listed.map(({ number, header, end }) => ({
    number,
    time: header?.time ?? 0,
    // Whatever it was: the process that it was for is gone, and its spare space was cut off.
    space: "grown" as const,
    end:
      number === listed.at(-1)?.number
        ? (cut ?? end)
        : (scanned.find((segment) => segment.number === number)?.end ?? end),
  }));
  return { ...found, lastNumber, segments };
}

/** The last segments: back to one before which all was durable. */
async function scanEnd(
  files: SpoolFiles,
  listed: readonly ListedSegment[],
): Promise<readonly Scanned[]> {
  let scanned: readonly Scanned[] = [];
  for (const segment of listed.toReversed()) {
    const bytes = await readSegment(files, segment);
    const items = [...framesOf(bytes, 0)].map((item) => itemOf(bytes, item));
    scanned = [{ ...segment, bytes, items }, ...scanned];
    const { header } = segment;
    const mark = markOf(scanned);
    if (header?.previous && mark !== undefined && !isBefore(mark, header.previous)) break;
  }
  return scanned;
}

function itemOf(
  bytes: Buffer,
  item: ReturnType<typeof framesOf> extends Iterable<infer T> ? T : never,
) {
  const isFrame = item.kind !== "damage" && item.kind !== "tail";
  return { item, fields: isFrame ? fieldsOf(bytes, item) : undefined };
}

/** The furthest place that a frame says was durable. */
function markOf(scanned: readonly Scanned[]): Position | undefined {
  let mark: Position | undefined;
  for (const { header, items } of scanned) {
    const marks = items.map(({ fields }) => (fields ? durableOf(fields) : undefined));
    for (const found of [header?.durable ?? undefined, ...marks])
      if (found !== undefined && (mark === undefined || isBefore(mark, found))) mark = found;
  }
  return mark;
}

function durableOf({ kind, line }: { readonly kind: string; readonly line: string }) {
  return kind === "checkpoint" ? checkpointOf(line)?.durable : undefined;
}

function checkpointOf(note: string) {
  return parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1));
}

function isEmpty(scanned: readonly Scanned[]): boolean {
  return scanned.at(-1)?.items.every(({ fields }) => fields === undefined) ?? false;
}

/** Where the last segment ends now. */
function cutTail(files: SpoolFiles, scanned: readonly Scanned[]): number | undefined {
  const last = scanned.at(-1);
  const tail = last?.items.at(-1)?.item;
  if (last === undefined || tail?.kind !== "tail") return undefined;
  files.truncate(last.path, tail.from);
  return tail.from;
}

/**
 * After a failed sync a segment replaces the end of the one before it, and its header says from
 * where. Where a power cut took the header, the first number that comes twice tells it.
 */
function cutReplaced(files: SpoolFiles, scanned: readonly Scanned[]): readonly Scanned[] {
  return scanned.map((segment, index) => {
    const after = scanned[index + 1];
    if (after === undefined || after.header !== undefined) return segment;
    const again = after.items.find(({ fields }) => fields?.kind === "event")?.fields;
    const place = segment.items.findIndex(
      ({ fields }) =>
        fields?.kind === "event" &&
        again !== undefined &&
        fields.epoch === again.epoch &&
        fields.sequence >= again.sequence,
    );
    const end = segment.items[place]?.item.from;
    if (end === undefined) return segment;
    files.truncate(segment.path, end);
    const bytes = segment.bytes.subarray(0, end);
    return { ...segment, bytes, end, items: segment.items.slice(0, place) };
  });
}

function sumUp(scanned: readonly Scanned[]): Omit<Recovered, "lastNumber" | "segments"> {
  const [first] = scanned;
  if (first === undefined) return nothing();
  const ledger: Ledger = { ...(first.header?.ledger ?? emptyLedger()) };
  const missing = createMissingNumbers(ledger.sequence);
  const mark = markOf(scanned);
  const holes: Hole[] = [];
  const damaged: Hole[] = [];
  const last = scanned.at(-1) ?? first;
  let tree = copyTree(first.header?.tree ?? { size: 0, heads: [] });
  let [epoch, window, origin] = [0, 0, undefined as string | undefined];
  let isClosed = false;
  for (const [index, segment] of scanned.entries()) {
    const { header, bytes, items, number } = segment;
    if (header !== undefined) {
      tree = copyTree(header.tree);
      [epoch, window, origin] = [header.epoch, header.window, header.origin];
    }
    const miss = (hole: Hole): void => {
      const isDamaged =
        mark !== undefined && isBefore({ segment: hole.segment, offset: hole.from }, mark);
      (isDamaged ? damaged : holes).push(hole);
    };
    const before = scanned[index - 1];
    if (before !== undefined && header?.previous && header.previous.segment !== before.number)
      miss({ segment: header.previous.segment, from: 0, to: header.previous.offset });
    for (const { item, fields } of items) {
      isClosed = false;
      if (fields === undefined) {
        if (item.kind === "damage" || segment !== last)
          miss({ segment: number, from: item.from, to: item.to });
        continue;
      }
      epoch = Math.max(epoch, fields.epoch);
      if (fields.kind === "event") {
        missing.event(fields.sequence, { segment: number, offset: item.from });
        enterEvent(ledger, fields.sequence);
      }
      const gap = fields.kind === "gap" ? parseGap(fields.line) : undefined;
      if (gap !== undefined) {
        missing.gap(gap);
        enterGap(ledger, gap);
      }
      const checkpoint = fields.kind === "checkpoint" ? checkpointOf(fields.line) : undefined;
      origin ??= checkpoint?.origin;
      isClosed = checkpoint?.isClosing ?? false;
      appendLeaf(tree, bytes.subarray(item.from, item.to));
    }
    if (bytes.length < segment.end) miss({ segment: number, from: bytes.length, to: segment.end });
  }
  const highest = ledger.sequence;
  const unexplained = missing.unexplained(highest);
  ledger.lost += unexplained.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const [earliest] = unexplained;
  const lastDurable = earliest === undefined ? highest : earliest.from - 1;
  const opening: Opening = {
    after: isClosed ? "clean" : "unclean",
    lastDurable,
    upperBound: isClosed ? highest : Math.max(highest, lastDurable + window),
    holes: holes.slice(0, MAX_HOLES),
  };
  return { origin, epoch, state: { tree, ledger }, opening, damaged };
}

function nothing(): Omit<Recovered, "lastNumber" | "segments"> {
  const state = { tree: { size: 0, heads: [] }, ledger: emptyLedger() };
  const opening = { after: "new", lastDurable: 0, upperBound: 0, holes: [] } as const;
  return { origin: undefined, epoch: 0, state, opening, damaged: [] };
}

async function syncFile(files: SpoolFiles, path: string): Promise<void> {
  const file = files.open(path, "read");
  try {
    await files.sync(file);
  } finally {
    files.close(file);
  }
}
