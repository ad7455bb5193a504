import { createPublicKey } from "node:crypto";

/**
 * RFC 7518, section 3.2: 256 bits for HS256; RFC 8725, section 3.5: no words, in base64url or as they are. So
 * few different bytes are not random.
 */
export function isWeakSecret(secret: Uint8Array): boolean {
  const isFew = secret.length < 32 || new Set(secret).size < 16;
  return isFew || ENCODED_WORDS.test(Buffer.from(secret).toString("latin1"));
}

/** What was encoded is ASCII without digits, of one letter case. */
const ENCODED_WORDS = /^(?:[ -/:-@[-~]+|[ -/:-`{-~]+)$/;

/** Whether a text in base64url may stand for random bytes: of 32, one in 10^9 has letters of one case only. */
export function isRandomText(text: string): boolean {
  return /^[\w-]+$/.test(text) && !WORDS.test(text);
}

/** Digits of base 16 are as good as bytes. */
const WORDS = /^(?![\da-f]+$|[\dA-F]+$)(?:[^A-Z]+|[^a-z]+)$/;

/** RFC 8725, section 2.1: with a public key for an HMAC secret, anyone can sign. In PEM, as JWK or in DER. */
export function isPublicKey(secret: Buffer): boolean {
  if (secret.includes("-----BEGIN ")) return true;
  const isJson = secret.toString().trimStart().startsWith("{");
  // Of random bytes, few begin like either form, so few cost more than a look.
  if (isJson) return canOpen(() => JSON.parse(secret.toString()));
  return (
    secret[0] === DER_SEQUENCE &&
    canOpen(() => createPublicKey({ key: secret, format: "der", type: "spki" }))
  );
}

const DER_SEQUENCE = 0x30;

function canOpen(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}
