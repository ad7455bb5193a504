import { createHmac, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

/**
 * Whether a key made the signature of a text (RFC 7518, section 3; RFC 8037, section 3.1). `algorithm` is one
 * that the key serves, never what a token says.
 *
 * OpenSSL at first hand: WebCrypto, by which jose verifies, goes through the thread pool, and for HS256
 * costs ten to twenty times as much as the signature itself. Tests have jose for a second opinion.
 */
export function verifySignature(
  algorithm: string,
  key: KeyObject,
  { signingInput, signature }: { readonly signingInput: string; readonly signature: Buffer },
): boolean {
  if (algorithm === "HS256") {
    const own = createHmac("sha256", key).update(signingInput).digest();
    return own.length === signature.length && timingSafeEqual(own, signature);
  }
  const hash = algorithm === "Ed25519" ? null : "sha256";
  // For ES256, two numbers of 32 bytes, not DER.
  return verify(hash, Buffer.from(signingInput), { key, dsaEncoding: "ieee-p1363" }, signature);
}
