import { isDeepStrictEqual } from "node:util";
import type { IncomingMessage } from "node:http";
import { decodeJwt, errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { GateError } from "./gate-error.js";
import { createKeyResolver } from "./keys.js";
import type { KeyContext, KeyResolver } from "./keys.js";
import { at, readApplicationPrincipal, readPrincipal } from "./principal.js";
import type { ApplicationPrincipal, PrincipalData } from "./principal.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { SerializedIssuer } from "./snapshot-format.js";

/** A verified token, as a `principalSource` receives it. */
export interface Identity {
  readonly issuer: string;
  /** The claim that the policy's `principal.id` names, where it is text. */
  readonly subject: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Finds the principal of a verified identity, where the policy says `principal: { from: application }`.
 * Null refuses the identity with 401; a rejection is answered with 503.
 */
export type PrincipalSource = (
  identity: Identity,
) => Promise<ApplicationPrincipal | null> | ApplicationPrincipal | null;

/** What a request's credentials came to. */
export type Authentication =
  /** No credentials; or, on a public route that reads them if it can, none that could be accepted. */
  | { readonly kind: "none"; readonly cause?: string }
  | {
      readonly kind: "principal";
      readonly principal: PrincipalData;
      readonly mask: RoleMask;
      readonly unknownRoles: readonly string[];
      /** When the token ends, in milliseconds since the epoch. */
      readonly expiresAt: number;
    }
  | { readonly kind: "refused"; readonly refusal: AuthenticationRefusal };

export interface AuthenticationRefusal {
  readonly problem: "invalid-request" | "invalid-token" | "unavailable";
  /** A closed word for the audit record; no part of the credentials. */
  readonly cause: string;
}

/** An issuer of the policy with its key source opened. */
export interface TokenVerifier {
  readonly issuer: SerializedIssuer;
  readonly key: KeyResolver;
}

/** Opens the issuers of a snapshot; those of `previous` that did not change keep their key caches. */
export function openVerifiers(
  snapshot: Snapshot,
  context: KeyContext,
  previous: ReadonlyMap<string, TokenVerifier>,
): ReadonlyMap<string, TokenVerifier> {
  return new Map(
    snapshot.source.issuers.map((issuer) => {
      const kept = previous.get(issuer.issuer);
      const isRemote = issuer.keys.kind === "url";
      if (isRemote && kept && isDeepStrictEqual(kept.issuer, issuer)) return [issuer.issuer, kept];
      return [issuer.issuer, { issuer, key: createKeyResolver(issuer, context) }];
    }),
  );
}

export interface AuthenticationContext {
  readonly snapshot: Snapshot;
  readonly verifiers: ReadonlyMap<string, TokenVerifier>;
  readonly principalSource: PrincipalSource | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of a failing key set or principal source. */
  readonly onError: (error: unknown) => void;
}

/** Reads and verifies the bearer token of a request (RFC 6750, RFC 7519, RFC 8725, RFC 9068). */
export async function authenticate(
  request: IncomingMessage,
  context: AuthenticationContext,
): Promise<Authentication> {
  const token = bearerToken(request);
  if (token === undefined) return { kind: "none" };
  if (typeof token !== "string") return { kind: "refused", refusal: token };
  try {
    return await principalOf(await verify(token, context), context);
  } catch (error) {
    return { kind: "refused", refusal: refusalFor(error) };
  }
}

/** RFC 9110, section 11.1: the scheme is case-insensitive; RFC 6750, section 2.1: then one `b64token`. */
const BEARER = /^bearer(?: +|$)(.*)$/i;

function bearerToken(request: IncomingMessage): string | AuthenticationRefusal | undefined {
  const values: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === "authorization") {
      values.push(request.rawHeaders[index + 1] ?? "");
    }
  }
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1) return { problem: "invalid-request", cause: "two-credentials" };
  const token = BEARER.exec(value)?.[1];
  if (token === undefined) return undefined;
  if (token.includes(",")) return { problem: "invalid-request", cause: "two-credentials" };
  return token;
}

async function verify(token: string, context: AuthenticationContext): Promise<JWTPayload> {
  const claimed = decodeJwt(token).iss;
  const verifier = claimed === undefined ? undefined : context.verifiers.get(claimed);
  if (verifier === undefined) throw new Refusal("issuer");
  const { issuer, key } = verifier;
  const { payload } = await jwtVerify(token, key, {
    algorithms: [...issuer.algorithms],
    issuer: issuer.issuer,
    audience: [...issuer.audience],
    typ: issuer.typ,
    requiredClaims: ["exp", ...issuer.requiredClaims],
    clockTolerance: issuer.clockToleranceSeconds,
    currentDate: new Date(context.now()),
  });
  return payload;
}

async function principalOf(
  claims: JWTPayload,
  context: AuthenticationContext,
): Promise<Authentication> {
  const { snapshot, principalSource } = context;
  const issuer = claims.iss ?? "";
  let reading = undefined;
  if (snapshot.source.principal.from === "claims") {
    reading = readPrincipal(snapshot, claims, issuer);
  } else {
    const id = at(claims, snapshot.source.principal.id);
    const subject = typeof id === "string" ? id : undefined;
    const identity: Identity = { issuer, subject, claims };
    const supplied = await askApplication(principalSource, identity, context.onError);
    reading = readApplicationPrincipal(
      snapshot,
      { ...supplied, id: supplied.id ?? subject },
      issuer,
    );
  }
  if (!reading.ok) throw new Refusal(`claim:${reading.claim}`);
  const { principal, mask, unknownRoles } = reading;
  const expiresAt = (claims.exp ?? 0) * 1000;
  return { kind: "principal", principal, mask, unknownRoles, expiresAt };
}

async function askApplication(
  source: PrincipalSource | undefined,
  identity: Identity,
  onError: (error: unknown) => void,
): Promise<ApplicationPrincipal> {
  if (source === undefined) throw new GateError("unavailable", "there is no principal source");
  let supplied: ApplicationPrincipal | null;
  try {
    supplied = await source(identity);
  } catch (error) {
    onError(error);
    throw new GateError("unavailable", "the principal source failed");
  }
  if (supplied === null) throw new Refusal("unknown-principal");
  return supplied;
}

/** A token refused for a reason of ours, its message the cause; jose has its own errors. */
class Refusal extends Error {}

function refusalFor(error: unknown): AuthenticationRefusal {
  if (error instanceof GateError) return { problem: "unavailable", cause: "unavailable" };
  if (error instanceof Refusal) return { problem: "invalid-token", cause: error.message };
  if (error instanceof errors.JWTClaimValidationFailed) {
    return { problem: "invalid-token", cause: `claim:${error.claim}` };
  }
  const code = error instanceof errors.JOSEError ? error.code : "";
  return { problem: "invalid-token", cause: joseCauses[code] ?? "malformed" };
}

const joseCauses: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "expired",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "signature",
  ERR_JOSE_ALG_NOT_ALLOWED: "algorithm",
  ERR_JWKS_NO_MATCHING_KEY: "key",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "key",
};
