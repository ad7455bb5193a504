import { allowedMethods, answerFor } from "./answer.js";
import { isConditional } from "./clauses/is-conditional.js";
import { locate, maskOf, rolesPass } from "./decide.js";
import { problemStatus } from "./gate-error.js";
import type { ProblemCode } from "./gate-error.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";

export interface ExplainRequest {
  readonly method: string;
  /** The request target as sent: raw path, query optional. */
  readonly target: string;
  /** Null for a request without credentials. */
  readonly roles: readonly string[] | null;
  /** Those of whoever acts for the caller (RFC 8693, section 4.1); left out where nobody does. */
  readonly actorRoles?: readonly string[] | undefined;
}

/** How one needed permission came out. */
export interface PermissionExplanation {
  readonly name: string;
  /** `file:line` of the action's declaration. */
  readonly at: string;
  /** Roles of the principal that grant it, themselves or by inheritance. */
  readonly grantedBy: readonly string[];
  /** Roles of the principal that deny it; one is enough to refuse. */
  readonly deniedBy: readonly string[];
}

export interface Explanation {
  /** `depends` where the roles pass, and the token's scopes or sign-in, conditions, or a tenant decide. */
  readonly outcome: "allow" | "deny" | "depends";
  /** The HTTP status of a refusal; 200 stands for the handler's answer. */
  readonly status: number;
  readonly reason: ProblemCode | "public" | "authenticated" | "granted" | "conditional";
  /** One line for people. */
  readonly detail: string;
  /** Id of the route that the request meets. */
  readonly route: string | null;
  /** `file:line` of that route's rule. */
  readonly rule: string | null;
  readonly permissions: readonly PermissionExplanation[];
  /** The same of an actor's roles; left out where nobody acts for the caller. */
  readonly actorPermissions?: readonly PermissionExplanation[];
  /** What `Allow` would list; empty unless the status is 405. */
  readonly allowedMethods: readonly string[];
  /** Also those of an actor. */
  readonly unknownRoles: readonly string[];
}

/**
 * Decides a request as the gate would and says why, without a request, a token or a server.
 *
 * @example
 * explain(snapshot, { method: "POST", target: "/orders", roles: ["auditor"] }).outcome; // "deny"
 */
export function explain(snapshot: Snapshot, request: ExplainRequest): Explanation {
  const { roles, actorRoles } = request;
  if (roles === null || actorRoles === undefined) return explainCaller(snapshot, request);
  const { actor } = snapshot.source.principal;
  if (actor === null) return refuseActor(explainCaller(snapshot, { ...request, roles: null }));
  const ofCaller = explainCaller(snapshot, request);
  const ofActor = explainCaller(snapshot, { ...request, roles: actorRoles });
  const both = actor.permissions === "intersection" ? intersect(ofCaller, ofActor) : ofCaller;
  const unknown = new Set([...ofCaller.unknownRoles, ...ofActor.unknownRoles]);
  return { ...both, actorPermissions: ofActor.permissions, unknownRoles: [...unknown] };
}

/** A policy that does not say what an actor means takes no token of one, wherever it reads tokens. */
function refuseActor(anonymous: Explanation): Explanation {
  if (anonymous.reason !== "missing-credentials") return anonymous;
  const detail = "the policy does not say what a token with an actor may do (`principal.actor`)";
  return { ...anonymous, reason: "invalid-token", detail };
}

/** An actor takes permissions away, and gives none. */
function intersect(ofCaller: Explanation, ofActor: Explanation): Explanation {
  if (ofCaller.outcome === "deny") return ofCaller;
  if (ofActor.outcome === "deny") {
    const { status, reason } = ofActor;
    const detail = "whoever acts for the principal may not do this";
    return { ...ofCaller, outcome: "deny", status, reason, detail };
  }
  const { outcome, reason, detail } = ofActor;
  return reason === "conditional" ? { ...ofCaller, outcome, reason, detail } : ofCaller;
}

