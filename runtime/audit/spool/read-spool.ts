import { join } from "node:path";
import { fieldsOf, frameLength, framesOf, nextMagic } from "./frame.js";
import type { Log } from "./log.js";
import { segmentName } from "./segment-header.js";
import type { Position } from "./segment-header.js";
import type { Cursor, SpoolBatch, SpoolRecord } from "./spool.js";
import type { SpoolFiles } from "./spool-files.js";

const CHUNK_BYTES = 256 * 1024;

export interface ReadOptions {
  readonly files: SpoolFiles;
  readonly folder: string;
  readonly log: Log;
  readonly from: Cursor | undefined;
  readonly max: number;
}

/**
 * Up to `max` records from a cursor on, but no more than a chunk of the file, so that a batch is
 * bounded in bytes too. Bytes that are no frame are passed over: recovery told of them.
 */
export async function readSpool(options: ReadOptions): Promise<SpoolBatch> {
  const { log, max } = options;
  const records: SpoolRecord[] = [];
  let next = startOf(options);
  while (records.length < max) {
    const end = endOf(log, next.segment);
    if (next.offset >= end) {
      const following = log.segments().find(({ number }) => number > next.segment);
      if (following === undefined || following.number > log.durable().segment) break;
      next = { ...next, segment: following.number, offset: 0 };
      continue;
    }
    const bytes = await readChunk(options, next, end);
    const taken = take(bytes, next, { records, max, isEnd: next.offset + bytes.length >= end });
    // Where a power cut shortened the file there is nothing to read before the end.
    next = bytes.length === 0 ? { ...next, offset: end } : taken;
    // One chunk with something in it is a batch; a caller that wants more asks again.
    if (records.length > 0) break;
  }
  return { records, next };
}

/** A cursor to a segment that is gone goes on with the oldest that is there. */
function startOf({ log, from }: ReadOptions): Cursor {
  const first = log.segments()[0]?.number ?? 0;
  if (from !== undefined && from.segment >= first) return from;
  return { segment: first, offset: 0, sequence: from?.sequence ?? 0 };
}

function endOf(log: Log, segment: number): number {
  const durable = log.durable();
  if (segment === durable.segment) return durable.offset;
  if (segment > durable.segment) return 0;
  return log.segments().find(({ number }) => number === segment)?.end ?? 0;
}

async function readChunk(
  { files, folder }: ReadOptions,
  { segment, offset }: Position,
  end: number,
): Promise<Buffer> {
  const file = files.open(join(folder, segmentName(segment)), "read");
  try {
    const bytes = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - offset));
    const length = await files.read(file, bytes, offset);
    const needed = frameLength(bytes.subarray(0, length), 0) ?? 0;
    if (needed <= length) return bytes.subarray(0, length);
    const whole = Buffer.allocUnsafe(Math.min(needed, end - offset));
    return whole.subarray(0, await files.read(file, whole, offset));
  } finally {
    files.close(file);
  }
}

interface Taking {
  readonly records: SpoolRecord[];
  readonly max: number;
  readonly isEnd: boolean;
}

function take(bytes: Buffer, start: Cursor, { records, max, isEnd }: Taking): Cursor {
  let next = start;
  for (const item of framesOf(bytes, 0)) {
    if (records.length === max) break;
    // A frame that the chunk cuts is read with the next one.
    const isCut = item.kind === "tail" && !isEnd;
    if (isCut && item.from > 0) break;
    const offset = start.offset + (isCut ? nextMagic(bytes, 1) : item.to);
    if (item.kind === "damage" || item.kind === "tail") {
      next = { ...next, offset };
      continue;
    }
    const record = fieldsOf(bytes, item);
    records.push(record);
    const sequence = item.kind === "event" ? item.sequence : next.sequence;
    next = { segment: start.segment, offset, sequence };
  }
  return next;
}
