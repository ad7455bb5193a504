import { GateError } from "./gate-error.js";
import type { KeysFeature } from "./gate-features.js";
import { keys } from "./keys.js";
import { openIssuerRing } from "./ring/open-issuer-ring.js";
import { keyAlgorithm } from "./tokens/verify-token.js";
import type { KeyFinder } from "./tokens/verify-token.js";

/**
 * Opens the ring of an issuer, or keys that are no ring. A ring in a file is read again when it changes.
 *
 * @throws GateError `configuration-invalid` where it cannot be used, or is another than the policy says
 */
export const ring: KeysFeature = (issuer, context) => {
  if (issuer.keys.kind !== "ring") return keys(issuer, context);
  const opened = openIssuerRing(issuer, context);
  const { strategy, keys: held } = opened.describe();
  const served = issuer.algorithms.map(keyAlgorithm);
  const wanted = strategy === "global" ? served : [MASTER];
  if (!held.some(({ alg }) => wanted.includes(alg))) {
    const message = `the key ring of issuer \`${issuer.name}\` holds no key for ${wanted.join(", ")}`;
    throw new GateError("configuration-invalid", message);
  }
  if (strategy !== "per-token") return opened.find;
  const find: KeyFinder = (choice) => opened.find(choice);
  return Object.assign(find, { isUnlisted });
};

/** A `kid` of one token holds text that anybody may choose, and a key is derived for any. */
function isUnlisted(): boolean {
  return true;
}

/** What a master is for: other keys come from it. */
const MASTER = "HKDF-SHA512";
