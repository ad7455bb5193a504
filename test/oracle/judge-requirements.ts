import { scopesOf } from "./condition-inputs.js";
import type { OracleRequest } from "./create-oracle.js";
import type { PlainPolicy, PlainRoute } from "./plain-policy.js";

/** What the token of a request lacks for a route: a scope, or a sign-in (RFC 6750, RFC 9470). */
export function judgeRequirements(
  policy: PlainPolicy,
  { requirements }: PlainRoute,
  request: OracleRequest,
): "insufficient-scope" | "insufficient-user-authentication" | undefined {
  const { principal, clockTolerance } = policy.conditional;
  const claims = new Map(Object.entries(request.claims ?? {}));
  const held = scopesOf(principal, request.claims);
  if (requirements.scopes.some((scope) => !held.includes(scope))) return "insufficient-scope";

  const { acr, maxAgeSeconds } = requirements;
  if (acr.length > 0 && !acr.includes(String(claims.get("acr")))) {
    return "insufficient-user-authentication";
  }
  if (maxAgeSeconds === undefined) return undefined;
  const signedIn = claims.get("auth_time");
  const tolerance = clockTolerance.get(String(claims.get("iss"))) ?? 0;
  const age = (request.now ?? 0) / 1000 - Number(signedIn);
  const isPast = typeof signedIn === "number" && age >= -tolerance;
  const isRecent = isPast && age <= maxAgeSeconds + tolerance;
  return isRecent ? undefined : "insufficient-user-authentication";
}
