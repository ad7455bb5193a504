import { holdsPermission } from "./holds-permission.js";
import { findRoute, requestSegments } from "./match-pattern.js";
import { readPlainPolicy } from "./plain-policy.js";
import type { PlainPolicy, PlainRoute } from "./plain-policy.js";
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
}

export interface OracleAnswer {
  /** 200 stands for the handler. */
  readonly status: 200 | 400 | 401 | 403 | 404 | 405;
  readonly reason: string;
  /** Id of the route that the request meets, written as in the policy. */
  readonly route: string | null;
  readonly allow: readonly string[];
  readonly params: OracleParams | null;
}

/** The reference interpreter of a policy: the answer table of design.md, section 4, line by line. */
export interface Oracle {
  readonly policy: PlainPolicy;
  answer(request: OracleRequest): OracleAnswer;
}

export function createOracle(texts: readonly string[]): Oracle {
  const policy = readPlainPolicy(texts);
  return { policy, answer: (request) => answer(policy, request) };
}

function answer(policy: PlainPolicy, request: OracleRequest): OracleAnswer {
  const { method, roles } = request;
  const [path = ""] = request.target.split("?");

  // Ambiguous target.
  const meeting = meet(policy, method, path);
  if (meeting === "refused") return refuse(400, "invalid-target");
  const route = meeting;
  const met = { route: route === undefined ? null : idOf(route) };

  if (route?.access !== "public" && roles === null) {
    // Missing credentials, also on unmatched paths and methods.
    if (route !== undefined || !policy.disclose) return refuse(401, "missing-credentials", met);
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

  const reason = route.access === "permissions" ? "granted" : route.access;
  return { status: 200, reason, ...met, allow: [], params };
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

function refuse(
  status: 400 | 401 | 403 | 404 | 405,
  reason: string,
  met: { readonly route: string | null } = { route: null },
): OracleAnswer {
  return { status, reason, ...met, allow: [], params: null };
}
