import type { IncomingMessage } from "node:http";
import { jwtVerify } from "jose";
import type { JWTPayload, JWTVerifyOptions } from "jose";
import { GateError } from "./gate-error.js";
import type { KeyResolver } from "./keys.js";
import type { PrincipalData } from "./principal.js";
import { isKeyId, readToken } from "./read-token.js";
import type { LoadedPolicy } from "./request-context.js";
import type { RoleMask } from "./snapshot.js";
import type { SerializedIssuer } from "./snapshot-format.js";

/** What a request's credentials came to. */
export type Authentication =
  /** No credentials; or, on a public route that reads them if it can, none that could be accepted. */
  | { readonly kind: "none"; readonly cause?: string }
  | {
      readonly kind: "principal";
      readonly principal: PrincipalData;
      readonly mask: RoleMask;
      readonly unknownRoles: readonly string[];
      /** Of the token, verified. */
      readonly claims: JWTPayload;
      /** When the token ends, in milliseconds since the epoch. */
      readonly expiresAt: number;
    }
  | { readonly kind: "refused"; readonly refusal: AuthenticationRefusal };

export interface AuthenticationRefusal {
  readonly problem: "invalid-request" | "invalid-token" | "unavailable";
  /** A closed word for the audit record; no part of the credentials. */
  readonly cause: string;
}

/** The issuers of a policy with their key sources opened, by `iss`. */
export type TokenVerifiers = ReadonlyMap<
  unknown,
  { readonly issuer: SerializedIssuer; readonly key: KeyResolver }
>;

/**
 * Reads and verifies the bearer token of a request (RFC 6750, RFC 7519, RFC 8725, RFC 9068) at a time in
 * milliseconds since the epoch. Rejects only for a fault of ours.
 */
export async function authenticate(
  request: IncomingMessage,
  policy: Pick<LoadedPolicy, "verifiers" | "principalOf">,
  now: number,
): Promise<Authentication> {
  try {
    const token = bearerToken(request);
    if (token === undefined) return { kind: "none" };
    const claims = await verify(token, policy.verifiers, now);
    const expiresAt = Number(claims.exp) * 1000;
    const reading = await policy.principalOf(claims);
    return reading.ok
      ? { kind: "principal", ...reading, claims, expiresAt }
      : refuse(`claim:${reading.claim}`);
  } catch (error) {
    return { kind: "refused", refusal: refusalFor(error) };
  }
}

/** RFC 9110, section 11.1: the scheme is case-insensitive; RFC 6750, section 2.1: then one `b64token`. */
const BEARER = /^bearer(?: +|$)(.*)$/i;

/** RFC 6750, section 2: a client sends its token in one way. The query parameter is never read. */
function bearerToken({ rawHeaders, url = "" }: IncomingMessage): string | undefined {
  const [value = "", ...others] = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "authorization",
  );
  const token = BEARER.exec(value)?.[1];
  const isTwice = token?.includes(",") || (token !== undefined && /[?&]access_token=/.test(url));
  if (isTwice || others.length > 0) throw new GateError("invalid-request", "two-credentials");
  return token;
}

/**
 * RFC 8725, section 3.10: keys that a token brings or points to. `crit` and `b64` (RFC 7797) change what
 * a token means, and no such change is understood.
 */
const FOREIGN = /^(?:jwk|jku|x5.*|crit|b64)$/;

async function verify(token: string, verifiers: TokenVerifiers, now: number): Promise<JWTPayload> {
  const [header, unverified] = readToken(token) ?? [];
  if (header === undefined || unverified === undefined) return refuse("malformed");
  // It only chooses who verifies, and is verified then.
  const { issuer, key } = verifiers.get(unverified["iss"]) ?? refuse("issuer");
  const { alg, kid = alg } = header;
  if (!issuer.algorithms.some((name) => name === alg)) refuse("algorithm");
  if (!isKeyId(kid)) refuse("key");
  if (Object.keys(header).some((name) => FOREIGN.test(name))) refuse("header");
  const clockTolerance = issuer.clockToleranceSeconds;
  // `issuer`, `audience`, `algorithms` and `typ` have the names that jose gives them.
  const { payload } = await jwtVerify(token, key, {
    ...issuer,
    requiredClaims: ["exp", ...issuer.requiredClaims],
    clockTolerance,
    currentDate: new Date(now),
  } as unknown as JWTVerifyOptions);
  for (const name of ["exp", "nbf", "iat"]) {
    const value = payload[name] ?? 0;
    const last = name === "exp" ? 2 ** 33 : now / 1000 + clockTolerance;
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > last) {
      refuse(`claim:${name}`);
    }
  }
  if ([payload.aud].flat().some((name) => typeof name !== "string")) refuse("claim:aud");
  return payload;
}

/** A `GateError` of this stage has the cause for the record as its message. */
function refuse(cause: string): never {
  throw new GateError("invalid-token", cause);
}

function refusalFor(error: unknown): AuthenticationRefusal {
  const { code, claim } = Object(error);
  if (error instanceof GateError) return { problem: code, cause: error.message };
  // Other errors than jose's are ours.
  if (!String(code).startsWith("ERR_J")) throw error;
  const expired = code === "ERR_JWT_EXPIRED" && "expired";
  return { problem: "invalid-token", cause: expired || (claim ? `claim:${claim}` : "signature") };
}