function explainCaller(snapshot: Snapshot, request: ExplainRequest): Explanation {
  const located = locate(snapshot, request.method, request.target);
  const held = request.roles === null ? null : maskOf(snapshot, request.roles);
  const answer = answerFor(snapshot, { method: request.method, located }, held?.mask ?? null);
  const route = located.route === -1 ? undefined : routeOf(snapshot, located.route);
  const known = (request.roles ?? []).filter((role) => snapshot.roleNumbers.has(role));
  const isOpen =
    answer.pass &&
    held !== null &&
    (route?.permissions ?? []).some((number) => isConditional(snapshot, number, held.mask));
  const asksToken = held !== null && asksOfToken(snapshot, located.route);
  const reason = answer.pass ? (isOpen ? "conditional" : answer.reason) : answer.problem;
  return {
    outcome: answer.pass ? (isOpen || asksToken ? "depends" : "allow") : "deny",
    status: answer.pass ? 200 : problemStatus[answer.problem],
    reason,
    detail: answer.pass
      ? passDetails[isOpen ? "conditional" : asksToken ? "token" : answer.reason]
      : answer.detail,
    route: route?.id ?? null,
    rule: route?.at ?? null,
    permissions: (route?.permissions ?? []).map((permission) => ({
      name: snapshot.source.permissions[permission]?.name ?? "",
      at: snapshot.source.permissions[permission]?.at ?? "",
      grantedBy: known.filter((role) => hasBit(snapshot, snapshot.allow, { permission, role })),
      deniedBy: known.filter((role) => hasBit(snapshot, snapshot.deny, { permission, role })),
    })),
    allowedMethods: (!answer.pass && answer.allowedMethods) || [],
    unknownRoles: held?.unknown ?? [],
  };
}

/** Which roles reach what a method and a path lead to; see {@link whoCan}. */
export interface Reach<Role extends string = string> {
  /** 200 where a route is met, else 400, 404 or 405. */
  readonly status: number;
  readonly route: string | null;
  /** `file:line` of the route's rule. */
  readonly rule: string | null;
  readonly access: "public" | "authenticated" | "permissions" | "none";
  /** Roles that pass alone, whatever the request holds. */
  readonly roles: readonly Role[];
  /** Roles that pass alone if the token has the scopes and the sign-in, conditions hold, or the tenant fits. */
  readonly conditionalRoles: readonly Role[];
  /** Roles that hold some of the needed permissions, denied none, and would pass together with others. */
  readonly partialRoles: readonly { readonly role: Role; readonly missing: readonly string[] }[];
}

/**
 * Enumerates the roles that may send a request; `gate.snapshot()` gives the policy in force, with the
 * names of its roles as types. `public` and `authenticated` routes need no role:
 * all are listed, and `access` says why.
 */
export function whoCan<Role extends string>(
  snapshot: Snapshot<Role>,
  method: string,
  target: string,
): Reach<Role> {
  const located = locate(snapshot, method, target);
  const nobody = { roles: [], conditionalRoles: [], partialRoles: [] };
  const none = { route: null, rule: null, access: "none" as const, ...nobody };
  if (located.refusal !== undefined) return { status: 400, ...none };
  if (located.route === -1) {
    const isKnown = allowedMethods(snapshot, located.path, null).length > 0;
    return { status: isKnown ? 405 : 404, ...none };
  }
  const route = routeOf(snapshot, located.route);
  // A snapshot typed with roles is the one that their policy was compiled to.
  const all = snapshot.source.roles as readonly Role[];
  const passes = all.filter((role) =>
    rolesPass(snapshot, located.route, maskOf(snapshot, [role]).mask),
  );
  const asksToken = asksOfToken(snapshot, located.route);
  const depends = (role: Role) =>
    asksToken ||
    route.permissions.some((number) =>
      isConditional(snapshot, number, maskOf(snapshot, [role]).mask),
    );
  return {
    status: 200,
    route: route.id,
    rule: route.at,
    access: route.access,
    roles: passes.filter((role) => !depends(role)),
    conditionalRoles: passes.filter(depends),
    partialRoles: all.flatMap((role) => {
      const missing = missingFor(snapshot, route.permissions, role);
      return missing.length === 0 ? [] : [{ role, missing }];
    }),
  };
}

const passDetails = {
  public: "the route is public",
  authenticated: "the route asks for a principal and no permission",
  granted: "every permission that the route needs is granted and none is denied",
  conditional: "the roles pass; conditions decide",
  token: "the roles pass; the scopes and the sign-in of the token decide",
};

/** Whether a route asks for scopes or step-up; public ones never do. */
function asksOfToken({ source }: Snapshot, route: number): boolean {
  return source.requirements.some((required) => required.route === route);
}

/** The needed permissions that a role lacks, where it holds others of them and is denied none. */
function missingFor(snapshot: Snapshot, needed: readonly number[], role: string) {
  const isDenied = needed.some((permission) =>
    hasBit(snapshot, snapshot.deny, { permission, role }),
  );
  const missing = needed.filter(
    (permission) => !hasBit(snapshot, snapshot.allow, { permission, role }),
  );
  if (isDenied || missing.length === needed.length) return [];
  return missing.map((permission) => snapshot.source.permissions[permission]?.name ?? "");
}

function hasBit(
  snapshot: Snapshot,
  masks: Int32Array,
  cell: { readonly permission: number; readonly role: string },
): boolean {
  const role = snapshot.roleNumbers.get(cell.role) ?? -1;
  const word = masks[cell.permission * snapshot.maskWords + (role >> 5)] ?? 0;
  return role !== -1 && (word & (1 << (role & 31))) !== 0;
}
