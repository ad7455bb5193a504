import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { NewKey } from "./lifecycle.js";
import type { RingAlgorithm } from "./ring-document.js";

/**
 * A new key from the system's random source (NIST SP 800-90A). Its id is a random word unless one is given:
 * of keys that follow one another none is told from the others by a date.
 */
export function createRingKey(alg: RingAlgorithm, id = newId()): NewKey {
  const purpose = alg === "A256GCM" ? "jwe" : alg === "HKDF-SHA512" ? "master" : "jws";
  return { id, alg, purpose, key: makers[alg]() };
}

function newId(): string {
  return randomBytes(6).toString("hex");
}

type Jwk = Readonly<Record<string, unknown>>;

const makers: Readonly<Record<RingAlgorithm, () => Jwk>> = {
  Ed25519: () => exported(generateKeyPairSync("ed25519")),
  ES256: () => exported(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  RS256: () => exported(generateKeyPairSync("rsa", { modulusLength: 3072 })),
  HS256: () => secret(32),
  A256GCM: () => secret(32),
  "HKDF-SHA512": () => secret(64),
};

function exported({ privateKey }: ReturnType<typeof generateKeyPairSync>): Jwk {
  return { ...privateKey.export({ format: "jwk" }) };
}

function secret(length: number): Jwk {
  return { kty: "oct", k: randomBytes(length).toString("base64url") };
}
