import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

export type BenchAlgorithm = "HS256" | "Ed25519";

/** Tokens of one issuer, all different, and what verifies them. */
export interface TokenSet {
  readonly algorithm: BenchAlgorithm;
  readonly secret: Buffer;
  readonly publicKey: KeyObject;
  readonly good: readonly string[];
  /** By the reason why each is to be refused; the first three can be told before the signature. */
  readonly bad: Readonly<Record<Refusal, readonly string[]>>;
}

export const refusals = ["structure", "header", "key", "signature", "expired", "audience"] as const;

export type Refusal = (typeof refusals)[number];

export const TOKENS = 512;
export const ISSUER = "https://id.example.com";
export const AUDIENCE = "orders";
export const KEY_ID = "2026-11";

type Members = Readonly<Record<string, unknown>>;

export function createTokenSet(algorithm: BenchAlgorithm, now: number): TokenSet {
  const secret = randomBytes(32);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const signatureOf = (input: string) =>
    algorithm === "HS256"
      ? createHmac("sha256", secret).update(input).digest()
      : sign(null, Buffer.from(input), privateKey);
  const make = (claims: Members = {}, header: Members = {}) => {
    const head = encode({ alg: headerName(algorithm), typ: "at+jwt", kid: KEY_ID, ...header });
    const input = `${head}.${encode({ ...claimsAt(now), ...claims })}`;
    return `${input}.${signatureOf(input).toString("base64url")}`;
  };
  return {
    algorithm,
    secret: Buffer.from(secret),
    publicKey: algorithm === "HS256" ? createSecretKey(secret) : publicKey,
    good: many(() => make()),
    bad: {
      structure: many(() => make().replace(".", "=.")),
      header: many(() => make({}, { alg: "none" })),
      key: many(() => make({}, { kid: `other-${randomBytes(4).toString("hex")}` })),
      signature: many(() => flipped(make())),
      expired: many(() => make({ exp: now - 3600, iat: now - 7200 })),
      audience: many(() => make({ aud: "another" })),
    },
  };
}

/** fast-jwt knows Ed25519 by its older name alone (RFC 9864). */
export function headerName(algorithm: BenchAlgorithm): "HS256" | "EdDSA" {
  return algorithm === "HS256" ? "HS256" : "EdDSA";
}

function many(create: () => string): readonly string[] {
  return Array.from({ length: TOKENS }, create);
}

function claimsAt(now: number): Members {
  return {
    iss: ISSUER,
    sub: `user-${randomBytes(6).toString("hex")}`,
    aud: AUDIENCE,
    client_id: "desk-web",
    iat: now - 10,
    exp: now + 900,
    jti: randomBytes(16).toString("base64url"),
    scope: "orders:read orders:write",
    realm_access: { roles: ["clerk", "manager"] },
    tenant: "main-street",
  };
}

function encode(members: Members): string {
  return Buffer.from(JSON.stringify(members)).toString("base64url");
}

/** Another first character of the signature. */
function flipped(token: string): string {
  const at = token.lastIndexOf(".") + 1;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}
