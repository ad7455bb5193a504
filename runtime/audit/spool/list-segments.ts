import { join } from "node:path";
import { fieldsOf, frameAt } from "./frame.js";
import { parseHeader, segmentName, segmentNumbers } from "./segment-header.js";
import type { SegmentHeader } from "./segment-header.js";
import { readWhole } from "./spool-files.js";
import type { SpoolFiles } from "./spool-files.js";

/** More than the longest header takes: 53 heads of subtrees and 256 holes. */
const MAX_HEADER_BYTES = 64 * 1024;

export interface ListedSegment {
  readonly number: number;
  readonly path: string;
  /** Undefined where it is damaged. */
  readonly header: SegmentHeader | undefined;
  readonly size: number;
  /** Where the next segment says that it goes on from; the size where no segment follows. */
  readonly end: number;
}

/**
 * The segments that make up the record, lowest first. A segment that a later one passed over is not
 * among them: it was begun after a failure and given up.
 */
export async function listSegments(
  files: SpoolFiles,
  folder: string,
): Promise<readonly ListedSegment[]> {
  const all = [];
  for (const number of segmentNumbers(files.list(folder))) {
    const path = join(folder, segmentName(number));
    all.push({ number, path, ...(await readHeader(files, path, number)) });
  }
  const links = all.flatMap(({ header }) =>
    header?.previous ? [{ ...header.previous, by: header.segment }] : [],
  );
  const isPassedOver = (number: number) =>
    links.some(({ segment, by }) => segment < number && number < by);
  return all
    .filter(({ number }) => !isPassedOver(number))
    .map((found) => {
      const link = links.find(({ segment }) => segment === found.number);
      return { ...found, end: link?.offset ?? found.size };
    });
}

/** The bytes of a segment that belong to the record. */
export async function readSegment(
  files: SpoolFiles,
  { path, end }: ListedSegment,
): Promise<Buffer> {
  return (await readWhole(files, path)).subarray(0, end);
}

async function readHeader(files: SpoolFiles, path: string, number: number) {
  const file = files.open(path, "read");
  try {
    const size = files.size(file);
    const bytes = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES));
    await files.read(file, bytes, 0);
    const frame = frameAt(bytes, 0);
    const isHeader = frame?.kind === "segment";
    const header = isHeader ? parseHeader(fieldsOf(bytes, frame).line) : undefined;
    return { size, header: header?.segment === number ? header : undefined };
  } finally {
    files.close(file);
  }
}
