import { PatternError } from "./parse-pattern.js";
import type { PatternReader } from "./parse-pattern.js";
import { invertRanges, normaliseRanges } from "./pattern-syntax.js";

const digits = [0x30, 0x39];
const words = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const spaces = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20];

const escaped: { readonly [name: string]: readonly number[] } = {
  d: digits,
  D: invertRanges(digits),
  w: words,
  W: invertRanges(words),
  s: spaces,
  S: invertRanges(spaces),
};

const controls: { readonly [name: string]: number } = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

const posix: { readonly [name: string]: readonly number[] } = {
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  ascii: [0, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: digits,
  graph: [0x21, 0x7e],
  lower: [0x61, 0x7a],
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper: [0x41, 0x5a],
  word: words,
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
};

/** What stands behind a backslash, which is at `at`: a class or one character. */
export function readEscapedClass(reader: PatternReader, at: number): readonly number[] {
  const { text } = reader;
  const name = text[reader.at] ?? "";
  reader.at += 1;
  const known = Object.hasOwn(escaped, name) ? escaped[name] : undefined;
  if (known !== undefined) return known;
  const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
  if (control !== undefined) return [control, control];
  if (name === "x") return readHex(reader, at);
  const octal = /^0[0-7]{0,2}|^[1-7][0-7]{1,2}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    reader.at = at + 1 + octal.length;
    const point = Number.parseInt(octal, 8);
    return [point, point];
  }
  if (/[0-9]/.test(name))
    throw new PatternError("back-references need more than linear time", at, at + 2);
  if (name === "p" || name === "P") {
    throw new PatternError("classes of Unicode are not supported", at, at + 2);
  }
  if (name === "" || /[A-Za-z]/.test(name) || name > "\u007f") {
    throw new PatternError(`\`\\${name}\` is no escape of a pattern`, at, at + 1 + name.length);
  }
  const point = name.charCodeAt(0);
  return [point, point];
}

function readHex(reader: PatternReader, at: number): readonly number[] {
  const found = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(
    reader.text.slice(reader.at, reader.at + 8),
  );
  const point = Number.parseInt(found?.[1] ?? found?.[2] ?? "", 16);
  if (found === null || point > 0x10ffff) {
    throw new PatternError("`\\x` needs two digits, or digits in braces", at, at + 2);
  }
  reader.at += found[0].length;
  return [point, point];
}

/** `[…]`, whose bracket is at `at`. */
export function readClass(reader: PatternReader, at: number): readonly number[] {
  const { text } = reader;
  const isInverted = text[reader.at] === "^";
  if (isInverted) reader.at += 1;
  const ranges: number[] = [];
  for (let isFirst = true; ; isFirst = false) {
    if (reader.at >= text.length) throw new PatternError("this `[` is not closed", at, at + 1);
    if (text[reader.at] === "]" && !isFirst) {
      reader.at += 1;
      break;
    }
    ranges.push(...readMember(reader));
  }
  const joined = normaliseRanges(ranges);
  return isInverted ? invertRanges(joined) : joined;
}

function readMember(reader: PatternReader): readonly number[] {
  const { text, at: start } = reader;
  const named = /^\[:(\^?)([a-z]+):\]/.exec(text.slice(start, start + 20));
  if (named !== null) {
    const [whole, inverted, name = ""] = named;
    const ranges = Object.hasOwn(posix, name) ? posix[name] : undefined;
    if (ranges === undefined) {
      throw new PatternError(`\`${whole}\` is no class`, start, start + whole.length);
    }
    reader.at += whole.length;
    return inverted === "^" ? invertRanges(ranges) : ranges;
  }
  const first = readPoint(reader);
  const [low = 0, high = 0] = first;
  if (first.length > 2 || low !== high) return first;
  if (text[reader.at] !== "-" || text[reader.at + 1] === "]" || reader.at + 1 >= text.length) {
    return first;
  }
  reader.at += 1;
  const second = readPoint(reader);
  const [last = 0, end = 0] = second;
  if (second.length > 2 || last !== end || last < low) {
    throw new PatternError("the range is no range", start, reader.at);
  }
  return [low, last];
}

function readPoint(reader: PatternReader): readonly number[] {
  const { text, at } = reader;
  const point = text.codePointAt(at) ?? 0;
  reader.at += point > 0xffff ? 2 : 1;
  return point === 0x5c ? readEscapedClass(reader, at) : [point, point];
}
