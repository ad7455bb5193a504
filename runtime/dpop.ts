import type { IncomingMessage } from "node:http";
import type { WrapperPart } from "./credentials.js";
import { noteFor } from "./dpop/answers.js";
import { openProofs } from "./dpop/open-proofs.js";
import { bearerToken } from "./tokens/bearer-token.js";
import { refuse } from "./tokens/verification.js";
import type { VerifiedCredential } from "./tokens/verification.js";

export { challenged } from "./dpop/answers.js";

/** RFC 9449, section 7.1: the token stands as it would behind `Bearer`. */
const SCHEME = /^dpop(?= |$)/i;

/**
 * Tokens that are bound to a key of their client (RFC 9449): they come with a proof that it holds the key, made
 * for this request, and used once. A token that is bound to anything is no bearer token (section 7.2).
 */
export const dpop: WrapperPart = ({ source }, context, authenticator) => {
  if (source.dpop === undefined) return authenticator;
  const proxies = context.features.forwarded?.(source.router.trustedProxies);
  const open = openProofs(source.dpop, { ...context, ...(proxies && { proxies }) });
  const { modes } = source.dpop;
  const modeOf = new Map(source.issuers.map(({ issuer }, index) => [issuer, modes[index]]));
  return async (request, route, now) => {
    const view = asBearer(request);
    const note = noteFor(request, { isDpop: view !== undefined });
    const found = await authenticator(view ?? request, route, now);
    const mode = (found?.ok && modeOf.get(String(found.claims["iss"]))) || "off";
    if (view === undefined) {
      const isBound = found?.ok && (mode === "required" || found.claims["cnf"] !== undefined);
      return isBound ? refuse("dpop:bearer", found.credential) : found;
    }
    const proofs = await open(now);
    note.nonce = proofs.nonces?.current(now);
    if (!found?.ok) return found;
    if (mode === "off") return refuse("dpop:off", found.credential);
    const token = bearerToken(view) ?? "";
    const proven = await proofs.check({ request, token, key: boundKey(found), note }, now);
    if (!proven.ok) return refuse(proven.cause, found.credential);
    return { ...found, credential: { ...found.credential, keyThumbprint: proven.thumbprint } };
  };
};

/** A request that is read as one with a bearer token; undefined where it has no `DPoP` scheme. */
function asBearer(request: IncomingMessage): IncomingMessage | undefined {
  const { rawHeaders } = request;
  const index = rawHeaders.findIndex(
    (value, place) =>
      place % 2 === 1 &&
      rawHeaders[place - 1]?.toLowerCase() === "authorization" &&
      SCHEME.test(value),
  );
  if (index === -1) return undefined;
  const value = rawHeaders.with(index, String(rawHeaders[index]).replace(SCHEME, "Bearer"));
  return Object.create(request, { rawHeaders: { value } });
}

/** RFC 9449, section 6.1; a token that is bound in another way besides has a binding that nobody checks. */
function boundKey({ claims }: VerifiedCredential): unknown {
  const { cnf } = claims;
  if (typeof cnf !== "object" || cnf === null || Object.keys(cnf).join() !== "jkt")
    return undefined;
  return Reflect.get(cnf, "jkt");
}
