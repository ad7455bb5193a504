import { isUtf8 } from "node:buffer";
import { readObject } from "./read-object.js";
import type { JsonObject } from "./read-object.js";

/** In characters: longer than any access token in use; what is longer is refused before it is decoded. */
const MAX_LENGTH = 8192;

/** A compact JWS (RFC 7515, section 7.1) in the one spelling that it has, nothing of it verified. */
export interface CompactToken {
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What the signature covers: the first two segments as they were sent. */
  readonly signingInput: string;
}

/**
 * Undefined for a text that has a second spelling or a second reading: padding, stray bits or characters
 * (RFC 4648, section 3.5), another number of segments, a header that is no object.
 */
export function readCompact(token: string): CompactToken | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const parts = token.split(".", 4);
  const [head, payload, signature] = parts.map((part) => Buffer.from(part, "base64url"));
  const isExact = [head, payload, signature].every(
    (bytes, index) => bytes?.toString("base64url") === parts[index],
  );
  if (parts.length !== 3 || !isExact || !head || !payload || !signature) return undefined;
  const header = readJson(head);
  const signingInput = token.slice(0, token.lastIndexOf("."));
  return header && { header, payload, signature, signingInput };
}

/** The JSON object that bytes hold; undefined for others. */
export function readJson(bytes: Buffer): JsonObject | undefined {
  const text = bytes.toString();
  // Bytes that are no UTF-8 are read as the character that stands for them.
  return text.includes("\uFFFD") && !isUtf8(bytes) ? undefined : readObject(text);
}

/** Any text would be legal (RFC 7515, section 4.1.4); issuers in earnest keep to these. */
export function isKeyId(kid: unknown): boolean {
  return typeof kid === "string" && /^[!-~]{1,64}$/.test(kid);
}
