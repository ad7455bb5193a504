import type { Problem } from "./problem.js";
import type { RulePart } from "./rules.js";
import { scopesIn } from "./scopes.js";
import type { SerializedListClaim, SerializedRequirement } from "./snapshot-format.js";

/** Scopes (RFC 6750, section 3.1) and step-up authentication (RFC 9470) by the policy's routes. */
export const requirements: RulePart = (snapshot) => {
  const { requirements: all, principal, issuers } = snapshot.source;
  const byRoute = new Map(all.map((requirement) => [requirement.route, requirement]));
  const tolerance = new Map(
    issuers.map(({ issuer, clockToleranceSeconds }) => [issuer, clockToleranceSeconds]),
  );
  return {
    check({ authentication, located, now }) {
      const required = byRoute.get(located?.route ?? -1);
      if (required === undefined || authentication?.kind !== "principal") return undefined;
      const { claims } = authentication;
      if (!hasScopes(required, claims, principal.scopes)) return lacksScope(required);
      const tolerated = tolerance.get(authentication.principal.issuer) ?? 0;
      const clock = { seconds: now() / 1000, tolerance: tolerated };
      return isStepped(required, claims, clock) ? undefined : stepUp(required);
    },
  };
};

/** Whether a token carries all the scopes that a route asks for. */
export function hasScopes(
  { scopes }: SerializedRequirement,
  claims: Readonly<Record<string, unknown>>,
  claim: SerializedListClaim | null,
): boolean {
  const held = claim === null ? [] : scopesIn(claims, claim);
  return scopes.every((scope) => held.includes(scope));
}

/** What the age of a sign-in is counted by. */
export interface SignInClock {
  /** Since the epoch. */
  readonly seconds: number;
  /** By how many seconds the issuer's clock may differ. */
  readonly tolerance: number;
}

/**
 * RFC 9470, section 6.2: what a token says about the sign-in; what it does not say was not done. A sign-in
 * that is still to come, as one told in milliseconds, was not done either: it would be recent for ever.
 */
export function isStepped(
  { acr, maxAgeSeconds }: SerializedRequirement,
  claims: Readonly<Record<string, unknown>>,
  { seconds, tolerance }: SignInClock,
): boolean {
  const time = claims["auth_time"];
  const age = typeof time === "number" ? seconds - time : Number.NaN;
  const isRecent =
    maxAgeSeconds === null || (age >= -tolerance && age - tolerance <= maxAgeSeconds);
  return isRecent && (acr.length === 0 || acr.some((name) => name === claims["acr"]));
}

function lacksScope({ scopes }: SerializedRequirement): Problem {
  return {
    code: "insufficient-scope",
    detail: "the token lacks a scope that this needs",
    challenge: `, scope="${scopes.join(" ")}"`,
  };
}

function stepUp({ acr, maxAgeSeconds }: SerializedRequirement): Problem {
  const classes = acr.length === 0 ? "" : `, acr_values="${acr.join(" ")}"`;
  return {
    code: "insufficient-user-authentication",
    detail: "this needs a stronger or more recent sign-in",
    challenge: `${classes}${maxAgeSeconds === null ? "" : `, max_age=${maxAgeSeconds}`}`,
  };
}
