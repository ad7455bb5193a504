/**
 * What {@link checkTarget} says besides the path's length, bits of the low part of its result: whether
 * {@link canonicalPath} would change the path, and whether it holds `%2F`.
 */
export const NEEDS_CANONICAL = 1;
export const HAS_ENCODED_SLASH = 2;
/** The bit that tells octets beyond ASCII. */
const HAS_UTF8 = 128;

/** Why a request target is refused, said of the path; `checkTarget` returns `-1 - index`. */
export const targetRefusals = [
  "starts with no slash",
  "is longer than allowed",
  "holds an empty segment",
  "holds a dot segment",
  "holds a backslash",
  "holds a semicolon",
  "holds a fragment",
  "holds a control, space or non-ASCII",
  "holds a malformed encoding",
  "percent-encodes what needs no encoding",
  "percent-encodes a backslash or control",
  "percent-encodes no UTF-8",
] as const;

const NOT_ROOTED = -1;
const TOO_LONG = -2;
const EMPTY_SEGMENT = -3;
const DOT_SEGMENT = -4;
const BACKSLASH = -5;
const SEMICOLON = -6;
export const FRAGMENT = -7;
const RAW_CHARACTER = -8;
const BAD_PERCENT = -9;
const ENCODED_UNRESERVED = -10;
const ENCODED_CONTROL = -11;
const BAD_UTF8 = -12;

const PCHAR = 1;
const UNRESERVED = 2;
/** Per code of one byte: RFC 3986 `pchar` without the percent sign, and `unreserved`. */
const characterClass = Uint8Array.from({ length: 256 }, (_, code) => {
  const text = String.fromCharCode(code);
  return /[\w.~-]/.test(text) ? PCHAR | UNRESERVED : /[!$&'()*+,;=:@]/.test(text) ? PCHAR : 0;
});

export interface TargetRules {
  readonly caseSensitive: boolean;
  readonly maxPathLength: number;
  readonly semicolons: "refuse" | "allow";
}

/** How paths are read by the rules of one router. Both tables have zero for slash and question mark. */
export interface TargetReader {
  /** Per code of a character that is fine in itself: the byte that is compared, lower-case where case is folded. */
  readonly plain: Uint8Array;
  /** The same per code of a character that stands in a path that has been checked. */
  readonly checked: Uint8Array;
  readonly maxPathLength: number;
}

export function createTargetReader(rules: TargetRules): TargetReader {
  const { caseSensitive, maxPathLength, semicolons } = rules;
  const plain = characterClass.map((kind, code) => {
    if (kind === 0 || (code === SEMICOLON_CODE && semicolons === "refuse")) return 0;
    return !caseSensitive && code >= 65 && code <= 90 ? code + 32 : code;
  });
  const checked = plain.map((byte, code) =>
    code === SLASH || code === QUESTION ? 0 : byte || code,
  );
  return { plain, checked, maxPathLength };
}

/**
 * Scans an origin-form request target up to its query (RFC 9112, RFC 3986). Returns
 * `length of the path * 4 + flags`, or a negative number: `targetRefusals[-1 - result]`. What stands before
 * `from` is known to be fine.
 */
export function checkTarget(target: string, reader: TargetReader, from = 0): number {
  if (target.charCodeAt(from) !== SLASH) return NOT_ROOTED;
  const { plain, maxPathLength } = reader;
  const stop = Math.min(target.length, maxPathLength);
  let flags = 0;
  let start = from + 1;
  for (let at = start; ; at += 1) {
    // No call in this loop: so it keeps in registers what it reads of the table.
    while (at < stop && plain[target.charCodeAt(at)]) at += 1;
    const code = at < target.length ? target.charCodeAt(at) : QUESTION;
    if (at === stop && code !== QUESTION) return TOO_LONG;
    if (code !== SLASH && code !== QUESTION) {
      const seen = judge(target, at, code);
      if (seen < 0) return seen;
      flags |= seen;
      continue;
    }
    if (target.charCodeAt(start) === DOT && /^\.\.?(;|$)/.test(target.slice(start, at))) {
      return DOT_SEGMENT;
    }
    if (code === QUESTION) {
      const isText = (flags & HAS_UTF8) === 0 || isDecodable(target.slice(0, at));
      return isText ? at * 4 + (flags & (NEEDS_CANONICAL | HAS_ENCODED_SLASH)) : BAD_UTF8;
    }
    if (at === start) return EMPTY_SEGMENT;
    start = at + 1;
  }
}

/** Flags or the refusal of a character that needs a look. */
function judge(target: string, at: number, code: number): number {
  if (code === PERCENT) return octetVerdicts.get(target.slice(at + 1, at + 3)) ?? BAD_PERCENT;
  if (code >= 127 || code <= 32) return RAW_CHARACTER;
  if (code === BACKSLASH_CODE) return BACKSLASH;
  if (code === HASH) return FRAGMENT;
  return code === SEMICOLON_CODE ? SEMICOLON : NEEDS_CANONICAL;
}

function judgeOctet(octet: number, digits: string): number {
  if (octet < 32 || octet === 127 || octet === BACKSLASH_CODE) return ENCODED_CONTROL;
  const kind = characterClass[octet] ?? 0;
  if ((kind & UNRESERVED) !== 0) return ENCODED_UNRESERVED;
  const flags = octet === SLASH ? HAS_ENCODED_SLASH : octet & HAS_UTF8;
  return kind === 0 && digits === digits.toUpperCase() ? flags : flags | NEEDS_CANONICAL;
}

/** ECMA-262 has it throw for every sequence that is not well-formed UTF-8 (Unicode, table 3-7). */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * The one spelling of a checked path: every octet that RFC 3986 `pchar` allows stands for itself,
 * every other is `%XX` in upper case. Encoded slashes stay encoded.
 */
export function canonicalPath(path: string): string {
  return path.replace(/[^/]+/g, (segment) =>
    encodeURIComponent(decodeURIComponent(segment)).replace(
      /%(24|26|2B|2C|3B|3D|3A|40)/g,
      decodeURIComponent,
    ),
  );
}

export const SLASH = 47;
export const QUESTION = 63;
export const PERCENT = 37;
const HASH = 35;
export const DOT = 46;
const SEMICOLON_CODE = 59;
const BACKSLASH_CODE = 92;

/** By the two digits behind the percent sign, in every spelling: flags or the refusal. */
const octetVerdicts = new Map(
  [..."0123456789abcdefABCDEF"].flatMap((high, _, digits) =>
    digits.map((low) => [high + low, judgeOctet(Number(`0x${high}${low}`), high + low)]),
  ),
);
