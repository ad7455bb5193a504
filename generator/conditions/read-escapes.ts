import type { Span } from "./syntax.js";

/** The value of a string or bytes literal, and for every unit or byte of it the offset in the text it came from. */
export interface LiteralText {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
}

interface Quoted {
  /** The whole text of the expression. */
  readonly text: string;
  /** The inside of the quotes. */
  readonly inside: Span;
  readonly isRaw: boolean;
  readonly isBytes: boolean;
  readonly report: (span: Span, message: string) => void;
}

const simple: { readonly [escape: string]: string } = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};

/** Resolves the escapes of a literal as CEL does; in bytes, `\x` and octal escapes are bytes, not code points. */
export function readEscapes(quoted: Quoted): LiteralText {
  const { text, inside, isBytes } = quoted;
  const units: string[] = [];
  const bytes: number[] = [];
  const offsets: number[] = [];
  const put = (value: string, at: number) => {
    units.push(value);
    const encoded = isBytes ? [...new TextEncoder().encode(value)] : [];
    bytes.push(...encoded);
    const count = isBytes ? encoded.length : value.length;
    for (let index = 0; index < count; index += 1) offsets.push(at);
  };
  let at = inside.start;
  while (at < inside.end) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character !== "\\" || quoted.isRaw) {
      put(character, at);
      at += character.length;
      continue;
    }
    const escape = readEscape(text.slice(at + 1, Math.min(at + 10, inside.end)));
    const span = { start: at, end: Math.min(at + 1 + escape.length, inside.end) };
    if (escape.value === undefined) {
      quoted.report(span, escape.message);
    } else if (isBytes && escape.kind === "unicode") {
      quoted.report(span, "a literal of bytes has no unicode escapes");
    } else if (isBytes && escape.kind === "byte") {
      bytes.push(escape.value);
      offsets.push(at);
    } else {
      put(String.fromCodePoint(escape.value), at);
    }
    at = span.end;
  }
  return { text: units.join(""), bytes: Uint8Array.from(bytes), offsets };
}

interface Escape {
  readonly value?: number;
  readonly kind: "simple" | "byte" | "unicode";
  readonly length: number;
  readonly message: string;
}

function readEscape(rest: string): Escape {
  const [name = ""] = rest;
  const known = Object.hasOwn(simple, name) ? simple[name] : undefined;
  if (known !== undefined) {
    return { value: known.charCodeAt(0), kind: "simple", length: 1, message: "" };
  }
  const octal = /^[0-3][0-7]{2}/.exec(rest)?.[0];
  if (octal !== undefined) {
    return { value: Number.parseInt(octal, 8), kind: "byte", length: 3, message: "" };
  }
  const digits = { x: 2, X: 2, u: 4, U: 8 }[name];
  if (digits === undefined) {
    const message = `\`\\${name}\` is no escape`;
    return { kind: "simple", length: Math.max(name.length, 1), message };
  }
  const hex = new RegExp(`^[0-9A-Fa-f]{${digits}}`).exec(rest.slice(1))?.[0];
  if (hex === undefined) {
    const message = `\`\\${name}\` needs ${digits} hexadecimal digits`;
    return { kind: "unicode", length: 1, message };
  }
  const value = Number.parseInt(hex, 16);
  const length = 1 + digits;
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return { kind: "unicode", length, message: "the escape is no code point" };
  }
  return { value, kind: digits === 2 ? "byte" : "unicode", length, message: "" };
}
