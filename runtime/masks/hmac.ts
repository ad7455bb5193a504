import { createHmac } from "node:crypto";
import { GateError } from "../gate-error.js";
import { lengthPrefixed, ownBytes } from "./bytes.js";
import { createTotalMask } from "./mask.js";
import type { Mask, MaskContext, MaskFailure } from "./mask.js";
import type { MaskAlgorithm, MaskKey, MaskKeys } from "./mask-keys.js";

/** The type of what is hashed; equal texts of two types have different tokens. */
export type HmacType = "text" | "integer" | "bytes";

export interface HmacMaskOptions {
  readonly keys: MaskKeys;
  /** Default: `text`. Booleans and enumerations have too few values: they are nulled out, or shown. */
  readonly type?: HmacType;
  /** How many values the field can have, where that is known; refused below 10^6. */
  readonly distinct?: number;
  /** Separates tokens of several uses of one key. Default: `mask`. */
  readonly domain?: string;
  /**
   * Tokens that are kept with their values, in memory; none unless this says so. A hit takes 1 µs instead of 9
   * (measured), and the values and their keys stay in memory for as long.
   */
  readonly cached?: number;
  /** Told of each value that was taken away because its keys could not be had, to count it. */
  readonly onFailure?: (failure: MaskFailure) => void;
}

/** A keyed hash, and the tokens by which a value can be found. */
export interface HmacMask {
  readonly mask: Mask;
  /**
   * The tokens of a value under all keys of its tenant, the current one first; none where it has none. Throws
   * what the keys throw: a search must not miss what it could not look for.
   */
  readonly tokensOf: (value: unknown, context: MaskContext) => readonly string[];
}

const prefixes: Readonly<Record<MaskAlgorithm, string>> = { sha256: "h1", sm3: "s1" };

const types: readonly unknown[] = ["text", "integer", "bytes"] satisfies HmacType[];

/** NIST SP 800-38G r1 (draft) asks as much of a domain for encryption; fewer values are soon tried. */
const FEWEST = 1_000_000;

/**
 * In code units. A longer text is no identifier; and to normalise 10 000 marks takes 0.1 s, 80 000 4.5 s (measured:
 * ICU sorts them by insertion).
 */
const LONGEST_TEXT = 1024;

/** In bytes. */
const LONGEST_BYTES = 1_048_576;

/** 128 bits: two of 2^32 values share a token with a chance of 2^-65. */
const TOKEN_BYTES = 16;

/**
 * A keyed hash by which equal values can be linked and none can be read: `h1:<key id>:` and 22 characters in
 * base64url, of HMAC-SHA256 (RFC 2104) over domain, field, type and value, each behind its length. With
 * SM3 it begins with `s1:`. Text is hashed in NFC. What looks like a token is hashed like any text.
 *
 * @throws GateError `configuration-invalid` for a type of few values
 */
export function createHmacMask(options: HmacMaskOptions): HmacMask {
  const {
    keys,
    type = "text",
    distinct = FEWEST,
    domain = "mask",
    cached = 0,
    onFailure,
  } = options;
  if (!types.includes(type) || !(distinct >= FEWEST)) {
    const reason = "has too few values for a keyed hash, which would be a dictionary of them";
    throw new GateError("configuration-invalid", `a field of type \`${type}\` ${reason}`);
  }
  const remember = createMemory(cached);
  const tokenOf = (key: MaskKey, field: string, bytes: string | Uint8Array) => {
    const make = () => hashOf(key, [domain, field, type, bytes]);
    return typeof bytes === "string" ? remember({ key, field, text: bytes }, make) : make();
  };
  const mask = createTotalMask((value, { tenant, field }) => {
    const bytes = bytesOf(value, type);
    if (bytes === undefined) return null;
    try {
      const [key] = keys.keysOf(tenant);
      return key === undefined ? null : tokenOf(key, field, bytes);
    } catch {
      onFailure?.("keys");
      return null;
    }
  });
  const tokensOf = (value: unknown, { tenant, field }: MaskContext) => {
    const bytes = readBytes(value, type);
    return bytes === undefined ? [] : keys.keysOf(tenant).map((key) => tokenOf(key, field, bytes));
  };
  return { mask, tokensOf };
}

function readBytes(value: unknown, type: HmacType): string | Uint8Array | undefined {
  try {
    return bytesOf(value, type);
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown, type: HmacType): string | Uint8Array | undefined {
  if (type === "integer") return decimalOf(value);
  if (type === "text") {
    const isText = typeof value === "string" && value.length <= LONGEST_TEXT;
    return isText ? value.toWellFormed().normalize("NFC") : undefined;
  }
  const bytes = ownBytes(value);
  return bytes === undefined || bytes.length > LONGEST_BYTES ? undefined : bytes;
}

/** Of a whole number that is exact: a number up to 2^53, a bigint of 64 bits, with a sign or without. */
function decimalOf(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== "bigint") return undefined;
  const isExact = BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value;
  return isExact ? String(value) : undefined;
}

function hashOf({ id, algorithm, key }: MaskKey, parts: readonly (string | Uint8Array)[]): string {
  const digest = createHmac(algorithm, key).update(lengthPrefixed(parts)).digest();
  return `${prefixes[algorithm]}:${id}:${digest.toString("base64url", 0, TOKEN_BYTES)}`;
}

interface Remembered {
  readonly key: MaskKey;
  readonly field: string;
  readonly text: string;
}

/** Keeps so many tokens at most. What was made by a key that is gone, or another, is never given. */
function createMemory(size: number): (wanted: Remembered, make: () => string) => string {
  if (!(size > 0)) return (_wanted, make) => make();
  const tokens = new Map<string, { readonly key: MaskKey; readonly token: string }>();
  return ({ key, field, text }, make) => {
    // The key is compared as an object, and the field's length keeps it apart from the text.
    const name = `${key.id} ${field.length} ${field}${text}`;
    const known = tokens.get(name);
    if (known?.key === key) return known.token;
    const token = make();
    tokens.delete(name);
    const [oldest] = tokens.keys();
    if (tokens.size >= size && oldest !== undefined) tokens.delete(oldest);
    tokens.set(name, { key, token });
    return token;
  };
}
