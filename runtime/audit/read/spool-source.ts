import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  fieldsOf,
  frameAt,
  frameLength,
  framesOf,
  HEADER_BYTES,
  nextMagic,
} from "../spool/frame.js";
import { listSegments } from "../spool/list-segments.js";
import type { ListedSegment } from "../spool/list-segments.js";
import { nodeFiles } from "../spool/spool-files.js";
import { addLine, emptyBatch, isEmpty } from "./audit-entry.js";
import type { Batch, Batching } from "./audit-entry.js";
import { POLL_MILLISECONDS } from "./polling.js";
import type { AuditSource, Part } from "./source.js";

/** Looking for the next frame in damaged bytes takes time with its square. */
const CHUNK_BYTES = 64 * 1024;

/** How often a segment may hold the beginning of a frame that is longer than a chunk, and none. */
const MAX_LONG_FAILURES = 64;

/** The folder of a spool, also one that a process writes to: nothing is locked, nothing is repaired. */
export function openSpoolSource(path: string): AuditSource {
  let place = { segment: 0, offset: 0 };
  let newest = { epoch: 0, sequence: 0 };
  const keepNewest = ({ entries }: Batch) => {
    for (const { epoch = 0, sequence = 0 } of entries) newest = { epoch, sequence };
  };
  const read = async function* (segment: ListedSegment, from: number, end: "ended" | "growing") {
    const parts = readSegmentPart({ segment, from }, end);
    for (;;) {
      const { value, done } = await parts.next();
      if (done) {
        if (segment.number >= place.segment) place = { segment: segment.number, offset: value };
        return;
      }
      yield value;
    }
  };
  return {
    kind: "spool",
    folder: basename(path) === "spool" ? dirname(path) : path,
    path,
    async released() {
      const [first] = await list(path);
      return first?.header?.ledger.events ?? 0;
    },
    async parts() {
      const segments = await list(path);
      return segments.map(
        (segment, index): Part =>
          async function* () {
            const end = index === segments.length - 1 ? "growing" : "ended";
            for await (const batch of read(segment, 0, end)) {
              // The last segment is the one that is followed from.
              if (end === "growing") keepNewest(batch);
              yield batch;
            }
          },
      );
    },
    async *follow(signal) {
      while (!signal.aborted) {
        const segments = (await list(path)).filter(({ number }) => number >= place.segment);
        for (const [index, segment] of segments.entries()) {
          const from = segment.number === place.segment ? place.offset : 0;
          const end = index === segments.length - 1 ? "growing" : "ended";
          for await (const batch of read(segment, from, end)) {
            // What was written and not acknowledged may come again in the next segment.
            const { epoch: e, sequence: s } = newest;
            const isNew = ({ epoch = 0, sequence = 0 }) =>
              epoch > e || (epoch === e && sequence > s);
            const entries = batch.entries.filter(isNew);
            keepNewest({ ...batch, entries });
            yield { ...batch, entries };
          }
        }
        await wait(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    },
    close: async () => undefined,
  };
}

/** A segment may be released between its name and its header. */
async function list(path: string): Promise<readonly ListedSegment[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listSegments(nodeFiles, path);
    } catch (error) {
      if (Object(error).code !== "ENOENT" || attempt === 5) throw error;
    }
  }
}

interface SegmentPart {
  readonly segment: ListedSegment;
  readonly from: number;
}

/** Frames, a chunk at a time; returns where the last whole one ends. */
async function* readSegmentPart(
  { segment, from }: SegmentPart,
  end: "ended" | "growing",
): AsyncGenerator<Batch, number> {
  const file = basename(segment.path);
  const handle = await open(segment.path, "r").catch((error: unknown) => {
    if (Object(error).code !== "ENOENT") throw error;
  });
  if (handle === undefined) {
    yield { ...emptyBatch(), passed: [{ trouble: "gone", file, at: from }] };
    return from;
  }
  try {
    let at = from;
    let wanted = CHUNK_BYTES;
    let patience = MAX_LONG_FAILURES;
    while (at < segment.end) {
      const chunk = Buffer.allocUnsafe(Math.min(wanted, segment.end - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      const bytes = chunk.subarray(0, bytesRead);
      const isLong = wanted > CHUNK_BYTES;
      const isLast = at + bytesRead >= segment.end || bytesRead < chunk.length;
      const batch = emptyBatch();
      const long = isLong ? frameAt(bytes, 0) : undefined;
      let taken: number;
      if (long !== undefined || !isLong) {
        const frames = long === undefined ? bytes : bytes.subarray(0, long.to);
        const part = isLast && frames.length === bytesRead ? end : "between";
        const room = patience > 0 ? segment.end - at : 0;
        taken = takeFrames(batch, frames, { file, at, segment: segment.number, part, room });
      } else {
        // Nothing else in so many bytes is looked at: a frame that lies of its length would cost them all.
        patience -= 1;
        batch.passed.push({ trouble: "damaged", file, at });
        taken = Math.min(nextMagic(bytes, 1), CHUNK_BYTES);
      }
      if (!isEmpty(batch)) yield batch;
      if (isLast && !isLong && taken < bytesRead) return at + taken;
      // A frame that is longer than the chunk is read whole.
      wanted = taken > 0 ? CHUNK_BYTES : (frameLength(bytes, 0) ?? CHUNK_BYTES);
      at += taken;
    }
    return at;
  } finally {
    await handle.close();
  }
}

interface Taking {
  readonly file: string;
  readonly at: number;
  readonly segment: number;
  /** `between` where more of the segment follows. */
  readonly part: "between" | "ended" | "growing";
  /** Bytes from `at` on that a frame may take. */
  readonly room: number;
}

function takeFrames(
  batch: Batching,
  bytes: Buffer,
  { file, at, segment, part, room }: Taking,
): number {
  let taken = 0;
  for (const item of framesOf(bytes, 0)) {
    if (item.kind === "damage") {
      batch.passed.push({ trouble: "damaged", file, at: at + item.from });
    } else if (item.kind === "tail") {
      if (part === "between") {
        const cut = nextCut(bytes, item.from, room);
        if (cut > item.from) batch.passed.push({ trouble: "damaged", file, at: at + item.from });
        return cut;
      }
      // Zeros were written ahead, and an end that grows may be half written.
      const isSpare = bytes.subarray(item.from).every((byte) => byte === 0);
      if (part === "growing") {
        if (!isSpare) batch.passed.push({ trouble: "torn", file, at: at + item.from });
        return item.from;
      }
      if (!isSpare) batch.passed.push({ trouble: "damaged", file, at: at + item.from });
    } else {
      const { kind, epoch, sequence, category, id, line } = fieldsOf(bytes, item);
      const position = { segment, offset: at + item.from };
      const place = { epoch, sequence, category, id, position };
      if (kind === "event") addLine(batch, line, { place, file, at: at + item.from });
      else batch.notes.push({ kind, epoch, line });
    }
    taken = item.to;
  }
  return taken;
}

/** Where the first frame may begin that goes on behind the bytes. */
function nextCut(bytes: Buffer, from: number, room: number): number {
  let at = from;
  while (at < bytes.length) {
    const left = bytes.length - at;
    const length = frameLength(bytes, at) ?? 0;
    if (left < HEADER_BYTES || (length > left && at + length <= room)) return at;
    at = nextMagic(bytes, at + 1);
  }
  return at;
}
