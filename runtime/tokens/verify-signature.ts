import { createHmac, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { CompactToken } from "./read-compact.js";

/**
 * Whether a key made the signature of a token (RFC 7518, section 3; RFC 8037, section
 * 3.1). `algorithm` is one that the key serves, never what a token says.
 *
 * OpenSSL at first hand: WebCrypto, by which jose verifies, goes through the thread pool, and for HS256
 * costs ten to twenty times as much as the signature itself. Tests have jose for a second opinion.
 */
export function verifySignature(
  algorithm: string,
  key: KeyObject,
  { head, payload, signature }: CompactToken,
): boolean {
  const signed = `${head}.${payload}`;
  if (algorithm === "HS256") {
    return isSame(createHmac("sha256", key).update(signed).digest("base64url"), signature);
  }
  const hash = algorithm === "Ed25519" ? null : "sha256";
  return verify(
    hash,
    Buffer.from(signed),
    // For ES256, two numbers of 32 bytes, not DER.
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
}

/** In a time that does not tell where they differ; their length is no secret. */
function isSame(own: string, given: string): boolean {
  let difference = own.length ^ given.length;
  for (let index = 0; index < own.length; index += 1) {
    difference |= own.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}
