import type { FileHandle } from "node:fs/promises";
import { addLine, emptyBatch, isEmpty, MAX_LINE_BYTES } from "./audit-entry.js";
import type { Batch, Batching } from "./audit-entry.js";

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

export interface ReadLines {
  readonly handle: FileHandle;
  /** Name of the file, as it is told. */
  readonly name: string;
  readonly from: number;
  /** Lines that begin here or later are left; to the end of the file where it is left out. */
  readonly to?: number;
}

/**
 * The lines of a file from a byte on, a chunk at a time; returns where the last whole line ends. A
 * last line without its line feed is taken where nothing is missing of it, and else `torn`, unless the
 * file is `growing`. What is held in memory is bounded.
 */
export async function* readLines(
  { handle, name, from, to = Infinity }: ReadLines,
  end: "ended" | "growing",
): AsyncGenerator<Batch, number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest: Buffer[] = [];
  let start = from;
  let at = from;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    const batch = emptyBatch();
    let begin = 0;
    while (start < to) {
      const feed = chunk.indexOf(LINE_FEED, begin);
      if (feed === -1 || feed >= bytesRead) break;
      const part = chunk.subarray(begin, feed);
      const bytes = rest.length === 0 ? part : Buffer.concat([...rest, part]);
      const isTooLong = at + feed - start > MAX_LINE_BYTES;
      if (isTooLong) batch.passed.push({ trouble: "too-long", file: name, at: start });
      else addBytes(batch, bytes, { file: name, at: start });
      rest = [];
      begin = feed + 1;
      start = at + begin;
    }
    at += bytesRead;
    // Of a line that is too long, nothing is kept but that it is.
    if (at - start > MAX_LINE_BYTES) rest = [];
    else if (begin < bytesRead) rest.push(Buffer.from(chunk.subarray(begin, bytesRead)));
    if (!isEmpty(batch)) yield batch;
    if (start >= to) return start;
  }
  if (end === "ended" && start < at) {
    const batch = emptyBatch();
    // The simple mode may end a file by hand, without a line feed.
    const isTooLong = at - start > MAX_LINE_BYTES;
    if (!isTooLong) addBytes(batch, Buffer.concat(rest), { file: name, at: start });
    if (batch.entries.length === 0)
      yield { ...batch, passed: [{ trouble: "torn", file: name, at: start }] };
    else {
      yield batch;
      return at;
    }
  }
  return start;
}

function addBytes(
  batch: Batching,
  bytes: Buffer,
  where: { readonly file: string; readonly at: number },
): void {
  // An empty line is nothing, also with the carriage return of another system.
  if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 0x0d)) return;
  const line = decode(bytes);
  if (line === undefined) batch.passed.push({ trouble: "not-utf8", ...where });
  else addLine(batch, line, where);
}

function decode(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  // A replacement character is either in the bytes, or stands for bytes that are no UTF-8.
  if (!text.includes("\ufffd")) return text;
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** Where the first line begins at `from` or later. */
export async function nextLine(handle: FileHandle, from: number): Promise<number> {
  if (from === 0) return 0;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = from - 1; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
    const feed = chunk.subarray(0, bytesRead).indexOf(LINE_FEED);
    if (feed !== -1) return at + feed + 1;
    at += bytesRead;
    if (bytesRead === 0) return at;
  }
}
