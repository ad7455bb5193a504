import type { Snapshot } from "@gatewright/runtime";
import type { Caller } from "./read-caller.js";

/** What a route asks of the token besides roles, and whether that is there; null where it was not said. */
export interface TokenExplanation {
  /** All are needed. */
  readonly scopes: readonly string[];
  readonly hasScopes: boolean | null;
  /** One is enough; empty where any is. */
  readonly acr: readonly string[];
  /** Null where the sign-in may be of any time. */
  readonly maxAgeSeconds: number | null;
  readonly isSteppedUp: boolean | null;
}

/** Asks what the gate asks of a token behind the role check; null where the route asks for nothing. */
export function judgeToken(
  { source }: Snapshot,
  route: string | null,
  { caller, now: moment }: { readonly caller: Caller; readonly now: Date },
  parts: typeof import("@gatewright/runtime/abi/requirements"),
): TokenExplanation | null {
  const required = source.requirements.find((each) => source.routes[each.route]?.id === route);
  if (required === undefined) return null;
  const { scopes, acr, maxAgeSeconds } = required;
  if (caller.kind !== "claims") {
    return { scopes, hasScopes: null, acr, maxAgeSeconds, isSteppedUp: null };
  }
  const { claims } = caller;
  const issuer = source.issuers.find((each) => each.issuer === claims["iss"]);
  const clock = {
    seconds: moment.getTime() / 1000,
    tolerance: issuer?.clockToleranceSeconds ?? 0,
  };
  return {
    scopes,
    hasScopes: parts.hasScopes(required, claims, source.principal.scopes),
    acr,
    maxAgeSeconds,
    isSteppedUp: parts.isStepped(required, claims, clock),
  };
}

/** What is asked for in words, with whether it is there. */
export function describeToken({
  scopes,
  hasScopes,
  acr,
  maxAgeSeconds,
  isSteppedUp,
}: TokenExplanation): readonly (readonly [text: string, isThere: boolean | null])[] {
  const by = acr.length === 0 ? "" : ` by ${acr.join(" or ")}`;
  const age = maxAgeSeconds === null ? "" : `, ${maxAgeSeconds} s old at most`;
  return [
    ...(scopes.length === 0 ? [] : [[`the scopes ${scopes.join(" and ")}`, hasScopes] as const]),
    ...(by + age === "" ? [] : [[`a sign-in${by}${age}`, isSteppedUp] as const]),
  ];
}
