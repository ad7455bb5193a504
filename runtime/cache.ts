import type { KeyObject } from "node:crypto";
import type { VerifierCachePart } from "./credentials.js";
import { findMisfit } from "./tokens/find-misfit.js";
import { readCompact } from "./tokens/read-compact.js";
import { readHeader } from "./tokens/read-header.js";
import type { KeyChoice } from "./tokens/read-header.js";
import type { VerifiedCredential } from "./tokens/verification.js";
import { verifySignature } from "./tokens/verify-signature.js";
import { keyAlgorithm } from "./tokens/verify-token.js";
import type { IssuerPlan } from "./tokens/verify-token.js";

/**
 * In characters, 132 bits of a signature: to hash these is cheaper than to hash a token, which Node reads as a new
 * string from each request. Who makes a token with the same ones finds that the whole is compared.
 */
const TAIL = 22;

/** A token whose signature was good under a key. */
interface Entry {
  readonly token: string;
  readonly found: VerifiedCredential;
  readonly plan: IssuerPlan;
  readonly choice: KeyChoice;
  readonly key: KeyObject;
}

/**
 * Remembers whose signatures were good, for issuers with `cache`. All else is asked again at each request: whether
 * the key is one of the issuer's still, and what the claims say of the time. What was refused is not remembered,
 * and a policy that replaces another begins with nothing.
 */
export const cache: VerifierCachePart = ({ source }, verifiers, verify) => {
  const entries = new Map<string, Entry>();
  const sizes = new Map(source.issuers.map(({ issuer, cache: own }) => [issuer, own?.maxEntries]));
  const maxEntries = [...sizes.values()].reduce((sum: number, size = 0) => sum + size, 0);
  const keep = async (token: string, found: VerifiedCredential, isLate: boolean) => {
    const iss = String(found.claims["iss"]);
    const plan = verifiers.get(iss);
    const compact = readCompact(token);
    if (plan === undefined || compact === undefined || sizes.get(iss) === undefined) return;
    const choice = readHeader(compact.head, plan.issuer);
    if (typeof choice === "string") return;
    const sought = plan.findKey(choice);
    const key = sought instanceof Promise ? await sought : sought;
    // Where keys are waited for, this one may have taken the place of the one that verified.
    const isOther = isLate && key && !verifySignature(keyAlgorithm(choice.alg), key, compact);
    if (key === undefined || isOther) return;
    freeze(found.claims);
    entries.set(token.slice(-TAIL), { token, found, plan, choice, key });
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
  };
  const verifyAnew = async (token: string, now: number) => {
    const verified = verify(token, now);
    const isLate = verified instanceof Promise;
    const found = isLate ? await verified : verified;
    if (found.ok) await keep(token, found, isLate);
    return found;
  };
  return (token, now) => {
    const tail = token.slice(-TAIL);
    const entry = entries.get(tail);
    if (entry?.token !== token) return verifyAnew(token, now);
    const { found, plan, choice, key } = entry;
    // The entries stand in the order in which they were last used.
    entries.delete(tail);
    const judge = (present: KeyObject | undefined) => {
      const isSame = present === key || present?.equals(key) === true;
      if (!isSame || findMisfit(found.claims, plan.issuer, now) !== undefined) {
        return verifyAnew(token, now);
      }
      entries.set(tail, entry);
      return found;
    };
    const present = plan.findKey(choice);
    return present instanceof Promise ? present.then(judge) : judge(present);
  };
};

/** Many requests share the claims, and the application may be given them. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
