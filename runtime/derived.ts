import type { VerifierPart } from "./credentials.js";
import { digestSubject, readTokenKid } from "./ring/token-kid.js";
import { refuse } from "./tokens/verification.js";
import type { Verification } from "./tokens/verification.js";

/**
 * Rings with a key for each token: what the key was derived from stood in the header before anything was
 * verified, and must be what the verified claims say.
 */
export const derived: VerifierPart = ({ issuers }, _, verify) => {
  const own = new Map(
    issuers.flatMap(({ issuer, keys, names }) =>
      keys.kind === "ring" && keys.strategy === "per-token" ? [[issuer, names.id]] : [],
    ),
  );
  const judge = (found: Verification): Verification => {
    if (!found.ok) return found;
    const id = own.get(String(found.claims["iss"]));
    return id === undefined || isOwnKey(found.credential.keyId, found.claims, id)
      ? found
      : refuse("key", found.credential);
  };
  return (token, now) => {
    const found = verify(token, now);
    return found instanceof Promise ? found.then(judge) : judge(found);
  };
};

function isOwnKey(
  kid: string | undefined,
  claims: Readonly<Record<string, unknown>>,
  id: string,
): boolean {
  const named = readTokenKid(kid ?? "");
  return named?.jti === claims[id] && named?.subject === digestSubject(String(claims["sub"]));
}
