/**
 * What {@link checkTarget} says besides the path's length, bits of the low part of its result: whether
 * {@link canonicalPath} would change the path, and whether it holds `%2F`.
 */
export const NEEDS_CANONICAL = 1;
export const HAS_ENCODED_SLASH = 2;
const HAS_UTF8 = 4;

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
/** Per code of one byte: RFC 3986 `pchar` without the percent sign, and `unreserved`. */
const characterClass = classify();

export interface TargetRules {
  readonly caseSensitive: boolean;
  readonly maxPathLength: number;
  readonly semicolons: "refuse" | "allow";
}

/**
 * How {@link checkTarget} reads, by the rules of one router, and what it has read. `segments`
 * are working memory: a walk reads it right after a check, before anything else can run.
 */
export interface TargetReader {
  readonly maxPathLength: number;
  /** Per code of a character that is fine in itself: the byte that is compared, lower-case where case is folded. */
  readonly plain: Uint8Array;
  /** The byte that a segment to be suspected begins with. */
  readonly dot: number;
  /** In turns, where the slash before a segment stands, and the segment's hash; at last the path's length. */
  readonly segments: Int32Array;
}

/** The longest path that the policy language allows. */
const MAX_PATH_LENGTH = 8192;

export function createTargetReader(rules: TargetRules): TargetReader {
  const maxPathLength = Math.min(rules.maxPathLength, MAX_PATH_LENGTH);
  return {
    maxPathLength,
    plain: characterClass.map((kind, code) =>
      kind === 0 || (code === SEMICOLON_CODE && rules.semicolons === "refuse")
        ? 0
        : foldedCode(code, rules),
    ),
    dot: DOT,
    // In its canonical spelling, a path may be three times as long.
    segments: new Int32Array(maxPathLength * 3 + 3),
  };
}

/** A reader of paths that are checked already, with the same working memory. */
export function createPathReader(reader: TargetReader, rules: TargetRules): TargetReader {
  return {
    ...reader,
    maxPathLength: reader.segments.length - 3,
    plain: characterClass.map((_, code) => (code === SLASH ? 0 : foldedCode(code, rules))),
    dot: -1,
  };
}

function foldedCode(code: number, { caseSensitive }: TargetRules): number {
  return !caseSensitive && code >= 65 && code <= 90 ? code + 32 : code;
}

/**
 * Scans an origin-form request target up to its query (RFC 9112, RFC 3986), in one pass with what a walk
 * needs. Returns `length of the path * 4 + flags`, or a negative number: `targetRefusals[-1 - result]`.
 */
export function checkTarget(target: string, reader: TargetReader): number {
  if (target.charCodeAt(0) !== SLASH) return NOT_ROOTED;
  const { dot, plain, segments } = reader;
  const stop = Math.min(target.length, reader.maxPathLength);
  let flags = 0;
  let hash = 0;
  let segment = 0;
  let start = 1;
  let at = 1;
  for (; at < stop; at += 1) {
    const code = target.charCodeAt(at);
    let byte = plain[code] ?? 0;
    if (byte === 0) {
      if (code === SLASH) {
        if (at === start) return EMPTY_SEGMENT;
        if (target.charCodeAt(start) === dot && isDotSegment(target, start, at)) return DOT_SEGMENT;
        segments[segment + 1] = hash;
        segment += 2;
        segments[segment] = at;
        hash = 0;
        start = at + 1;
        continue;
      }
      if (code === QUESTION) break;
      const seen = judge(target, at, code);
      if (seen < 0) return seen;
      flags |= seen;
      byte = code;
    }
    hash = mix(hash, byte);
  }
  if (at < target.length && target.charCodeAt(at) !== QUESTION) return TOO_LONG;
  if (target.charCodeAt(start) === dot && isDotSegment(target, start, at)) return DOT_SEGMENT;
  segments[segment + 1] = hash;
  segments[segment + 2] = at;
  // ECMA-262 has it throw for every sequence that is not well-formed UTF-8 (Unicode, table 3-7).
  if ((flags & HAS_UTF8) !== 0 && !isDecodable(target.slice(0, at))) return BAD_UTF8;
  return at * 4 + (flags & (NEEDS_CANONICAL | HAS_ENCODED_SLASH));
}

/** The hash of a segment, byte by byte; 31 takes two cycles, where FNV's multiplication takes four. */
export function mix(hash: number, byte: number): number {
  return ((hash << 5) + (byte - hash)) | 0;
}

/** Flags or the refusal of a character that needs a look. */
function judge(target: string, at: number, code: number): number {
  if (code === PERCENT) {
    const digits = target.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) return BAD_PERCENT;
    const octet = Number.parseInt(digits, 16);
    if (octet < 32 || octet === 127 || octet === BACKSLASH_CODE) return ENCODED_CONTROL;
    const kind = characterClass[octet] ?? 0;
    if ((kind & UNRESERVED) !== 0) return ENCODED_UNRESERVED;
    const flags = octet === SLASH ? HAS_ENCODED_SLASH : octet < 128 ? 0 : HAS_UTF8;
    return kind === 0 && digits === digits.toUpperCase() ? flags : flags | NEEDS_CANONICAL;
  }
  if (code >= 127 || code <= 32) return RAW_CHARACTER;
  if (code === BACKSLASH_CODE) return BACKSLASH;
  if (code === HASH) return FRAGMENT;
  return code === SEMICOLON_CODE ? SEMICOLON : NEEDS_CANONICAL;
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

function classify(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0; code < 128; code += 1) {
    const text = String.fromCharCode(code);
    if (/[A-Za-z0-9._~-]/.test(text)) table[code] = PCHAR | UNRESERVED;
    else if (/[!$&'()*+,;=:@]/.test(text)) table[code] = PCHAR;
  }
  return table;
}
