/** What {@link checkTarget} says besides the path's length: bits of the low part of its result. */
export const NEEDS_CANONICAL = 1;
export const HAS_ENCODED_SLASH = 2;
const HAS_UTF8 = 4;
const HEX = "0123456789abcdef";

/** Why a request target is refused, said of the path; `checkTarget` returns `-1 - index`. */
export const targetRefusals = [
  "does not start with a slash",
  "is longer than the policy allows",
  "holds an empty segment",
  "holds a dot segment",
  "holds a backslash",
  "holds a semicolon",
  "holds a fragment",
  "holds a control, space or raw non-ASCII character",
  "holds a malformed percent-encoding",
  "percent-encodes a character that needs no encoding",
  "percent-encodes a backslash or a control character",
  "percent-encodes invalid UTF-8",
] as const;

const NOT_ROOTED = -1;
const TOO_LONG = -2;
const EMPTY_SEGMENT = -3;
const DOT_SEGMENT = -4;
const BACKSLASH = -5;
const SEMICOLON = -6;
const FRAGMENT = -7;
const RAW_CHARACTER = -8;
const BAD_PERCENT = -9;
const ENCODED_UNRESERVED = -10;
const ENCODED_CONTROL = -11;
const BAD_UTF8 = -12;

const PCHAR = 1;
const UNRESERVED = 2;
/** Per ASCII code: RFC 3986 `pchar` without the percent sign, and `unreserved`. */
const characterClass = classify();

export interface TargetRules {
  readonly maxPathLength: number;
  readonly semicolons: "refuse" | "allow";
}

/**
 * Scans an origin-form request target up to its query (RFC 9112, RFC 3986).
 * Returns `length of the path * 4 + flags`, or a negative number: `targetRefusals[-1 - result]`.
 */
export function checkTarget(target: string, rules: TargetRules): number {
  if (target.charCodeAt(0) !== SLASH) return NOT_ROOTED;
  const length = target.length;
  const semicolonsAllowed = rules.semicolons === "allow";
  let flags = 0;
  let segment = 1;
  let at = 1;
  for (; at < length; at += 1) {
    const code = target.charCodeAt(at);
    if (code === QUESTION) break;
    if (at >= rules.maxPathLength) return TOO_LONG;
    if (code === SLASH) {
      if (at === segment) return EMPTY_SEGMENT;
      if (isDotSegment(target, segment, at)) return DOT_SEGMENT;
      segment = at + 1;
    } else if (code === PERCENT) {
      const octet = octetAt(target, at);
      if (octet < 0) return BAD_PERCENT;
      if (octet === SLASH) flags |= HAS_ENCODED_SLASH;
      else if (octet < 32 || octet === 127 || octet === BACKSLASH_CODE) return ENCODED_CONTROL;
      else if (((characterClass[octet] ?? 0) & UNRESERVED) !== 0) return ENCODED_UNRESERVED;
      flags |= NEEDS_CANONICAL | (octet < 128 ? 0 : HAS_UTF8);
      at += 2;
    } else if (code >= 127 || code <= 32) return RAW_CHARACTER;
    else if ((characterClass[code] ?? 0) === 0) {
      if (code === BACKSLASH_CODE) return BACKSLASH;
      if (code === HASH) return FRAGMENT;
      flags |= NEEDS_CANONICAL;
    } else if (code === SEMICOLON_CODE && !semicolonsAllowed) return SEMICOLON;
  }
  if (at > rules.maxPathLength) return TOO_LONG;
  if (isDotSegment(target, segment, at)) return DOT_SEGMENT;
  // ECMA-262 has it throw for every sequence that is not well-formed UTF-8 (Unicode, table 3-7).
  if ((flags & HAS_UTF8) !== 0 && !isDecodable(target.slice(0, at))) return BAD_UTF8;
  return at * 4 + (flags & (NEEDS_CANONICAL | HAS_ENCODED_SLASH));
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The one spelling of a checked path: every octet that RFC 3986 `pchar` allows stands for itself,
 * every other is `%XX` in upper case. Encoded slashes stay encoded.
 */
export function canonicalPath(path: string): string {
  return path
    .split("/")
    .map((segment) => encodeSegment(decodeURIComponent(segment)))
    .join("/");
}

function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/%(?:24|26|2B|2C|3B|3D|3A|40)/g, decodeURIComponent);
}

const SLASH = 47;
const QUESTION = 63;
const PERCENT = 37;
const HASH = 35;
const DOT = 46;
const SEMICOLON_CODE = 59;
const BACKSLASH_CODE = 92;

function isDotSegment(path: string, start: number, end: number): boolean {
  if (path.charCodeAt(start) !== DOT || start >= end) return false;
  const second = path.charCodeAt(start + 1) === DOT && start + 1 < end ? start + 2 : start + 1;
  return second === end || path.charCodeAt(second) === SEMICOLON_CODE;
}

function octetAt(path: string, percent: number): number {
  const high = HEX.indexOf(path.charAt(percent + 1).toLowerCase());
  const low = HEX.indexOf(path.charAt(percent + 2).toLowerCase());
  return high < 0 || low < 0 || percent + 2 >= path.length ? -1 : high * 16 + low;
}

function classify(): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code += 1) {
    const text = String.fromCharCode(code);
    if (/[A-Za-z0-9._~-]/.test(text)) table[code] = PCHAR | UNRESERVED;
    else if (/[!$&'()*+,;=:@]/.test(text)) table[code] = PCHAR;
  }
  return table;
}
