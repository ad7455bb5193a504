import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import { digestOf, isWellFormed, openSeal, purposeOf } from "../opaque/token-form.js";
import type { OpaqueTokenRecord } from "../opaque/token-store.js";
import type { PolicyContext } from "../load-policy.js";
import type { SerializedStrategy } from "./serialized-strategy.js";
import { readObject } from "../tokens/read-object.js";
import { refuse } from "../tokens/verification.js";
import type { TokenVerifier } from "../tokens/verification.js";
import { acceptClaims } from "./accept-claims.js";
import { openPeppers } from "./open-pepper.js";
import { openStore } from "./open-store.js";
import { patiently } from "./patiently.js";

/** Takes the tokens that a store knows by their digests. */
export function opaqueStrategy(
  strategy: SerializedStrategy,
  context: PolicyContext,
): TokenVerifier {
  const peppers = openPeppers(strategy, context);
  const store = openStore(strategy, context);
  const { name } = strategy;
  const purpose = purposeOf(name);
  return async (token, now) => {
    if (!isWellFormed(token, "opaque")) return refuse("malformed");
    try {
      for (const pepper of peppers) {
        // Looked up by a digest that nobody can aim at: how long it takes tells nothing of the tokens.
        const digest = digestOf(pepper, purpose, token);
        const record = await patiently(() => store.get(digest));
        if (record === undefined) continue;
        const { claims, expiresAt } = readRecord(pepper, digest, record);
        const found = acceptClaims(name, claims, expiresAt);
        return now >= expiresAt ? refuse("expired", found.credential) : found;
      }
      return refuse("unknown-token");
    } catch (error) {
      const { message } = Object(error);
      const reason = `the token store of strategy \`${name}\` cannot be used: ${message}`;
      context.onError(new GateError("unavailable", reason));
      throw new GateError("unavailable", "token-store");
    }
  };
}

/** What a store returns may be damaged, or written by others. */
function readRecord(
  pepper: KeyObject,
  digest: string,
  { claims: text, expiresAt }: OpaqueTokenRecord,
) {
  const isWhole = typeof text === "string" && Number.isFinite(expiresAt);
  const claims = isWhole ? openSeal(pepper, { digest, expiresAt }, text) : undefined;
  const read = claims === undefined ? undefined : readObject(claims);
  if (read === undefined) throw new Error("a record is damaged, or not ours");
  return { claims: read, expiresAt };
}
