import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

export type Algorithm = "HS256" | "RS256" | "ES256" | "Ed25519";

export const algorithms: readonly Algorithm[] = ["HS256", "RS256", "ES256", "Ed25519"];

/** The second at which the gates of these tests stand still. */
export const NOW = 1_900_000_000;

export const ISSUER = "https://id.example";
export const AUDIENCE = "desk";

/** What signs tokens, and what a gate verifies them with. */
export interface Signer {
  readonly algorithm: Algorithm;
  /** Undefined for HS256. */
  readonly publicKey: KeyObject | undefined;
  readonly privateKey: KeyObject | undefined;
  readonly jwk: Readonly<Record<string, unknown>>;
  signatureOf(input: string): Buffer;
}

export function createSigner(algorithm: Algorithm, modulusLength = 2048): Signer {
  if (algorithm === "HS256") return secretSigner(randomBytes(32));
  const { publicKey, privateKey } = keyPair(algorithm, modulusLength);
  return {
    algorithm,
    publicKey,
    privateKey,
    jwk: publicKey.export({ format: "jwk" }) as Record<string, unknown>,
    signatureOf: (input) => {
      const data = Buffer.from(input);
      const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
      return sign(algorithm === "Ed25519" ? null : "sha256", data, key);
    },
  };
}

/** Signs with HMAC under any bytes, a public key's text among them. */
export function secretSigner(secret: Buffer): Signer {
  return {
    algorithm: "HS256",
    publicKey: undefined,
    privateKey: undefined,
    jwk: { kty: "oct", k: secret.toString("base64url") },
    signatureOf: (input) => createHmac("sha256", secret).update(input).digest(),
  };
}

function keyPair(algorithm: Algorithm, modulusLength: number) {
  if (algorithm === "RS256") return generateKeyPairSync("rsa", { modulusLength });
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("ed25519");
}

export type Members = Readonly<Record<string, unknown>>;

/** Claims that every gate of these tests accepts, with what a test changes; undefined takes a claim away. */
export function claimsWith(changes: Members = {}): Members {
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: "u1", iat: NOW - 10, exp: NOW + 300 };
  return { ...claims, client_id: "till", jti: "t1", roles: ["clerk"], ...changes };
}

export interface Forgery {
  /** Members beside `alg` and `typ`, or the whole header as it is encoded. */
  readonly header?: Members | string | Buffer;
  /** Changed claims, or the whole of them as it is encoded. */
  readonly claims?: Members | string | Buffer;
}

/** A token in compact form whose signature is good, whatever it says. */
export function forge(signer: Signer, { header = {}, claims = {} }: Forgery = {}): string {
  const head = isMembers(header)
    ? JSON.stringify({ alg: signer.algorithm, typ: "at+jwt", ...header })
    : header;
  const body = isMembers(claims) ? JSON.stringify(claimsWith(claims)) : claims;
  return signParts(signer, encode(head), encode(body));
}

/** Signs two parts that are encoded already, or are not. */
export function signParts(signer: Signer, header: string, claims: string): string {
  const input = `${header}.${claims}`;
  return `${input}.${signer.signatureOf(input).toString("base64url")}`;
}

export function encode(text: string | Buffer): string {
  return Buffer.from(text).toString("base64url");
}

function isMembers(value: Members | string | Buffer): value is Members {
  return typeof value !== "string" && !Buffer.isBuffer(value);
}
