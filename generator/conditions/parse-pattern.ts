import { readClass, readEscapedClass } from "./pattern-class.js";
import { LAST_POINT, foldRanges, invertRanges } from "./pattern-syntax.js";
import type { PatternNode } from "./pattern-syntax.js";

/** RE2 has the same limit. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 50;

/** Thrown inside this folder only, with the part of the pattern that is meant. */
export class PatternError extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

export interface PatternReader {
  readonly text: string;
  at: number;
  depth: number;
}

/**
 * Reads the syntax of RE2, of which back-references and look-around are no part: every pattern of it can be
 * matched in linear time.
 */
export function parsePattern(text: string): PatternNode {
  const reader: PatternReader = { text, at: 0, depth: 0 };
  const node = readChoice(reader, { i: false, m: false, s: false });
  if (reader.at < text.length)
    throw new PatternError("this `)` closes nothing", reader.at, reader.at + 1);
  return node;
}

function readChoice(reader: PatternReader, outer: Flags): PatternNode {
  const parts: PatternNode[] = [];
  let flags = outer;
  for (;;) {
    const { node, flags: after } = readSequence(reader, flags);
    // Flags set in the middle hold to the end of the group, in the alternatives that follow too.
    flags = after;
    parts.push(node);
    if (reader.text[reader.at] !== "|") break;
    reader.at += 1;
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "choice", parts };
}

function readSequence(
  reader: PatternReader,
  outer: Flags,
): { readonly node: PatternNode; readonly flags: Flags } {
  const parts: PatternNode[] = [];
  let flags = outer;
  while (reader.at < reader.text.length && !"|)".includes(reader.text[reader.at] ?? "")) {
    const start = reader.at;
    const set = readFlags(reader, flags);
    if (set !== undefined) {
      flags = set;
      continue;
    }
    const atom = readAtom(reader, flags);
    parts.push(readRepeats(reader, atom, start));
  }
  return { node: { kind: "sequence", parts }, flags };
}

/** `(?i)` and the like, which hold for the rest of the group. */
function readFlags(reader: PatternReader, flags: Flags): Flags | undefined {
  const found = /^\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)/.exec(
    reader.text.slice(reader.at, reader.at + 20),
  );
  if (found === null) return undefined;
  const set = setFlags(flags, found, reader.at);
  reader.at += found[0].length;
  return set;
}

function setFlags(flags: Flags, found: RegExpExecArray, at: number): Flags {
  const [whole, on = "", off = ""] = found;
  if (!/^[ims]*$/.test(on + off) || (on === "" && off === "")) {
    throw new PatternError("only the flags i, m and s are supported", at, at + whole.length);
  }
  const value = (flag: "i" | "m" | "s") =>
    (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return { i: value("i"), m: value("m"), s: value("s") };
}

function readAtom(reader: PatternReader, flags: Flags): PatternNode {
  const { text, at } = reader;
  const point = text.codePointAt(at) ?? 0;
  const character = String.fromCodePoint(point);
  reader.at += character.length;
  switch (character) {
    case "(":
      return readGroup(reader, at, flags);
    case "[":
      return classNode(readClass(reader, at), flags, at, reader.at);
    case ".":
      return { kind: "class", ranges: flags.s ? [0, LAST_POINT] : invertRanges([10, 10]) };
    case "^":
      return { kind: "assert", assertion: flags.m ? "line-start" : "text-start" };
    case "$":
      return { kind: "assert", assertion: flags.m ? "line-end" : "text-end" };
    case "\\":
      return readEscape(reader, at, flags);
    case "*":
    case "+":
    case "?":
      throw new PatternError(`nothing stands before this \`${character}\``, at, at + 1);
    default:
      return classNode([point, point], flags, at, reader.at);
  }
}

function readGroup(reader: PatternReader, at: number, flags: Flags): PatternNode {
  reader.depth += 1;
  if (reader.depth > MAX_DEPTH)
    throw new PatternError("the pattern is nested too deeply", at, at + 1);
  const rest = reader.text.slice(reader.at, reader.at + 60);
  const named = /^\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
  const plain = /^\?([a-zA-Z]*)(?:-([a-zA-Z]*))?:/.exec(rest);
  let inner = flags;
  if (named !== null) {
    reader.at += named[0].length;
  } else if (plain !== null) {
    if (plain[0] !== "?:") inner = setFlags(flags, plain, at);
    reader.at += plain[0].length;
  } else if (rest.startsWith("?")) {
    const message = /^\?<?[=!]/.test(rest)
      ? "look-around needs more than linear time"
      : "this group is unknown";
    throw new PatternError(message, at, at + 3);
  }
  const node = readChoice(reader, inner);
  if (reader.text[reader.at] !== ")") throw new PatternError("this `(` is not closed", at, at + 1);
  reader.at += 1;
  reader.depth -= 1;
  return node;
}

function readEscape(reader: PatternReader, at: number, flags: Flags): PatternNode {
  const name = reader.text[reader.at] ?? "";
  const assertion = { A: "text-start", z: "text-end", b: "word-edge", B: "no-word-edge" } as const;
  for (const key of ["A", "z", "b", "B"] as const) {
    if (name !== key) continue;
    reader.at += 1;
    return { kind: "assert", assertion: assertion[key] };
  }
  if (name === "Q") {
    const end = reader.text.indexOf("\\E", reader.at);
    const quoted = reader.text.slice(reader.at + 1, end === -1 ? undefined : end);
    reader.at = end === -1 ? reader.text.length : end + 2;
    const parts = [...quoted].map((character) => {
      const point = character.codePointAt(0) ?? 0;
      return classNode([point, point], flags, at, reader.at);
    });
    return { kind: "sequence", parts };
  }
  return classNode(readEscapedClass(reader, at), flags, at, reader.at);
}

function classNode(
  ranges: readonly number[],
  flags: Flags,
  start: number,
  end: number,
): PatternNode {
  if (!flags.i) return { kind: "class", ranges };
  const folded = foldRanges(ranges);
  if (folded === undefined) {
    throw new PatternError("under the flag i, only ASCII letters are supported", start, end);
  }
  return { kind: "class", ranges: folded };
}

function readRepeats(reader: PatternReader, atom: PatternNode, start: number): PatternNode {
  let node = atom;
  for (let count = 0; ; count += 1) {
    const found = /^(?:[*+?]|\{([0-9]{1,5})(?:(,)([0-9]{1,5})?)?\})\??/.exec(
      reader.text.slice(reader.at, reader.at + 20),
    );
    if (found === null) return node;
    const [sign] = found;
    const end = reader.at + sign.length;
    if (count > 0)
      throw new PatternError("a repetition of a repetition needs parentheses", start, end);
    reader.at = end;
    node = { kind: "repeat", of: node, ...boundsOf(found) };
    if (
      node.min > MAX_REPEAT ||
      (node.max !== Number.POSITIVE_INFINITY && node.max > MAX_REPEAT) ||
      node.max < node.min
    ) {
      throw new PatternError(
        `a repetition counts from 0 to ${MAX_REPEAT}, the smaller number first`,
        start,
        end,
      );
    }
  }
}

function boundsOf([sign, first, comma, last]: RegExpExecArray): {
  readonly min: number;
  readonly max: number;
} {
  if (sign?.startsWith("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (sign?.startsWith("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (sign?.startsWith("?")) return { min: 0, max: 1 };
  const min = Number(first);
  if (comma === undefined) return { min, max: min };
  return { min, max: last === undefined ? Number.POSITIVE_INFINITY : Number(last) };
}
