import { GateError } from "../gate-error.js";
import { ALLOW_LIST, digestOf, isWellFormed } from "../opaque/token-form.js";
import type { PolicyContext } from "../load-policy.js";
import type { SerializedStrategy } from "./serialized-strategy.js";
import { readObject } from "../tokens/read-object.js";
import { refuse } from "../tokens/verification.js";
import type { TokenVerifier } from "../tokens/verification.js";
import { acceptClaims } from "./accept-claims.js";
import { openPeppers } from "./open-pepper.js";

/** Takes the tokens that the policy lists by their digests. */
export function allowListStrategy(
  strategy: SerializedStrategy,
  context: PolicyContext,
): TokenVerifier {
  const peppers = openPeppers(strategy, context);
  const listed = new Map(
    strategy.tokens.map(({ name, digest, claims, expiresAt }) => {
      const read = readObject(claims);
      if (read === undefined) {
        throw new GateError("snapshot-invalid", `the claims of token \`${name}\` are no object`);
      }
      const end = expiresAt ?? Number.POSITIVE_INFINITY;
      return [digest, acceptClaims(strategy.name, { jti: name, ...read }, end)];
    }),
  );
  return (token, now) => {
    if (!isWellFormed(token, "static")) return refuse("malformed");
    // Looked up by a digest that nobody can aim at: how long it takes tells nothing of the tokens.
    const [found] = peppers.flatMap(
      (pepper) => listed.get(digestOf(pepper, ALLOW_LIST, token)) ?? [],
    );
    if (found === undefined) return refuse("unknown-token");
    return now >= found.expiresAt
      ? refuse("expired", found.credential)
      : { ...found, claims: structuredClone(found.claims) };
  };
}
