import type { IncomingMessage, ServerResponse } from "node:http";
import { authorize, incomplete, pass } from "./authorize.js";
import { refuseSplit } from "./connect.js";
import { permissionPasses } from "./decide.js";
import { refuse } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";

/**
 * The check of a route guard: the stages ran, and the policy decides this very request by the route
 * that the guard is for. A host that runs another handler than the policy decided on is refused.
 */
export function authorizeRoute(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): boolean {
  const context = completed(request, response);
  if (context === undefined) return false;
  const { snapshot } = context.policy;
  const number = numbersIn(snapshot).routes.get(id);
  if (number === undefined) {
    const detail = "the policy no longer has this route";
    refuse(context, response, { code: "forbidden", detail, cause: "unknown-guard" });
    return false;
  }
  if (context.located?.route !== number) {
    incomplete(context, response, "the policy decides this request by another route");
    return false;
  }
  const params = authorize(context, response);
  if (params !== undefined) Object.assign(request, { params });
  return params !== undefined;
}

/** The check of a permission guard: the permission, and the route's own rule where the path has one. */
export function authorizePermission(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): boolean {
  const context = completed(request, response);
  if (context?.located === undefined) return false;
  const { snapshot } = context.policy;
  const { route } = context.located;
  const roles = rolesOf(context);
  if (route !== -1 && routeOf(snapshot, route).access === "public") {
    incomplete(context, response, "a permission guards a route that the policy calls public");
    return false;
  }
  const split = refuseSplit(request, context);
  if (split !== undefined) {
    refuse(context, response, split);
    return false;
  }
  if (route !== -1 && authorize(context, response) === undefined) return false;
  const permission = numbersIn(snapshot).permissions.get(id);
  if (
    roles === null ||
    permission === undefined ||
    !permissionPasses(snapshot, permission, roles)
  ) {
    const detail = "no role of the principal allows this";
    refuse(context, response, { code: "forbidden", detail, cause: "guard" });
    return false;
  }
  pass(context, response, "granted");
  return true;
}

/** The context of a request that passed audit-open, the target check and authentication. */
function completed(request: IncomingMessage, response: ServerResponse): RequestContext | undefined {
  const context = contextOf(request);
  if (context?.located === undefined) {
    return incomplete(context, response);
  }
  // The record is written, so nothing may run for this request any more.
  if (context.isClosed) return undefined;
  const { route } = context.located;
  const isPublic = route !== -1 && routeOf(context.policy.snapshot, route).access === "public";
  if (context.authentication === undefined && !isPublic) {
    return incomplete(context, response);
  }
  return context;
}

interface Numbers {
  readonly routes: ReadonlyMap<string, number>;
  readonly permissions: ReadonlyMap<string, number>;
}

const known = new WeakMap<Snapshot, Numbers>();

/** The numbers of what guards name; counted once for a snapshot, by its first guard. */
function numbersIn(snapshot: Snapshot): Numbers {
  const { routes, permissions } = snapshot.source;
  const numbers = known.get(snapshot) ?? {
    routes: new Map(routes.map(({ id }, number) => [id, number])),
    permissions: new Map(permissions.map(({ name }, number) => [name, number])),
  };
  known.set(snapshot, numbers);
  return numbers;
}
