import type { IncomingMessage, ServerResponse } from "node:http";
import { callFor, runHandler } from "./call.js";
import { GateError } from "./gate-error.js";
import { gateHandlers } from "./host-mounting.js";
import type { Middleware, NextFunction } from "./http.js";
import type { Handlers, PolicyTypes, RouteHandler, RouteIdOf } from "./policy-types.js";
import { refuse } from "./problem.js";
import type { SerializedRoute } from "./snapshot-format.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { settle } from "./settle.js";
import { decideByRoute } from "./stages.js";
import type { GateState } from "./stages.js";

/** One handler for all routes: decides, then runs the handler of the very route that was decided. */
export function mountHandlers<P extends PolicyTypes>(
  state: GateState,
  handlers: Handlers<P, never, never>,
): Middleware {
  type Served = RouteHandler<P, RouteIdOf<P>, IncomingMessage, ServerResponse>;
  const served = new Map(Object.entries(handlers as unknown as Record<string, Served>));
  requireHandlers(state.policy.snapshot, handlers, "http");
  const helper: Middleware = (request, response, next?: NextFunction) => {
    const decided = decideByRoute(state, request, response);
    settle(state, request, response, decided, (context, params) => {
      const { id } = routeOf(context.policy.snapshot, context.located?.route ?? -1);
      const handler = served.get(id);
      if (handler === undefined) {
        refuse(context, response, {
          code: "not-found",
          detail: "nothing serves this route",
          cause: "no-handler",
        });
        return;
      }
      Object.assign(request, { params });
      const call = callFor<P, RouteIdOf<P>>(request, id as RouteIdOf<P>);
      runHandler(() => handler(request, response, call), response, next);
    });
  };
  gateHandlers.set(helper, "mount");
  return helper;
}

/** @throws GateError `configuration-invalid` for the first route without a handler, or handler without a route. */
export function requireHandlers(
  snapshot: Snapshot,
  handlers: Readonly<Record<string, unknown>>,
  door: "http" | "upgrade",
): void {
  const isServed = ({ upgrade }: SerializedRoute) => (upgrade === null) === (door === "http");
  const ids = new Set(snapshot.source.routes.filter(isServed).map(({ id }) => id));
  for (const id of ids) {
    const isServed = Object.hasOwn(handlers, id) && typeof handlers[id] === "function";
    if (!isServed) fail(id, "has no handler");
  }
  for (const id of Object.keys(handlers)) if (!ids.has(id)) fail(id, "is no route here");
}

function fail(id: string, reason: string): never {
  throw new GateError("configuration-invalid", `\`${id}\` ${reason}`);
}
