import { requestSegments } from "./match-pattern.js";
import type { OracleRequest } from "./create-oracle.js";
import type { PlainPrincipal } from "./plain-conditions.js";
import type { PlainPolicy, PlainRoute } from "./plain-policy.js";
import { readActor } from "./read-actor.js";
import type { OracleActor } from "./read-actor.js";
import { readParams } from "./read-params.js";

/** What a condition reads; what is not there is left out. */
export interface ConditionInputs {
  readonly principal: OraclePrincipal;
  readonly request?: object;
  readonly resource?: object;
}

export interface OraclePrincipal {
  readonly id: unknown;
  readonly issuer: string;
  readonly roles: readonly string[];
  readonly tenant?: unknown;
  /** Where the policy speaks of scopes. */
  readonly scopes?: readonly string[];
  /** Where the policy reads who acts for the caller, and somebody does. */
  readonly actor?: OracleActor;
  readonly claims: object;
}

/**
 * Whether a condition holds; undefined where that cannot be said. Conditions are CEL, and how to evaluate that
 * is for whoever asks the oracle to choose.
 */
export type DecideCondition = (text: string, inputs: ConditionInputs) => boolean | undefined;

/** Whoever holds these claims, which are known to fit the policy. */
export function principalOf(policy: PlainPolicy, request: OracleRequest): OraclePrincipal {
  const { principal } = policy.conditional;
  const claims = new Map(Object.entries(request.claims ?? {}));
  const tenant = principal.tenant === undefined ? undefined : claims.get(principal.tenant);
  const actor = readActor(policy, request);
  const declared = [...principal.claims].filter(([, claim]) => claims.get(claim) !== undefined);
  return {
    id: claims.get(principal.id),
    issuer: String(claims.get("iss")),
    roles: [...policy.roles.keys()].toSorted().filter((name) => request.roles?.includes(name)),
    ...(tenant === undefined ? {} : { tenant }),
    ...(speaksOfScopes(policy) ? { scopes: scopesOf(principal, request.claims) } : {}),
    ...(actor === undefined || actor === "refused" ? {} : { actor }),
    claims: Object.fromEntries(declared.map(([name, claim]) => [name, claims.get(claim)])),
  };
}

function speaksOfScopes({ conditional, routes }: PlainPolicy): boolean {
  const asks = routes.some(({ access, requirements }) => {
    return access !== "public" && requirements.scopes.length > 0;
  });
  return asks || conditional.principal.scopes.isSaid;
}

/** A claim in another form than the policy says holds no scope. */
export function scopesOf(
  { scopes }: PlainPrincipal,
  claims: OracleRequest["claims"],
): readonly string[] {
  const claim = new Map(Object.entries(claims ?? {})).get(scopes.claim);
  if (typeof claim === "string") return scopes.isList ? [] : claim.split(" ").filter(Boolean);
  const items: readonly unknown[] = Array.isArray(claim) && scopes.isList ? claim : [];
  return items.filter((item) => typeof item === "string");
}

/** The request; what stands in it twice is as good as missing. */
export function requestOf(policy: PlainPolicy, route: PlainRoute, asked: OracleRequest): object {
  const [path = "", ...rest] = asked.target.split("?");
  const { headers, query } = policy.conditional.request;
  const sent = asked.headers ?? [];
  const parameters = [...new URLSearchParams(rest.join("?"))];
  return {
    method: asked.method,
    path,
    params: readParams(route, requestSegments(path, policy.router)) ?? {},
    headers: single(
      headers,
      sent.map(([name, value]) => [name.toLowerCase(), value]),
    ),
    query: single(query, parameters),
    ip: "127.0.0.1",
    time: new Date(asked.now ?? 0),
  };
}

function single(names: readonly string[], sent: readonly (readonly [string, string])[]): object {
  const found = names.flatMap((name) => {
    const own = sent.filter(([other]) => other === name);
    return own.length === 1 ? own : [];
  });
  return Object.fromEntries(found);
}
