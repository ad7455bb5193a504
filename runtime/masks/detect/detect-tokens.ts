import type { Detector, SecretKind, Span } from "./span.js";

/**
 * Each pattern is linear: what it has begun it takes in one go, since of two neighbours that repeat, the second
 * begins with no character of the first.
 */
const patterns: readonly (readonly [kind: SecretKind, pattern: RegExp])[] = [
  // JSON in base64: `{"`, `{ `, `{` and a new line, `[{`. A JWT or JWE begins with the first.
  ["jwt", /(?:eyJ|eyA|ewo|W3s)[\w+/=.%~-]{13,}/g],
  // Of this gateway: opaque tokens, tokens of machines, refresh tokens.
  ["token", /gw[omr]_[\w-]+/gi],
  ["token", /(?:bearer|dpop)["':=\s]+[^\s"',;:=][^\s"',;]*/gi],
  ["token", /basic\s+[\w+/-]{8,}={0,2}/gi],
  // What looks like our own work: a text that came in proves nothing by it.
  ["marker", /\[masked:[a-z-]{0,32}\]?/gi],
  ["marker", /[hs]1:[\w-]{1,32}:[\w-]{22,}/g],
];

const KEY_BEGIN = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY/g;
const KEY_END = "-----END";

/** Finds tokens that can be told by how they begin, and private keys in PEM (RFC 7468). */
export const detectTokens: Detector = (text) => [
  ...patterns.flatMap(([kind, pattern]) =>
    Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
      start: index,
      end: index + found.length,
      kind,
    })),
  ),
  ...privateKeysIn(text),
];

function privateKeysIn(text: string): readonly Span[] {
  const spans: Span[] = [];
  let last = 0;
  for (const { index } of text.matchAll(KEY_BEGIN)) {
    if (index < last) continue;
    const end = text.indexOf(KEY_END, index);
    last = end === -1 ? text.length : end;
    spans.push({ start: index, end: last, kind: "private-key" });
  }
  return spans;
}
