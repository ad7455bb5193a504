import { canonicalJson, isCount, ledgerKeys, parseObject } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { isTree } from "./tree.js";
import type { Tree } from "./tree.js";

export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Bytes of a segment that a power cut took or spoilt before they were said to be durable. */
export interface Hole {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

/** How an epoch, one process's use of the spool, found what the last one left. */
export interface Opening {
  /** `new` where there was no spool, `clean` after a shutdown, `unclean` after a kill or a power cut. */
  readonly after: "new" | "clean" | "unclean";
  /** All numbers of the last epoch up to this one have a frame or are in a gap. */
  readonly lastDurable: number;
  /** No number above this one was given in the last epoch. */
  readonly upperBound: number;
  readonly holes: readonly Hole[];
}

/** The first frame of every segment. */
export interface SegmentHeader {
  readonly version: 1;
  /** Name of the spool for its life: the origin of its checkpoints. */
  readonly origin: string;
  readonly segment: number;
  readonly epoch: number;
  /** Milliseconds since the epoch of Unix. */
  readonly time: number;
  /** How many numbers may be given beyond the last that is durable. */
  readonly window: number;
  /** Where the record goes on from; what lies behind it there is suspect and not part of it. */
  readonly previous: Position | null;
  /** All before it was durable when this was written. */
  readonly durable: Position | null;
  readonly ledger: Readonly<Ledger>;
  readonly tree: Tree;
  /** Only in the first segment of an epoch. */
  readonly opening: Opening | null;
  /** `reserve` where zeros that were written ahead may follow the last frame. */
  readonly space: "grown" | "reserve";
}

export function formatHeader(header: SegmentHeader): string {
  const heads = header.tree.heads.map((head) => head.toString("hex"));
  return canonicalJson({ ...header, tree: { heads, size: header.tree.size } });
}

/** Undefined where the line is no header that this version writes. */
export function parseHeader(line: string): SegmentHeader | undefined {
  const value = parseObject(line);
  const { origin, segment, epoch, time, window, space } = value;
  const ledger = object(value["ledger"]);
  const tree = parseTree(object(value["tree"]));
  const numbers = [segment, epoch, time, window, ...ledgerKeys.map((key) => ledger[key])];
  if (value["version"] !== 1 || typeof origin !== "string" || !numbers.every(isCount))
    return undefined;
  if (tree === undefined || (space !== "grown" && space !== "reserve")) return undefined;
  // All parts were looked at, but for those below.
  const { previous, durable, opening } = value as unknown as SegmentHeader;
  if (![previous, durable].every(isPosition) || !isOpening(opening)) return undefined;
  return { ...(value as unknown as SegmentHeader), tree };
}

const NAME = /^segment-(\d{12})$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(12, "0")}`;
}

/** Numbers of the segments among these names, lowest first. */
export function segmentNumbers(names: readonly string[]): readonly number[] {
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((one, other) => one - other);
}

export function isBefore(one: Position, other: Position): boolean {
  return (
    one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset)
  );
}

function parseTree({ size, heads }: Readonly<Record<string, unknown>>): Tree | undefined {
  if (!isCount(size) || !Array.isArray(heads)) return undefined;
  const tree = { size, heads: heads.map((head) => Buffer.from(String(head), "hex")) };
  return isTree(tree) ? tree : undefined;
}

function isPosition(value: unknown): boolean {
  const { segment, offset } = object(value);
  return value === null || (isCount(segment) && isCount(offset));
}

function isOpening(value: unknown): boolean {
  const { after, lastDurable, upperBound, holes } = object(value);
  if (value === null) return true;
  const isKnown = after === "new" || after === "clean" || after === "unclean";
  return isKnown && isCount(lastDurable) && isCount(upperBound) && isHoles(holes);
}

function isHoles(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value
    .map(object)
    .every((hole) => [hole["segment"], hole["from"], hole["to"]].every(isCount));
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
