/**
 * A regular expression as a program for {@link matchesPattern}: the compiler reads the text, the runtime runs
 * the program. Ranges are pairs of code points, first and last.
 */
export interface PatternProgram {
  /** The pattern as it was written, for readers. */
  readonly source: string;
  readonly code: readonly PatternStep[];
}

export type PatternStep =
  | readonly ["char", readonly number[]]
  | readonly ["split", number, number]
  | readonly ["jump", number]
  | readonly ["assert", PatternAssertion]
  | readonly ["match"];

export type PatternAssertion =
  | "text-start"
  | "text-end"
  | "line-start"
  | "line-end"
  | "word-edge"
  | "no-word-edge";

/** Time for a text grows with its length times this. */
export const MAX_PATTERN_STEPS = 1000;

export const patternAssertions: readonly PatternAssertion[] = [
  "text-start",
  "text-end",
  "line-start",
  "line-end",
  "word-edge",
  "no-word-edge",
];

/**
 * Whether the pattern matches anywhere in the text. All ways are followed side by side (Thompson's
 * construction), each place of the program at most once for a character, so the time is linear.
 */
export function matchesPattern(program: PatternProgram, text: string): boolean {
  const { code } = program;
  const seen = new Int32Array(code.length).fill(-1);
  const stack: number[] = [];
  let current: number[] = [];
  let next: number[] = [];
  let at = 0;
  for (let turn = 0; ; turn += 1) {
    // What was reached by the last character was put in with this turn; a new try begins at every place.
    if (follow(code, { from: 0, into: current, seen, turn, stack, text, at })) return true;
    const point = text.codePointAt(at);
    if (point === undefined) return false;
    at += point > 0xffff ? 2 : 1;
    for (const place of current) {
      const step = code[place];
      if (step?.[0] !== "char" || !isIn(step[1], point)) continue;
      const reached = { from: place + 1, into: next, seen, turn: turn + 1, stack, text, at };
      if (follow(code, reached)) return true;
    }
    [current, next] = [next, current];
    next.length = 0;
  }
}

interface Follow {
  readonly from: number;
  readonly into: number[];
  readonly seen: Int32Array;
  readonly turn: number;
  readonly stack: number[];
  readonly text: string;
  readonly at: number;
}

/** Adds the characters that can come next; true where the match is complete. */
function follow(code: readonly PatternStep[], to: Follow): boolean {
  const { seen, turn, stack } = to;
  stack.length = 0;
  stack.push(to.from);
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (seen[place] === turn) continue;
    seen[place] = turn;
    const step = code[place];
    if (step === undefined) continue;
    if (step[0] === "match") return true;
    if (step[0] === "char") to.into.push(place);
    else if (step[0] === "jump") stack.push(step[1]);
    else if (step[0] === "split") stack.push(step[2], step[1]);
    else if (holds(step[1], to.text, to.at)) stack.push(place + 1);
  }
  return false;
}

function isIn(ranges: readonly number[], point: number): boolean {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (point < (ranges[middle * 2] ?? 0)) high = middle - 1;
    else if (point > (ranges[middle * 2 + 1] ?? 0)) low = middle + 1;
    else return true;
  }
  return false;
}

function holds(assertion: PatternAssertion, text: string, at: number): boolean {
  switch (assertion) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === text.length;
    case "line-start":
      return at === 0 || text[at - 1] === "\n";
    case "line-end":
      return at === text.length || text[at] === "\n";
    default:
      return (isWord(text[at - 1]) !== isWord(text[at])) === (assertion === "word-edge");
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^[0-9A-Za-z_]$/.test(character);
}
