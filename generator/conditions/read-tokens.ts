import type { MistakeList } from "./mistake.js";
import { readEscapes } from "./read-escapes.js";
import type { LiteralValue, Span } from "./syntax.js";

export type Token = Span &
  (
    | { readonly kind: "literal"; readonly value: LiteralValue }
    /** `quoted` is a name in backticks, which can only stand behind a dot. */
    | { readonly kind: "name"; readonly text: string; readonly quoted: boolean }
    | { readonly kind: "symbol"; readonly text: string }
    | { readonly kind: "end" }
  );

const space = /[ \t\n\f\r]+|\/\/[^\n\r]*/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const quotedName = /`([A-Za-z0-9_.\-/ ]+)`/y;
const opening = /([rRbB]{0,2})("""|'''|"|')/y;
const double =
  /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y;
const integer = /(0x[0-9A-Fa-f]+|[0-9]+)([uU]?)/y;
const symbol = /===|!==|==|!=|<=|>=|&&|\|\||[-+*/%!<>?:.,()[\]{}=&|]/y;

/** Words of the text with their places. What is none is reported and left out. */
export function readTokens(text: string, mistakes: MistakeList): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = matchAt(space, text, at);
    if (blank !== undefined) {
      at += blank[0].length;
      continue;
    }
    const token = readToken(text, at, mistakes);
    if (token !== undefined) tokens.push(token);
    at = token?.end ?? at + String.fromCodePoint(text.codePointAt(at) ?? 0).length;
  }
  return [...tokens, { kind: "end", start: text.length, end: text.length }];
}

function readToken(text: string, at: number, mistakes: MistakeList): Token | undefined {
  const quote = matchAt(opening, text, at);
  if (quote !== undefined && isPrefix(quote[1] ?? "")) return readQuoted(text, at, quote, mistakes);
  const word = matchAt(name, text, at);
  if (word !== undefined) return readName(word[0], at);
  const inBackticks = matchAt(quotedName, text, at);
  if (inBackticks !== undefined) {
    const end = at + inBackticks[0].length;
    return { kind: "name", text: inBackticks[1] ?? "", quoted: true, start: at, end };
  }
  const number = readNumber(text, at, mistakes);
  if (number !== undefined) return number;
  const sign = matchAt(symbol, text, at)?.[0];
  if (sign !== undefined) return { kind: "symbol", text: sign, start: at, end: at + sign.length };
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const shown = character === "`" ? "an open backtick" : `\`${visible(character)}\``;
  const span = { start: at, end: at + character.length };
  mistakes.add({ code: "condition-syntax", message: `${shown} has no meaning here`, ...span });
  return undefined;
}

function readName(text: string, at: number): Token {
  const span = { start: at, end: at + text.length };
  if (text === "true" || text === "false") {
    return { kind: "literal", value: { type: "bool", value: text === "true" }, ...span };
  }
  if (text === "null") return { kind: "literal", value: { type: "null", value: null }, ...span };
  if (text === "in") return { kind: "symbol", text, ...span };
  return { kind: "name", text, quoted: false, ...span };
}

function readNumber(text: string, at: number, mistakes: MistakeList): Token | undefined {
  const real = matchAt(double, text, at)?.[0];
  const whole = matchAt(integer, text, at);
  const length = real?.length ?? whole?.[0].length;
  if (length === undefined) return undefined;
  const tail = matchAt(name, text, at + length)?.[0] ?? "";
  const span = { start: at, end: at + length + tail.length };
  if (tail !== "") {
    const shown = text.slice(span.start, span.end);
    mistakes.add({ code: "condition-syntax", message: `\`${shown}\` is no number`, ...span });
  }
  if (real !== undefined) {
    return { kind: "literal", value: { type: "double", value: Number(real) }, ...span };
  }
  const type = whole?.[2] ? "uint" : "int";
  return { kind: "literal", value: { type, value: BigInt(whole?.[1] ?? "0") }, ...span };
}

function readQuoted(
  text: string,
  at: number,
  quote: RegExpExecArray,
  mistakes: MistakeList,
): Token {
  const [whole, prefix = "", mark = ""] = quote;
  const isRaw = /r/i.test(prefix);
  const start = at + whole.length;
  const end = findEnd(text, start, mark, isRaw);
  const token = { start: at, end: end === undefined ? lineEnd(text, start) : end + mark.length };
  if (end === undefined) {
    const message = `the text that begins here has no closing ${mark === "'" || mark === '"' ? "quote" : "quotes"}`;
    mistakes.add({ code: "condition-syntax", message, ...token });
  }
  const isBytes = /b/i.test(prefix);
  const {
    text: value,
    bytes,
    offsets,
  } = readEscapes({
    text,
    inside: { start, end: end ?? token.end },
    isRaw,
    isBytes,
    report: (span, message) => mistakes.add({ code: "condition-literal", message, ...span }),
  });
  return isBytes
    ? { kind: "literal", value: { type: "bytes", value: bytes }, ...token }
    : { kind: "literal", value: { type: "string", value, offsets }, ...token };
}

/** Where the closing quotes begin. A line break ends a literal in single quotes of either kind. */
function findEnd(text: string, from: number, mark: string, isRaw: boolean): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith(mark, at)) return at;
    if (mark.length === 1 && (text[at] === "\n" || text[at] === "\r")) return undefined;
    if (text[at] === "\\" && !isRaw) at += 1;
  }
  return undefined;
}

function lineEnd(text: string, from: number): number {
  const found = text.slice(from).search(/[\r\n]/);
  return found === -1 ? text.length : from + found;
}

function isPrefix(prefix: string): boolean {
  return new Set(prefix.toLowerCase()).size === prefix.length;
}

function visible(character: string): string {
  return /[\p{C}\p{Z}]/u.test(character)
    ? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
    : character;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  // Sticky patterns match here or not at all.
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
