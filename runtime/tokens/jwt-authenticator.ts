import { bearerToken } from "./bearer-token.js";
import type { Authenticator } from "./verification.js";
import { verifyToken } from "./verify-token.js";
import type { TokenVerifiers } from "./verify-token.js";

/** Accepts JWT access tokens of the policy's issuers, as bearer tokens. */
export function jwtAuthenticator(verifiers: TokenVerifiers): Authenticator {
  return (request, _, now) => {
    const token = bearerToken(request);
    return token === undefined ? undefined : verifyToken(token, verifiers, now);
  };
}
