/** A regular expression as a tree. */
export type PatternNode =
  /** Pairs of code points, first and last, in order and apart. */
  | { readonly kind: "class"; readonly ranges: readonly number[] }
  | {
      readonly kind: "assert";
      readonly assertion:
        | "text-start"
        | "text-end"
        | "line-start"
        | "line-end"
        | "word-edge"
        | "no-word-edge";
    }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly of: PatternNode;
      readonly min: number;
      readonly max: number;
    };

export const LAST_POINT = 0x10ffff;

/** Sorts ranges and joins those that touch. */
export function normaliseRanges(ranges: readonly number[]): readonly number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    pairs.push([ranges[index] ?? 0, ranges[index + 1] ?? 0]);
  }
  pairs.sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [first, last] of pairs) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined.flat();
}

export function invertRanges(ranges: readonly number[]): readonly number[] {
  const inverted: number[] = [];
  let next = 0;
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const first = ranges[index] ?? 0;
    if (first > next) inverted.push(next, first - 1);
    next = (ranges[index + 1] ?? 0) + 1;
  }
  return next > LAST_POINT ? inverted : [...inverted, next, LAST_POINT];
}

/**
 * Both cases of every ASCII letter; with `k` and `s` go the Kelvin sign and the long s, as Unicode's simple
 * folding says. Undefined where a letter beyond ASCII would need the tables of Unicode.
 */
export function foldRanges(ranges: readonly number[]): readonly number[] | undefined {
  const folded = [...ranges];
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const first = ranges[index] ?? 0;
    const last = ranges[index + 1] ?? 0;
    if (last > 0x7f) {
      if (first !== 0x80 && last !== LAST_POINT) return undefined;
      continue;
    }
    for (let point = first; point <= last; point += 1) {
      const letter = String.fromCharCode(point);
      if (!/[a-z]/i.test(letter)) continue;
      const other = point ^ 0x20;
      folded.push(other, other);
      if (/k/i.test(letter)) folded.push(0x212a, 0x212a);
      if (/s/i.test(letter)) folded.push(0x17f, 0x17f);
    }
  }
  return normaliseRanges(folded);
}
