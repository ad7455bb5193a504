import { principalOf, requestOf } from "./condition-inputs.js";
import type { DecideCondition } from "./condition-inputs.js";
import { judgeClauses } from "./judge-clauses.js";
import type { ConditionCause } from "./judge-clauses.js";
import { judgeRequirements } from "./judge-requirements.js";
import { holdsPermission } from "./holds-permission.js";
import { findRoute, requestSegments } from "./match-pattern.js";
import { readPlainPolicy } from "./plain-policy.js";
import type { PlainPolicy, PlainRoute } from "./plain-policy.js";
import { holdersOf, readActor } from "./read-actor.js";
import { readParams } from "./read-params.js";
import type { OracleParams } from "./read-params.js";
import { refuseTarget } from "./refuse-target.js";
import { decodeOnce, spellCanonically } from "./spelling.js";

export interface OracleRequest {
  readonly method: string;
  /** As sent. */
  readonly target: string;
  /** Null for a request without credentials. */
  readonly roles: readonly string[] | null;
  /** Verified claims besides the roles; `act` says who acts for the caller. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** By resource, what its loader finds: null where there is none; it fails where nothing is said. */
  readonly resources?: Readonly<Record<string, object | null>>;
  /** Milliseconds since 1970. */
  readonly now?: number;
}

/** Who asks `can`, and about what. */
export type OracleQuestion = Required<Pick<OracleRequest, "roles" | "claims">> & {
  readonly permission: string;
  readonly resource: object | undefined;
};

export interface OracleAnswer {
  /** 200 stands for the handler. */
  readonly status: 200 | Refusal;
  readonly reason: string;
  /** What conditions refuse for; `actor` where whoever acts for the caller lacks a role. */
  readonly cause?: ConditionCause | "actor";
  /** Id of the route that the request meets, written as in the policy. */
  readonly route: string | null;
  readonly allow: readonly string[];
  readonly params: OracleParams | null;
}

/** The reference interpreter of a policy: the answer table of design.md, section 4, line by line. */
export interface Oracle {
  readonly policy: PlainPolicy;
  answer(request: OracleRequest): OracleAnswer;
  /** The same where everything that is asked for behind the role check is there. */
  answerByRoles(request: OracleRequest): OracleAnswer;
  /** Whether somebody holds a permission, where no request is known. */
  can(question: OracleQuestion): boolean;
}

/** The first needed permission that conditions refuse, and why. */
interface Refused {
  readonly permission: string;
  readonly cause: ConditionCause;
}

type Refusal = 400 | 401 | 403 | 404 | 405 | 503;

/** Of a policy with conditions, `decide` says which of them hold. */
export function createOracle(
  texts: readonly string[],
  decide: DecideCondition = () => undefined,
): Oracle {
  const policy = readPlainPolicy(texts);
  return {
    policy,
    answer: (request) => answer(policy, decide, request),
    answerByRoles: (request) => answerByRoles(policy, request),
    can: (question) => can(policy, decide, question),
  };
}

function answer(
  policy: PlainPolicy,
  decide: DecideCondition,
  request: OracleRequest,
): OracleAnswer {
  const byRoles = answerByRoles(policy, request);
  const route = meet(policy, request.method, request.target.split("?")[0] ?? "");
  // A public route reads no credentials; there is nothing to ask for.
  const isOver = byRoles.status !== 200 || byRoles.reason === "public";
  if (isOver || route === undefined || route === "refused") return byRoles;
  const met = { route: byRoles.route };

  const lacking = judgeRequirements(policy, route, request);
  if (lacking === "insufficient-scope") return refuse(403, lacking, met);
  if (lacking !== undefined) return refuse(401, lacking, met);

  const refused = judge(policy, decide, { route, request });
  return refused === undefined ? byRoles : refuseForCondition(policy, refused, met);
}

