import type { JsonObject } from "../tokens/read-object.js";
import type { VerifiedCredential } from "../tokens/verification.js";

/** In characters, as of a JWT: a token and a client stand in records by their names. */
const MAX_NAME_LENGTH = 1024;

/**
 * Credentials of a strategy, with claims that are not a JWT's. Who issued them is part of who a caller is: where
 * they do not say, it is the strategy, so that no two strategies know one caller by the same name.
 */
export function acceptClaims(
  strategy: string,
  claims: JsonObject,
  expiresAt: number,
): VerifiedCredential {
  const iss = nameIn(claims, "iss") ?? `urn:gatewright:strategy:${strategy}`;
  const tokenId = nameIn(claims, "jti");
  const clientId = nameIn(claims, "client_id");
  const credential = { strategy, issuer: iss, tokenId, clientId };
  return { ok: true, claims: { ...claims, iss }, expiresAt, credential };
}

function nameIn(claims: JsonObject, claim: string): string | undefined {
  const name = claims[claim];
  const isName = typeof name === "string" && name !== "" && name.length <= MAX_NAME_LENGTH;
  return isName ? name : undefined;
}
