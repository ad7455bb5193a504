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
const FRAGMENT = -7;
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

/** More of `segments` than the longest path has characters. */
const MARGIN = 3;

export interface TargetRules {
  readonly caseSensitive: boolean;
  readonly maxPathLength: number;
  readonly semicolons: "refuse" | "allow";
}

/**
 * How {@link checkTarget} reads, by the rules of one router, and what it has read. `segments` is working
 * memory: a walk reads it right after a check, before anything else can run.
 */
export interface TargetReader {
  /** Per code of a character that is fine in itself: the byte that is compared, lower-case where case is folded. */
  readonly plain: Uint8Array;
  /** In turns, where the slash before a segment stands, and the segment's hash; at last the path's length. */
  readonly segments: Int32Array;
}

export function createTargetReader(rules: TargetRules): TargetReader {
  const { caseSensitive, semicolons } = rules;
  return {
    plain: characterClass.map((kind, code) => {
      if (kind === 0 || (code === SEMICOLON_CODE && semicolons === "refuse")) return 0;
      return !caseSensitive && code >= 65 && code <= 90 ? code + 32 : code;
    }),
    segments: new Int32Array(rules.maxPathLength + MARGIN),
  };
}

/** Reads a path that is fine, for a walk: what {@link checkTarget} would leave, whatever it would refuse. */
export function readPath(path: string, { plain, segments }: TargetReader): void {
  let segment = 0;
  let end = 0;
  for (const text of path.slice(1).split("/")) {
    segments[segment + 1] = Buffer.from(text).reduce(
      (hash, byte) => mix(hash, plain[byte] || byte),
      0,
    );
    segment += 2;
    end += text.length + 1;
    segments[segment] = end;
  }
}

/**
 * Scans an origin-form request target up to its query (RFC 9112, RFC 3986), in one pass with what a walk
 * needs. Returns `length of the path * 4 + flags`, or a negative number: `targetRefusals[-1 - result]`.
 */
export function checkTarget(target: string, reader: TargetReader): number {
  if (target.charCodeAt(0) !== SLASH) return NOT_ROOTED;
  const { plain, segments } = reader;
  const stop = Math.min(target.length, segments.length - MARGIN);
  let flags = 0;
  let hash = 0;
  let segment = 0;
  let start = 1;
  for (let at = 1; ; at += 1) {
    // No call and no store in this loop: so it keeps in registers what it reads of the table.
    for (let byte = 0; at < stop && (byte = plain[target.charCodeAt(at)] ?? 0) !== 0; at += 1) {
      hash = mix(hash, byte);
    }
    const code = at < target.length ? target.charCodeAt(at) : QUESTION;
    if (at === stop && code !== QUESTION) return TOO_LONG;
    if (code !== SLASH && code !== QUESTION) {
      const seen = judge(target, at, code);
      if (seen < 0) return seen;
      flags |= seen;
      hash = mix(hash, code);
      continue;
    }
    if (target.charCodeAt(start) === DOT && /^\.\.?(;|$)/.test(target.slice(start, at))) {
      return DOT_SEGMENT;
    }
    segments[segment + 1] = hash;
    segment += 2;
    segments[segment] = at;
    if (code === QUESTION) {
      const isText = (flags & HAS_UTF8) === 0 || isDecodable(target.slice(0, at));
      return isText ? at * 4 + (flags & (NEEDS_CANONICAL | HAS_ENCODED_SLASH)) : BAD_UTF8;
    }
    if (at === start) return EMPTY_SEGMENT;
    hash = 0;
    start = at + 1;
  }
}

/** The hash of a segment, byte by byte; 31 takes two cycles, where FNV's multiplication takes four. */
function mix(hash: number, byte: number): number {
  return ((hash << 5) + (byte - hash)) | 0;
}

/** Flags or the refusal of a character that needs a look. */
function judge(target: string, at: number, code: number): number {
  if (code === PERCENT) {
    const digits = target.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) return BAD_PERCENT;
    const octet = Number(`0x${digits}`);
    if (octet < 32 || octet === 127 || octet === BACKSLASH_CODE) return ENCODED_CONTROL;
    const kind = characterClass[octet] ?? 0;
    if ((kind & UNRESERVED) !== 0) return ENCODED_UNRESERVED;
    const flags = octet === SLASH ? HAS_ENCODED_SLASH : octet & HAS_UTF8;
    return kind === 0 && digits === digits.toUpperCase() ? flags : flags | NEEDS_CANONICAL;
  }
  if (code >= 127 || code <= 32) return RAW_CHARACTER;
  if (code === BACKSLASH_CODE) return BACKSLASH;
  if (code === HASH) return FRAGMENT;
  return code === SEMICOLON_CODE ? SEMICOLON : NEEDS_CANONICAL;
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

const SLASH = 47;
const QUESTION = 63;
const PERCENT = 37;
const HASH = 35;
const DOT = 46;
const SEMICOLON_CODE = 59;
const BACKSLASH_CODE = 92;
