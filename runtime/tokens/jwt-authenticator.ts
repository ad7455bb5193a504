import { bearerToken } from "./bearer-token.js";
import type { Authenticator, TokenVerifier } from "./verification.js";

/** Accepts JWT access tokens as bearer tokens. */
export function jwtAuthenticator(verify: TokenVerifier): Authenticator {
  return (request, _, now) => {
    const token = bearerToken(request);
    return token === undefined ? undefined : verify(token, now);
  };
}
