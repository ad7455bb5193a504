import { createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { isWeak } from "../tokens/is-weak.js";
import type { RingAlgorithm } from "./ring-document.js";

/** What a stored key does. */
export interface KeyPair {
  /** Verifies; the secret itself for HS256, and for what encrypts and derives. */
  readonly accepting: KeyObject;
  /** Signs; undefined where a provider does that. */
  readonly signing: KeyObject | undefined;
}

interface StoredKey {
  readonly alg: RingAlgorithm;
  readonly key: unknown;
  /** Whether the private key must be there. */
  readonly isComplete: boolean;
}

/** Opens a JWK for the one algorithm that it serves (RFC 8725, section 3.1). */
export function readKeyPair(
  { alg, key, isComplete }: StoredKey,
  fail: (reason: string) => never,
): KeyPair {
  const jwk = Object(key);
  const { kty, crv = "", k, d } = jwk;
  if (`${kty}${crv}` !== kinds[alg]) return fail(`is not for ${alg}`);
  if (kty === "oct") return readSecret(alg, k, fail);
  if (isComplete && d === undefined) return fail("has no private part");
  let accepting: KeyObject;
  let signing: KeyObject | undefined;
  try {
    accepting = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    signing = d && createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
  } catch {
    return fail("is no JWK");
  }
  return isWeak(accepting) ? fail("is weak: RS256 needs 2048 bits") : { accepting, signing };
}

const kinds: Readonly<Record<RingAlgorithm, string>> = {
  Ed25519: "OKPEd25519",
  ES256: "ECP-256",
  RS256: "RSA",
  HS256: "oct",
  A256GCM: "oct",
  "HKDF-SHA512": "oct",
};

/** RFC 7518, section 3.2: 256 bits at least, for AES exactly. So few different bytes are not random. */
function readSecret(alg: RingAlgorithm, k: unknown, fail: (reason: string) => never): KeyPair {
  const secret = Buffer.from(String(k), "base64url");
  const isExact = secret.toString("base64url") === k;
  const isLong = alg === "A256GCM" ? secret.length === 32 : secret.length >= 32;
  if (!isExact || !isLong || new Set(secret).size < 16) {
    return fail(`is weak: ${alg} needs ${alg === "A256GCM" ? "" : "at least "}32 random bytes`);
  }
  const key = createSecretKey(secret);
  return { accepting: key, signing: key };
}
