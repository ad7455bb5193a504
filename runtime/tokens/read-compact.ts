import { readObject } from "./read-object.js";
import type { JsonObject } from "./read-object.js";

/** In characters: longer than any access token in use; what is longer is refused before it is decoded. */
const MAX_LENGTH = 8192;

/** The segments of a compact JWS (RFC 7515, section 7.1), each in the one spelling that base64url has for it. */
export interface CompactToken {
  readonly head: string;
  readonly payload: string;
  readonly signature: string;
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Undefined for padding, stray bits or characters (RFC 4648, section 3.5), and another number of segments. */
export function readCompact(token: string): CompactToken | undefined {
  if (token.length > MAX_LENGTH || !COMPACT.test(token)) return undefined;
  const parts = token.split(".");
  const [head = "", payload = "", signature = ""] = parts;
  return parts.every(isExact) ? { head, payload, signature } : undefined;
}

/** By the length modulo 4: the last characters whose bits all belong to a byte. */
const LAST = [/./, /^$/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/];

/** Whether a segment is the one spelling that base64url has for its bytes. */
export function isExact(segment: string): boolean {
  return LAST[segment.length % 4]?.test(segment) === true;
}

/** The JSON object that a segment holds; undefined for other bytes. */
export function readJson(segment: string): JsonObject | undefined {
  const bytes = Buffer.from(segment, "base64url");
  const text = bytes.toString();
  // Bytes that are no UTF-8 are read as the character that stands for them.
  return text.includes("\uFFFD") && !Buffer.from(text).equals(bytes) ? undefined : readObject(text);
}
