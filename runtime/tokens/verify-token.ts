import type { KeyObject } from "node:crypto";
import type { SerializedIssuer } from "../snapshot-format.js";
import { findMisfit } from "./find-misfit.js";
import type { JsonObject } from "./read-object.js";
import { isKeyId, readCompact, readJson } from "./read-compact.js";
import { refuse } from "./verification.js";
import type { Verification } from "./verification.js";
import { verifySignature } from "./verify-signature.js";

/** What chooses a key: the header's `alg` and `kid`, checked for their form. */
export interface KeyChoice {
  readonly alg: string;
  readonly kid: string | undefined;
}

/**
 * Finds the key of an issuer for a token; undefined where none fits.
 *
 * @throws GateError `unavailable` where the keys cannot be fetched
 */
export type KeyFinder = (
  choice: KeyChoice,
) => KeyObject | undefined | Promise<KeyObject | undefined>;

/** What accepts the tokens of one issuer. */
export interface IssuerPlan {
  readonly issuer: SerializedIssuer;
  readonly findKey: KeyFinder;
}

/** The plans of a policy, by `iss`. */
export type TokenVerifiers = ReadonlyMap<unknown, IssuerPlan>;

/**
 * RFC 8725, section 3.10: keys that a token brings or points to. `crit` and `b64` (RFC 7797) change what
 * a token means, and no such change is understood.
 */
const FOREIGN = /^(?:jwk|jku|x5.*|crit|b64)$/;

/**
 * Verifies an access token at a time in milliseconds since the epoch: its form, then its header, then its
 * signature, and its claims last (RFC 7515, RFC 7519, RFC 8725, RFC 9068). Before the signature only `alg`,
 * `kid` and `typ` are read, and `iss` to choose the issuer's plan. A promise only where a key must be fetched.
 *
 * @throws GateError `unavailable` where the keys cannot be fetched
 */
export function verifyToken(
  token: string,
  verifiers: TokenVerifiers,
  now: number,
): Verification | Promise<Verification> {
  const compact = readCompact(token);
  if (compact === undefined) return refuse("malformed");
  const { header } = compact;
  const { kid, alg, typ } = header;
  if (kid !== undefined && !isKeyId(kid)) return refuse("key");
  const claims = readJson(compact.payload);
  if (claims === undefined) return refuse("malformed");
  const plan = verifiers.get(claims["iss"]);
  if (plan === undefined) return refuse("issuer");
  const { issuer, findKey } = plan;
  for (const name in header) {
    if (FOREIGN.test(name) && !issuer.ignoredHeaders.includes(name)) return refuse("header");
  }
  const algorithm = issuer.algorithms.find((name) => name === alg);
  if (algorithm === undefined) return refuse("algorithm");
  if (!issuer.types.includes(typeOf(typ))) return refuse("claim:typ");
  const choice = { alg: algorithm, kid: kid as string | undefined };
  const judge = (key: KeyObject | undefined): Verification => {
    if (key === undefined) return refuse("key");
    if (!verifySignature(keyAlgorithm(algorithm), key, compact)) return refuse("signature");
    const misfit = findMisfit(claims, issuer, now);
    return misfit === undefined ? accept(issuer, claims, choice.kid) : refuse(misfit);
  };
  const key = findKey(choice);
  return key instanceof Promise ? key.then(judge) : judge(key);
}

/** RFC 9864: `EdDSA` is the older name of what `Ed25519` says exactly; only a policy that lists it takes it. */
export function keyAlgorithm(algorithm: string): string {
  return algorithm === "EdDSA" ? "Ed25519" : algorithm;
}

/** RFC 7515, section 4.1.9: letter case and a leading `application/` say nothing. Null for a token without. */
function typeOf(typ: unknown): string | null {
  if (typ === undefined) return null;
  return typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
}

function accept(
  { names }: SerializedIssuer,
  claims: JsonObject,
  keyId: string | undefined,
): Verification {
  const credential = {
    strategy: "jwt",
    keyId,
    tokenId: claims[names.id],
    clientId: claims[names.client],
  };
  return { ok: true, claims, expiresAt: Number(claims["exp"]) * 1000, credential };
}
