/**
 * A regular expression as a program for {@link createMatcher}: the compiler reads the text, the runtime runs
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

/** Whether a pattern matches anywhere in a text. */
export type Matcher = (text: string) => boolean;

const CHAR = 0;
const SPLIT = 1;
const JUMP = 2;
const ASSERT = 3;
const MATCH = 4;
const ASCII = 128;

/**
 * Makes a program ready to run. All ways are followed side by side (Thompson's construction), each place of the
 * program at most once for a character, so the time is linear in the text.
 */
export function createMatcher({ code }: PatternProgram): Matcher {
  const size = code.length;
  const kinds = Uint8Array.from(code, kindOf);
  const first = Int32Array.from(code, (step) => (typeof step[1] === "number" ? step[1] : 0));
  const second = Int32Array.from(code, (step) => step[2] ?? 0);
  const ascii = new Uint8Array(size * ASCII);
  for (const [place, step] of code.entries()) {
    if (step[0] !== "char") continue;
    for (let point = 0; point < ASCII; point += 1) {
      if (isIn(step[1], point)) ascii[place * ASCII + point] = 1;
    }
  }
  // Used by one call at a time: a match runs to its end without waiting for anything.
  const seen = new Int32Array(size);
  const stack = new Int32Array(size * 2 + 2);
  const lists = [new Int32Array(size), new Int32Array(size)] as const;
  const length = Int32Array.of(0, 0);

  /** Adds the characters that can come next; true where the match is complete. */
  function follow(from: number, list: 0 | 1, turn: number, text: string, at: number): boolean {
    let open = 0;
    stack[open++] = from;
    while (open > 0) {
      const place = stack[--open] ?? 0;
      if (seen[place] === turn) continue;
      seen[place] = turn;
      switch (kinds[place]) {
        case MATCH:
          return true;
        case CHAR:
          lists[list][length[list] ?? 0] = place;
          length[list] = (length[list] ?? 0) + 1;
          break;
        case JUMP:
          stack[open++] = first[place] ?? 0;
          break;
        case SPLIT:
          stack[open++] = second[place] ?? 0;
          stack[open++] = first[place] ?? 0;
          break;
        default:
          if (holds(code[place], text, at)) stack[open++] = place + 1;
      }
    }
    return false;
  }

  return (text) => {
    seen.fill(0);
    length.fill(0);
    let current: 0 | 1 = 0;
    let at = 0;
    for (let turn = 1; ; turn += 1) {
      // What was reached by the last character was put in with this turn; a new try begins at every place.
      if (follow(0, current, turn, text, at)) return true;
      const point = text.codePointAt(at);
      if (point === undefined) return false;
      at += point > 0xffff ? 2 : 1;
      const next: 0 | 1 = current === 0 ? 1 : 0;
      length[next] = 0;
      const count = length[current] ?? 0;
      for (let index = 0; index < count; index += 1) {
        const place = lists[current][index] ?? 0;
        const step = code[place];
        const isMet =
          point < ASCII
            ? ascii[place * ASCII + point] === 1
            : step?.[0] === "char" && isIn(step[1], point);
        if (isMet && follow(place + 1, next, turn + 1, text, at)) return true;
      }
      current = next;
    }
  };
}

function kindOf([name]: PatternStep): number {
  return { char: CHAR, split: SPLIT, jump: JUMP, assert: ASSERT, match: MATCH }[name];
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

function holds(step: PatternStep | undefined, text: string, at: number): boolean {
  if (step?.[0] !== "assert") return false;
  const [, assertion] = step;
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
