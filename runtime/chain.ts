import type { IncomingMessage, ServerResponse } from "node:http";
import { callFor, runHandler } from "./call.js";
import type { Middleware, NextFunction } from "./http.js";
import type {
  AccessOf,
  ChainHandler,
  GuardedStages,
  PolicyTypes,
  PublicStages,
  RouteGuard,
  RouteIdOf,
} from "./policy-types.js";

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
