import { indexOfClass, startOfRow } from "./span.js";
import type { Detector, Span } from "./span.js";

/** Signs between a name and its value: of JSON, YAML, headers, forms, command lines; percent-encoded too. */
const ASSIGN = /[:=：＝]|%3[ad]/gi;

/** Parts of a name that say that its value is a secret; the name is folded before. */
const PARTS =
  /password|passwd|passphrase|passcode|secret|token|apikey|accesskey|privatekey|authorization|credential|cookie|session|signature|cvv|cvc|密码|密碼|口令|密钥|令牌|验证码/;
const NAMES = new Set(["auth", "jwt", "key", "otp", "pass", "pin", "pwd", "sid", "sig"]);

/** Headers whose value is more than one word. */
const WHOLE_LINES = /authorization|cookie/;

/** In code units, of a name, and of quotes and spaces between it and the sign. */
const LONGEST_NAME = 64;
const LONGEST_GAP = 8;

const NOT_GAP = /[^\s"'\\]/;
const NOT_NAME = /[\s"'\\:=：＝&?#,;{}[\]()<>/]/;
const AFTER_WORD = /[\s"'&,;<>]/;
const AFTER_LINE = /[\r\n"']/;

/**
 * Finds the values of names that say that they are secret, in JSON (within a JSON string too), forms, headers and
 * command lines: `"password":"..."`, `api_key=...`, `Cookie: ...`.
 */
export const detectAssignments: Detector = (text) => {
  const spans: Span[] = [];
  let last = 0;
  for (const { 0: sign, index } of text.matchAll(ASSIGN)) {
    if (index < last) continue;
    const name = nameBefore(text, index);
    if (!PARTS.test(name) && !NAMES.has(name)) continue;
    const span = valueAfter(text, index + sign.length, WHOLE_LINES.test(name) ? "line" : "word");
    if (span.start === span.end) continue;
    spans.push(span);
    last = span.end;
  }
  return spans;
};

/** In small letters and digits, without accents and signs, so that `Pass_Word` in full width is `password`. */
function nameBefore(text: string, sign: number): string {
  const window = text.slice(Math.max(0, sign - LONGEST_NAME - LONGEST_GAP), sign);
  const end = startOfRow(window, window.length, NOT_GAP);
  const name = window.slice(startOfRow(window, end, NOT_NAME), end);
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

function valueAfter(text: string, from: number, extent: "line" | "word"): Span {
  const limit = indexOfClass(text, from, NOT_GAP);
  const gap = text.slice(from, limit);
  const quote = gap.search(/["']/);
  if (quote === -1) {
    const end = indexOfClass(text, limit, extent === "line" ? AFTER_LINE : AFTER_WORD);
    return { start: limit, end, kind: "secret" };
  }
  const start = from + quote + 1;
  return { start, end: closingOf(text, start), kind: "secret" };
}

/** The end of a quoted value: its quote with no more backslashes before it than the opening one has. */
function closingOf(text: string, start: number): number {
  const quote = text.charAt(start - 1);
  const depth = backslashesBefore(text, start - 1);
  let end = text.indexOf(quote, start);
  while (end !== -1 && backslashesBefore(text, end) > depth) end = text.indexOf(quote, end + 1);
  return end === -1 ? text.length : end - backslashesBefore(text, end);
}

function backslashesBefore(text: string, index: number): number {
  return index - startOfRow(text, index, /[^\\]/);
}
