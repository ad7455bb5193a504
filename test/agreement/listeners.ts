import type { RequestListener } from "node:http";
import { chain } from "@gatewright/runtime";
import { permissionGuard, routeGuard } from "@gatewright/runtime/abi/guards";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import express from "express";
import type { LoosePolicy } from "./loose-policy.js";
import { reply } from "./serve-gate.js";
import type { LooseGate } from "./serve-gate.js";

/** A way to put a gate before handlers. */
export type Listener = (gate: LooseGate, snapshot: SerializedSnapshot) => RequestListener;

/** Express with the settings that the policy says it has; any other the gate refuses. */
export function expressFor({ router }: Pick<SerializedSnapshot, "router">) {
  return express()
    .set("case sensitive routing", router.caseSensitive)
    .set("strict routing", router.strict);
}

/** The mount helper on Express. */
export const mounted: Listener = (gate, snapshot) => {
  return express().use(gate.mount(handlersFor(gate, snapshot)));
};

/** The mount helper without any framework. */
export const mountedBare: Listener = (gate, snapshot) => gate.mount(handlersFor(gate, snapshot));

/** The global gate before one handler that takes whatever passes. */
export const gatedGlobally: Listener = (gate, snapshot) => {
  return expressFor(snapshot)
    .use(gate)
    .use((request, response) => reply(gate, request, response, {}));
};

/** The chain built by hand; the header `x-guard` names the route whose guard stands in it, if any. */
export const guardedByRoute: Listener = (gate, snapshot) => {
  const stages = [gate.open, gate.target, gate.authenticate] as const;
  const chains = new Map(
    snapshot.routes.map(({ id }) => [
      id,
      chain<LoosePolicy, string>(
        stages,
        routeGuard<LoosePolicy, string>(id),
        (request, response, { params }) => {
          reply(gate, request, response, { route: id, params });
        },
      ),
    ]),
  );
  const unguarded = expressFor(snapshot).use(...stages, gate.close());
  return expressFor(snapshot).use((request, response, next) => {
    const handler = chains.get(decodeURIComponent(request.get("x-guard") ?? "")) ?? unguarded;
    handler(request, response, next);
  });
};

/** The stages and a permission guard, which the header `x-guard` names. */
export const guardedByPermission: Listener = (gate, snapshot) => {
  const guards = new Map(
    snapshot.permissions.map(({ name }) => [name, permissionGuard<LoosePolicy>(name)]),
  );
  return expressFor(snapshot)
    .use(gate.open, gate.target, gate.authenticate)
    .use((request, response, next) =>
      guards.get(request.get("x-guard") ?? "")?.(request, response, next),
    )
    .use((request, response) => reply(gate, request, response, {}))
    .use(gate.close());
};

/** Routes registered with Express itself, behind the global gate. */
export const handRegistered: Listener = (gate, snapshot) => {
  const app = express().use(gate);
  for (const { method, path, id } of expressRoutes(snapshot)) {
    app[method](path, (request, response) => reply(gate, request, response, { route: id }));
  }
  return app.use(gate.close());
};

/** Routes registered with Express itself, each behind its own guard. */
export const handGuarded: Listener = (gate, snapshot) => {
  const app = express().use(gate.open, gate.target, gate.authenticate);
  for (const { method, path, id } of expressRoutes(snapshot)) {
    app[method](path, routeGuard<LoosePolicy, string>(id), (request, response) => {
      reply(gate, request, response, { route: id, params: request.params });
    });
  }
  return app.use(gate.close());
};

function handlersFor(gate: LooseGate, snapshot: SerializedSnapshot) {
  const served = snapshot.routes.filter(({ upgrade }) => upgrade === null);
  return Object.fromEntries(
    served.map(({ id }) => [
      id,
      (...[request, response, call]: Parameters<Parameters<typeof gate.mount>[0][string]>) => {
        reply(gate, request, response, { route: call.route, params: call.params });
      },
    ]),
  );
}

/** As a person would write them: literals before parameters, Express's own spelling of `**`. */
function expressRoutes(snapshot: SerializedSnapshot) {
  return snapshot.routes
    .toSorted((a, b) => Number(a.pattern.includes(":")) - Number(b.pattern.includes(":")))
    .map(({ id, pattern }) => ({
      id,
      method: id.slice(0, id.indexOf(" ")).toLowerCase() as "get" | "post" | "patch" | "delete",
      path: pattern.replace("/**", "{/*rest}"),
    }));
}
