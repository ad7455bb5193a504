import type { KeyObject } from "node:crypto";
import type { SerializedIssuer } from "../snapshot-format.js";
import { findMisfit, nameOf } from "./find-misfit.js";
import { readCompact, readJson } from "./read-compact.js";
import { readHeader } from "./read-header.js";
import type { KeyChoice } from "./read-header.js";
import { refuse } from "./verification.js";
import type { Verification } from "./verification.js";
import { verifySignature } from "./verify-signature.js";

/**
 * Finds the key of an issuer for a token; undefined where none fits.
 *
 * @throws GateError `unavailable` where the keys cannot be fetched
 */
export interface KeyFinder {
  (choice: KeyChoice): KeyObject | undefined | Promise<KeyObject | undefined>;
  /** Whether no key has this `kid`, though one may be found for it; not there where none is. */
  readonly isUnlisted?: (kid: string | undefined) => boolean;
}

/** What accepts the tokens of one issuer. */
export interface IssuerPlan {
  readonly issuer: SerializedIssuer;
  readonly findKey: KeyFinder;
  /** First segments of tokens that were accepted, and what they say: an issuer writes few. */
  readonly headers: Map<string, KeyChoice>;
}

const MAX_HEADERS = 64;

/** The plans of a policy, by `iss`. */
export type TokenVerifiers = ReadonlyMap<unknown, IssuerPlan>;

/**
 * Verifies an access token at a time in milliseconds since the epoch: its form, then its header, then its
 * signature, and its claims last (RFC 7515, RFC 7519, RFC 8725, RFC 9068). Before the signature only `alg`,
 * `kid` and `typ` are read, and `iss` where there are several issuers, or keys to be fetched. A promise only where a key must be
 * fetched.
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
  const { head, payload } = compact;
  const [only, another] = verifiers.values();
  // A token of somebody else is to cost neither a fetch nor the keys of another issuer.
  const isAsked = another ?? only?.issuer.keys.kind === "url";
  const unverified = isAsked ? (readJson(payload) ?? {}) : undefined;
  const plan = unverified ? verifiers.get(unverified["iss"]) : only;
  if (plan === undefined) return refuse("issuer");
  const { issuer, findKey, headers } = plan;
  const choice = headers.get(head) ?? readHeader(head, issuer);
  if (typeof choice === "string") return refuse(choice);
  const judge = (key: KeyObject | undefined): Verification => {
    if (key === undefined) return refuse("key");
    const known = { strategy: "jwt", keyId: choice.kid };
    if (!verifySignature(keyAlgorithm(choice.alg), key, compact)) {
      return refuse("signature", findKey.isUnlisted?.(choice.kid) ? undefined : known);
    }
    if (headers.size < MAX_HEADERS) headers.set(head, choice);
    const claims = unverified ?? readJson(payload);
    if (claims === undefined) return refuse("malformed", known);
    const misfit = findMisfit(claims, issuer, now);
    const credential = {
      ...known,
      issuer: issuer.issuer,
      tokenId: nameOf(claims[issuer.names.id]),
      clientId: nameOf(claims[issuer.names.client]),
    };
    return misfit === undefined
      ? { ok: true, claims, expiresAt: Number(claims["exp"]) * 1000, credential }
      : refuse(misfit, credential);
  };
  const key = findKey(choice);
  return key instanceof Promise ? key.then(judge) : judge(key);
}

/** RFC 9864: `EdDSA` is the older name of what `Ed25519` says exactly; only a policy that lists it takes it. */
export function keyAlgorithm(algorithm: string): string {
  return algorithm === "EdDSA" ? "Ed25519" : algorithm;
}
