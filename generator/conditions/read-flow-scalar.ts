import { createWriter } from "./scalar-writer.js";
import type { Written } from "./scalar-writer.js";

const escapes: { readonly [escape: string]: string } = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\u001b",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

/** Reads a plain or quoted scalar (YAML 1.2.2, 7.3). `start` is where it begins in its file. */
export function readFlowScalar(
  source: string,
  start: number,
  type: "PLAIN" | "QUOTE_SINGLE" | "QUOTE_DOUBLE",
): Written | undefined {
  const quote = type === "PLAIN" ? 0 : 1;
  const end = source.length - quote;
  const writer = createWriter();
  let at = quote;
  while (at < end) {
    const blank = /^[ \t\r\n]+/.exec(source.slice(at, end))?.[0];
    if (blank !== undefined) {
      const breaks = countBreaks(blank);
      const folded = breaks === 0 ? undefined : breaks === 1 ? " " : "\n".repeat(breaks - 1);
      if (folded === undefined) {
        for (const [index, space] of [...blank].entries()) {
          writer.put(space, start + at + index, start + at + index + 1);
        }
      } else {
        writer.put(folded, start + at, start + at + blank.length);
      }
      at += blank.length;
      continue;
    }
    const part = readPart(source, at, type);
    if (part === undefined) return undefined;
    writer.put(part.text, start + at, start + at + part.length);
    at += part.length;
  }
  return writer.finish(start + end);
}

interface Part {
  readonly text: string;
  readonly length: number;
}

function readPart(source: string, at: number, type: string): Part | undefined {
  if (type === "QUOTE_SINGLE" && source.startsWith("''", at)) return { text: "'", length: 2 };
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (type !== "QUOTE_DOUBLE" || character !== "\\") {
    return { text: character, length: character.length };
  }
  const rest = source.slice(at + 1);
  const lineEnd = /^\r?\n[ \t\r\n]*/.exec(rest)?.[0];
  if (lineEnd !== undefined) {
    return { text: "\n".repeat(countBreaks(lineEnd) - 1), length: 1 + lineEnd.length };
  }
  const hex = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/.exec(rest);
  if (hex !== null) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
    if (point > 0x10ffff) return undefined;
    return { text: String.fromCodePoint(point), length: 1 + hex[0].length };
  }
  const known = escapes[rest[0] ?? ""];
  return known === undefined ? undefined : { text: known, length: 2 };
}

function countBreaks(text: string): number {
  return text.split("\n").length - 1;
}
