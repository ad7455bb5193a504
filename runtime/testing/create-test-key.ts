import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import type { CryptoKey, JWK } from "jose";
import { GateError } from "../gate-error.js";
import type { SerializedIssuer } from "../snapshot-format.js";

/** A signing key of an issuer, as long as the test lives. */
export interface TestKey {
  readonly issuer: SerializedIssuer;
  readonly algorithm: string;
  readonly key: CryptoKey | Uint8Array;
  readonly kid: string;
  /** What verifies: a key of a JWKS, or a shared secret. */
  readonly published: JWK | string;
  /** The variable that holds it for a policy that reads keys from the environment. */
  readonly variable: string;
}

/** Makes the key; issuers of a policy have names of their own, so that they may share a variable. */
export async function createTestKey(issuer: SerializedIssuer): Promise<TestKey> {
  const [algorithm] = issuer.algorithms;
  if (algorithm === undefined) {
    throw new GateError("configuration-invalid", `issuer \`${issuer.name}\` has no algorithm`);
  }
  const kid = `test-${digestOf(issuer.name)}`;
  const { kind, place } = issuer.keys;
  const variable = kind === "environment" ? place : `GATEWRIGHT_TEST_${digestOf(issuer.name)}`;
  if (algorithm === "HS256") {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const published = Buffer.from(key).toString("base64url");
    return { issuer, algorithm, key, kid, published, variable };
  }
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const published = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  return { issuer, algorithm, key: privateKey, kid, published, variable };
}

/** What a file or a variable with these keys holds. */
export function printKeys(keys: readonly TestKey[]): string {
  const published = keys.map((key) => key.published);
  const secret = published.find((key) => typeof key === "string");
  return secret ?? JSON.stringify({ keys: published });
}

/** Names of issuers may hold what names of variables and keys may not. */
function digestOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 12).toUpperCase();
}
