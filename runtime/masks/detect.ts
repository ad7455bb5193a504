import { detectAddresses } from "./detect/detect-addresses.js";
import { detectAssignments } from "./detect/detect-assignments.js";
import { detectNumbers } from "./detect/detect-numbers.js";
import { detectTokens } from "./detect/detect-tokens.js";
import type { Detector, Span } from "./detect/span.js";
import { createTextMask } from "./mask.js";
import type { Mask } from "./mask.js";

export interface DetectMaskOptions {
  /** In code units, of what is shown; the rest is cut off, after all has been looked at. Default: 4 096. */
  readonly maxLength?: number;
}

const DEFAULT_MAX_LENGTH = 4096;

/** In code units. To cut first could halve a secret, and hide it from the detectors: longer text is taken away. */
const LONGEST_SCANNED = 16_384;

const detectors: readonly Detector[] = [
  detectNumbers,
  detectTokens,
  detectAddresses,
  detectAssignments,
];

/**
 * A net below free text, as a second line: it puts `[masked:card]` and the like in the place of what it knows. That
 * is card numbers, resident ids, e-mail addresses, JWTs and JSON in base64, tokens, private keys, users and queries
 * of URLs, and values of names like `password`. What it does not know it lets through: no field may rely on it
 * alone, and to null out free text is better.
 */
export function createDetectMask({ maxLength = DEFAULT_MAX_LENGTH }: DetectMaskOptions = {}): Mask {
  return createTextMask((text) => {
    if (text.length > LONGEST_SCANNED) return null;
    const masked = replaceSpans(text, merge(detectors.flatMap((detect) => detect(text))));
    return shorten(masked.toWellFormed(), maxLength);
  });
}

/** Spans that overlap become one, of the kind of the first. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else merged[merged.length - 1] = { ...last, end: Math.max(last.end, span.end) };
  }
  return merged;
}

function replaceSpans(text: string, spans: readonly Span[]): string {
  let shown = "";
  let index = 0;
  for (const { start, end, kind } of spans) {
    shown += `${text.slice(index, start)}[masked:${kind}]`;
    index = end;
  }
  return shown + text.slice(index);
}

function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, isHalf ? maxLength - 1 : maxLength)}…`;
}
