import { runIn } from "./async-context.js";
import type { Middleware } from "./http.js";
import { lazily } from "./lazily.js";
import type { PermissionGuard, PolicyTypes, RouteGuard, RouteIdOf } from "./policy-types.js";
import { contextOf } from "./request-context.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

/** A service whose handlers are mounted by the mount helper meets no guard. */
const checks = lazily(() => import("./check-guards.js"));

/**
 * A handler that lets a request on only where its principal has a permission. It holds an id, no
 * roles: the snapshot that the request began with decides, and an id that it lacks denies.
 * Where the policy has a rule for the path, that rule must pass too.
 */
export function permissionGuard<P extends PolicyTypes>(id: P["permission"]): PermissionGuard<P> {
  return guard<PermissionGuard<P>>(id, "authorizePermission");
}

/**
 * A handler that lets a request on only where the policy decides it by this route and its rule
 * passes. It also sets `request.params` to the decoded parameters.
 */
export function routeGuard<P extends PolicyTypes, Id extends RouteIdOf<P>>(
  id: Id,
): RouteGuard<P, Id> {
  return guard<RouteGuard<P, Id>>(id, "authorizeRoute");
}

/**
 * The permission guards of a policy by resource and action, as generated code types them. Ids are stable
 * over snapshots, so that a guard of one serves the next.
 */
export function permissionGuards<P extends PolicyTypes, Guards>({
  permissions,
}: Pick<SerializedSnapshot, "permissions">): Guards {
  const guards = new Map<string, [action: string, PermissionGuard<P>][]>();
  for (const { name } of permissions) {
    const dot = name.indexOf(".");
    const resource = name.slice(0, dot);
    const entry: [string, PermissionGuard<P>] = [name.slice(dot + 1), permissionGuard<P>(name)];
    guards.set(resource, [...(guards.get(resource) ?? []), entry]);
  }
  const tree = [...guards].map(([resource, entries]) => [resource, Object.fromEntries(entries)]);
  // The snapshot and the type come from one model.
  return Object.fromEntries(tree) as Guards;
}

/** The route guards of a policy by route id, as generated code types them. */
export function routeGuardsOf<Guards>({ routes }: Pick<SerializedSnapshot, "routes">): Guards {
  const guards = routes.map(({ id }) => [id, guard(id, "authorizeRoute")]);
  return Object.fromEntries(guards) as Guards;
}

function guard<Guard>(id: string, check: "authorizePermission" | "authorizeRoute"): Guard {
  const handler: Middleware = (request, response, next) => {
    const context = contextOf(request);
    const proceed = () => {
      if (context === undefined) next?.();
      else runIn(context, () => next?.());
    };
    // Without a host nobody would answer.
    const fail = (error: unknown) => (next === undefined ? response.destroy() : next(error));
    checks.use((loaded) => loaded[check]({ request, response, id, proceed, fail }), fail);
  };
  // The brand exists only for the compiler.
  return Object.assign(handler, { id }) as unknown as Guard;
}
