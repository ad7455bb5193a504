import type { Gap } from "./ledger.js";
import type { Position } from "./segment-header.js";

interface Range {
  readonly from: number;
  readonly to: number;
  /** The frame before which they were missed; undefined where none followed. */
  readonly at: Position | undefined;
}

/** Numbers of one epoch that have no frame, and the gaps that tell of them. */
export interface MissingNumbers {
  /** False where the number does not come after the last. */
  event(sequence: number, at: Position): boolean;
  gap(gap: Gap): void;
  /** Numbers up to `highest` that no gap tells of. */
  unexplained(highest: number): readonly Range[];
  /** How many are missing up to `highest`, and of how many the gaps tell. */
  sums(highest: number): { readonly missing: number; readonly told: number };
}

/** `base` is the last number before the first frame that is looked at. */
export function createMissingNumbers(base: number): MissingNumbers {
  let last = base;
  const ranges: Range[] = [];
  const gaps: Gap[] = [];
  const upTo = (highest: number): readonly Range[] =>
    last < highest ? [...ranges, { from: last + 1, to: highest, at: undefined }] : ranges;
  return {
    event(sequence, at) {
      if (sequence <= last) return false;
      if (sequence > last + 1) ranges.push({ from: last + 1, to: sequence - 1, at });
      last = sequence;
      return true;
    },
    gap(gap) {
      if (gap.to > base) gaps.push(gap);
    },
    unexplained(highest) {
      const sorted = gaps.toSorted((one, other) => one.from - other.from);
      return upTo(highest).flatMap((range) => without(range, sorted));
    },
    sums(highest) {
      const missing = upTo(highest).reduce((sum, { from, to }) => sum + to - from + 1, 0);
      const told = gaps.filter(({ from }) => from > base).reduce((sum, gap) => sum + gap.count, 0);
      return { missing, told };
    },
  };
}

/** The parts of a range that lie in none of the gaps, which come sorted. */
function without({ from, to, at }: Range, gaps: readonly Gap[]): readonly Range[] {
  const left: Range[] = [];
  let next = from;
  for (const gap of gaps) {
    if (gap.from > to) break;
    if (gap.to < next) continue;
    if (gap.from > next) left.push({ from: next, to: gap.from - 1, at });
    next = gap.to + 1;
  }
  if (next <= to) left.push({ from: next, to, at });
  return left;
}