function answerByRoles(policy: PlainPolicy, request: OracleRequest): OracleAnswer {
  const { method, roles } = request;
  const [path = ""] = request.target.split("?");

  // A target has no fragment (RFC 9112, section 3.2), not even behind a query.
  if (request.target.includes("#")) return refuse(400, "invalid-target");

  // Ambiguous target.
  const meeting = meet(policy, method, path);
  if (meeting === "refused") return refuse(400, "invalid-target");
  const route = meeting;
  const met = { route: route === undefined ? null : idOf(route) };

  if (route?.access !== "public" && roles === null) {
    // Missing credentials, also on unmatched paths and methods.
    if (route !== undefined || !policy.disclose) return refuse(401, "missing-credentials", met);
  }

  // A token of which the policy does not know what it means is none, wherever one is read.
  if (route?.access !== "public" && readActor(policy, request) === "refused") {
    if (route !== undefined || !policy.disclose) return refuse(401, "invalid-token", met);
  }

  if (route === undefined) {
    const others = methodsOf(policy).filter((other) => {
      const otherRoute = meet(policy, other, path);
      if (otherRoute === "refused" || otherRoute === undefined) return false;
      return policy.disclose || passesRoleCheck(policy, otherRoute, roles ?? []);
    });
    if (others.length === 0) return refuse(404, "not-found", met);
    return { ...refuse(405, "method-not-allowed", met), allow: others };
  }

  if (!passesRoleCheck(policy, route, roles ?? [])) return refuse(403, "forbidden", met);

  const params = readParams(route, requestSegments(path, policy.router));
  if (params === undefined) return refuse(400, "invalid-parameter", met);

  if (!holdersOf(policy, request).every((held) => passesRoleCheck(policy, route, held))) {
    return { ...refuse(403, "forbidden", met), cause: "actor" };
  }

  const reason = route.access === "permissions" ? "granted" : route.access;
  return { status: 200, reason, ...met, allow: [], params };
}

/** The needed permissions one after the other, by name; the first that is refused decides. */
function judge(
  policy: PlainPolicy,
  decide: DecideCondition,
  { route, request }: { readonly route: PlainRoute; readonly request: OracleRequest },
): Refused | undefined {
  const inputs = {
    principal: principalOf(policy, request),
    request: requestOf(policy, route, request),
  };
  for (const permission of route.permissions.toSorted()) {
    const cause = judgeClauses(policy, decide, {
      holders: holdersOf(policy, request),
      permission,
      inputs,
      load: (resource) => request.resources?.[resource],
    });
    if (cause !== undefined) return { cause, permission };
  }
  return undefined;
}

function can(policy: PlainPolicy, decide: DecideCondition, question: OracleQuestion): boolean {
  const { permission, resource } = question;
  const holders = holdersOf(policy, question);
  if (!holders.every((roles) => holdsPermission(policy, roles, permission))) return false;
  const principal = principalOf(policy, { method: "", target: "", ...question });
  const load = () => resource;
  const inputs = { principal };
  return judgeClauses(policy, decide, { holders, permission, inputs, load }) === undefined;
}

/** The route that a method and a path lead to, unless the path is refused for it. */
function meet(
  policy: PlainPolicy,
  method: string,
  path: string,
): PlainRoute | undefined | "refused" {
  const { routes, router } = policy;
  if (refuseTarget(path, router) !== undefined) return "refused";
  const segments = requestSegments(path, router);
  const route = findRoute(routes, router, { method, segments });

  // If the once-decoded path would meet a different rule from the raw path: 400.
  const canonical = segments.map((segment) => spellCanonically(decodeOnce(segment) ?? ""));
  if (findRoute(routes, router, { method, segments: canonical }) !== route) return "refused";

  // An encoded slash may stand only in a parameter that allows it.
  for (const [index, segment] of segments.entries()) {
    if (!/%2f/i.test(segment)) continue;
    const part = route?.segments[index] ?? "";
    const isAllowed = part.startsWith(":") && route?.params.get(part.slice(1))?.encodedSlash;
    if (!isAllowed) return "refused";
  }
  return route;
}

function passesRoleCheck(
  policy: PlainPolicy,
  route: PlainRoute,
  roles: readonly string[],
): boolean {
  return route.permissions.every((permission) => holdsPermission(policy, roles, permission));
}

function methodsOf(policy: PlainPolicy): readonly string[] {
  const bound = policy.routes.map(({ method }) => method);
  const all = new Set(bound.includes("GET") ? [...bound, "HEAD"] : bound);
  return [...all].toSorted();
}

function idOf(route: PlainRoute): string {
  return `${route.method} /${route.segments.join("/")}`;
}

function refuseForCondition(
  { conditional }: PlainPolicy,
  { permission, cause }: Refused,
  met: { readonly route: string | null },
): OracleAnswer {
  if (cause === "resource-loader") return { ...refuse(503, "unavailable", met), cause };
  const [name = ""] = permission.split(".");
  const isTold = cause === "absent" && conditional.resources.get(name)?.absent === "not-found";
  return isTold
    ? { ...refuse(404, "not-found", met), cause }
    : { ...refuse(403, "forbidden", met), cause };
}

function refuse(
  status: Refusal,
  reason: string,
  met: { readonly route: string | null } = { route: null },
): OracleAnswer {
  return { status, reason, ...met, allow: [], params: null };
}
