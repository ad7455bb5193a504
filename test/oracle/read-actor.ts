import type { OracleRequest } from "./create-oracle.js";
import type { PlainPolicy } from "./plain-policy.js";
import { mapOf } from "./plain-values.js";
import type { Plain } from "./plain-values.js";

/** Who acts for the caller of a request (RFC 8693, section 4.1). */
export interface OracleActor {
  readonly id: string;
  readonly issuer: string;
  /** Those that the policy knows. */
  readonly roles: readonly string[];
}

/** Undefined where nobody acts; `refused` where the token's claim `act` is none that the policy reads. */
export function readActor(
  policy: PlainPolicy,
  { roles: held, claims = {} }: Pick<OracleRequest, "roles" | "claims">,
): OracleActor | "refused" | undefined {
  const said = new Map(Object.entries(claims));
  if (held === null || !said.has("act")) return undefined;
  const { actor } = policy.conditional.principal;
  const act = said.get("act");
  const isObject = typeof act === "object" && act !== null && !Array.isArray(act);
  if (actor === undefined || !isObject) return "refused";
  const body = mapOf(act);
  const id = body.get(actor.id);
  const roles = actor.roles === undefined ? [] : rolesIn(body, actor.roles);
  if (typeof id !== "string" || id === "" || roles === undefined) return "refused";
  return {
    id,
    issuer: String(body.get("iss") ?? said.get("iss")),
    roles: [...policy.roles.keys()].toSorted().filter((name) => roles.includes(name)),
  };
}

function rolesIn(
  body: Plain,
  { claim, isList }: { readonly claim: string; readonly isList: boolean },
): readonly string[] | undefined {
  const value = body.get(claim);
  if (value === undefined) return [];
  if (typeof value === "string") return isList ? undefined : value.split(" ").filter(Boolean);
  const items: readonly unknown[] | undefined = isList && Array.isArray(value) ? value : undefined;
  const names = items?.filter((item) => typeof item === "string");
  return names?.length === items?.length ? names : undefined;
}

/**
 * Lists of roles each of which must pass by itself: those of the caller, and of an actor where the policy allows
 * only what both may do.
 */
export function holdersOf(
  policy: PlainPolicy,
  request: Pick<OracleRequest, "roles" | "claims">,
): readonly (readonly string[])[] {
  const own = request.roles ?? [];
  const actor = readActor(policy, request);
  const isBound = policy.conditional.principal.actor?.isIntersection === true;
  return isBound && actor !== undefined && actor !== "refused" ? [own, actor.roles] : [own];
}
