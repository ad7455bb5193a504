import type { IncomingMessage, ServerResponse } from "node:http";
import { authorizePermission, authorizeRoute } from "./authorize.js";
import { callFor, runHandler } from "./call.js";
import type { Middleware, NextFunction } from "./http.js";
import type {
  AccessOf,
  ChainHandler,
  GuardedStages,
  PermissionGuard,
  PolicyTypes,
  PublicStages,
  RouteGuard,
  RouteIdOf,
} from "./policy-types.js";

/**
 * A handler that lets a request on only where its principal has a permission. It holds an id, no
 * roles: the snapshot that the request began with decides, and an id that it lacks denies.
 * Where the policy has a rule for the path, that rule must pass too.
 */
export function permissionGuard<P extends PolicyTypes>(id: P["permission"]): PermissionGuard<P> {
  const guard: Middleware = (request, response, next) => {
    if (authorizePermission(request, response, id)) next?.();
  };
  return branded<PermissionGuard<P>>(guard, id);
}

/**
 * A handler that lets a request on only where the policy decides it by this route and its rule
 * passes. It also sets `request.params` to the decoded parameters.
 */
export function routeGuard<P extends PolicyTypes, Id extends RouteIdOf<P>>(
  id: Id,
): RouteGuard<P, Id> {
  const guard: Middleware = (request, response, next) => {
    const params = authorizeRoute(request, response, id);
    if (params === undefined) return;
    Object.assign(request, { params });
    next?.();
  };
  return branded<RouteGuard<P, Id>>(guard, id);
}

type StagesFor<P extends PolicyTypes, Id extends RouteIdOf<P>> =
  AccessOf<P, Id> extends "public" ? PublicStages | GuardedStages : GuardedStages;

/**
 * The whole chain of one route as one handler: stages, guard, handler. Leaving a stage out, or
 * taking them in another order, does not type-check.
 *
 * @example
 * app.get("/orders", chain([gate.open, gate.target, gate.authenticate], routeGuards["GET /orders"], list));
 */
export function chain<P extends PolicyTypes, Id extends RouteIdOf<P>>(
  stages: StagesFor<P, Id>,
  guard: RouteGuard<P, Id>,
  handler: ChainHandler<P, Id>,
): Middleware {
  const handlers: readonly Middleware[] = [
    ...stages,
    guard,
    (request, response, next) => {
      runHandler(
        () => handler(request, response, callFor<P, Id>(request, guard.id)),
        response,
        next,
      );
    },
  ];
  const chained: Middleware = (request, response, next) => {
    runFrom({ handlers, request, response, next }, 0);
  };
  return Object.assign(chained, { id: guard.id });
}

/** The brand exists only for the compiler. */
function branded<Guard>(guard: Middleware, id: string): Guard {
  return Object.assign(guard, { id }) as unknown as Guard;
}

interface Run {
  readonly handlers: readonly Middleware[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly next: NextFunction | undefined;
}

function runFrom(run: Run, index: number): void {
  const handler = run.handlers[index];
  if (handler === undefined) run.next?.();
  else {
    const isLast = index === run.handlers.length - 1;
    handler(run.request, run.response, (error) => {
      if (error !== undefined || isLast) run.next?.(error);
      else runFrom(run, index + 1);
    });
  }
}
