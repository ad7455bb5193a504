import { createHash, createSecretKey, hkdfSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** What a derived key is for; a key for one purpose is of no use for another. */
export interface DerivedKey {
  readonly deployment: string;
  readonly purpose: "jws" | "jwe" | "rt" | "csrf" | "audit";
  readonly alg: "HS256" | "A256GCM";
  /** Id of the master. */
  readonly ring: string;
  /** Number of the time slice; undefined where time does not count. */
  readonly slice?: number;
  /** For the key of one token: the `jti`, and the digest of the `sub`. */
  readonly jti?: string;
  readonly subject?: string;
}

/** In bytes, of both algorithms. */
export const DERIVED_LENGTH = 32;

/**
 * Derives a key with HKDF-SHA512 (RFC 5869). The salt is fixed for a deployment: what makes keys different
 * is `info` (section 3.2), and no time and no chance is in it that a verifier could not know.
 */
export function deriveKey(master: KeyObject, wanted: DerivedKey): KeyObject {
  const salt = saltOf(wanted.deployment);
  const bytes = hkdfSync("sha512", master, salt, infoOf(wanted), DERIVED_LENGTH);
  return createSecretKey(Buffer.from(bytes));
}

/** 64 bytes, as long as an output of the hash. */
export function saltOf(deployment: string): Buffer {
  return createHash("sha512").update(`gatewright/1 salt\0${deployment}`).digest();
}

/**
 * Fields in a fixed order, each behind its length in two bytes, so that no two wishes share a text; the
 * slice is eight bytes, big-endian, or none.
 */
export function infoOf(wanted: DerivedKey): Buffer {
  const { deployment, purpose, alg, ring, slice, jti = "", subject = "" } = wanted;
  const number = Buffer.alloc(slice === undefined ? 0 : 8);
  if (slice !== undefined) number.writeBigUInt64BE(BigInt(slice));
  const fields = ["gatewright/1", deployment, purpose, alg, ring, number, jti, subject];
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}
