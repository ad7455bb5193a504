import type { RequestListener } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { chain } from "@gatewright/runtime";
import { permissionGuard, routeGuard } from "@gatewright/runtime/abi/guards";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import type { LooseGate } from "../../agreement/serve-gate.js";
import { createHostApp } from "../host-apps/create-host-app.js";
import type { Handler, HostApp } from "../host-apps/host-app.js";
import { isLiteral } from "./route-table.js";
import type { TableRoute } from "./route-table.js";
import { rewrite } from "./scenario.js";
import type { Scenario } from "./scenario.js";

/** Called by the handler of a route, with the parameters that it was given. */
export type Ran = (
  route: TableRoute,
  params: unknown,
  request: IncomingMessage,
  response: ServerResponse,
) => void;

interface Site {
  readonly scenario: Scenario;
  readonly gate: LooseGate;
  readonly ran: Ran;
}

/** The application of a scenario behind its door. */
export function buildListener(site: Site): RequestListener {
  const { scenario, gate } = site;
  const { host, table, style, rewriter } = scenario;
  const { caseSensitive, strict } = table;
  const app = createHostApp(host, { caseSensitive, strict, style });
  if (rewriter !== null) {
    app.use((request, _, next) => {
      request.url = rewrite(rewriter, request.url ?? "");
      next();
    });
  }
  if (scenario.door === "mount") mountHelper(site, app);
  else handRegister(site, app);
  if (scenario.isClosed) app.use(asHandler(gate.close()));
  return scenario.isFronted ? front(gate, app.listener) : app.listener;
}

/** The first two stages before an application as a whole: bad targets do not reach the host at all. */
function front(gate: LooseGate, listener: RequestListener): RequestListener {
  return (request, response) => {
    gate.open(request, response, () => {
      gate.target(request, response, () => listener(request, response));
    });
  };
}

/** The generated way: one handler for all routes, at the root and below a prefix alike. */
function mountHelper({ scenario, gate, ran }: Site, app: HostApp): void {
  const handlers = Object.fromEntries(
    scenario.table.routes.map((route) => [
      route.id,
      (...[request, response, call]: Parameters<Parameters<LooseGate["mount"]>[0][string]>) =>
        ran(route, call.params, request, response),
    ]),
  );
  const helper = asHandler(gate.mount(handlers));
  const literals = scenario.table.routes.map(({ segments }) => segments.slice(0, scenario.depth));
  const prefix = literals.find((segments) => segments.length > 0 && segments.every(isLiteral));
  if (prefix !== undefined && app.canMount(prefix)) app.mount(prefix).use(helper);
  app.use(helper);
}

/** Routes of the host itself. */
function handRegister(site: Site, app: HostApp): void {
  const { scenario } = site;
  if (scenario.placing === "once") for (const handler of prelude(site)) app.use(handler);
  registerBelow(site, app, { prefix: [], routes: scenario.order });
}

interface Part {
  readonly prefix: readonly string[];
  readonly routes: readonly TableRoute[];
}

function registerBelow(site: Site, app: HostApp, { prefix, routes }: Part): void {
  const depth = prefix.length;
  const mayGroup = (route: TableRoute) =>
    depth < site.scenario.depth &&
    isGrouped(route, depth) &&
    app.canMount(route.segments.slice(depth, depth + 1));
  for (const run of runsOf(routes, (route) =>
    mayGroup(route) ? `below ${route.segments[depth]}` : `at ${route.segments.join("/")}`,
  )) {
    const [first] = run;
    if (first === undefined) continue;
    if (!mayGroup(first)) {
      app.route(
        run.map((route) => ({
          method: route.method,
          segments: route.segments.slice(depth),
          handlers: handlersOf(site, route, depth),
        })),
      );
      continue;
    }
    const word = first.segments[depth] ?? "";
    const below = app.mount([word]);
    if (site.scenario.placing === "each") for (const handler of prelude(site)) below.use(handler);
    registerBelow(site, below, { prefix: [...prefix, word], routes: run });
  }
}

/** Some routes stay where they are, so that routers and routes stand in one list. */
function isGrouped(route: TableRoute, depth: number): boolean {
  return route.segments.length > depth && (route.id.length + depth) % 4 !== 0;
}

/** Neighbours of one key. */
function runsOf<T>(list: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const runs: T[][] = [];
  for (const item of list) {
    const run = runs.at(-1);
    if (run?.[0] !== undefined && keyOf(run[0]) === keyOf(item)) run.push(item);
    else runs.push([item]);
  }
  return runs;
}

/** What stands before the routes. */
function prelude({ scenario, gate }: Site): readonly Handler[] {
  switch (scenario.door) {
    case "gate":
      return [asHandler(gate)];
    case "route guard":
    case "permission guard":
      return [gate.open, gate.target, gate.authenticate].map(asHandler);
    default:
      return [];
  }
}

/** What stands at one route, its own handler last. */
function handlersOf(site: Site, route: TableRoute, depth: number): readonly Handler[] {
  const { scenario, gate, ran } = site;
  const { door } = scenario;
  const handler: Handler = (request, response) => {
    ran(route, Reflect.get(request, "params"), request, response);
  };
  if (door === "chain") {
    const stages = [gate.open, gate.target, gate.authenticate] as const;
    const guard = routeGuard<LoosePolicy, string>(route.id);
    return [
      asHandler(
        chain<LoosePolicy, string>(stages, guard, (request, response, { params }) =>
          ran(route, params, request, response),
        ),
      ),
    ];
  }
  // A route that stands in no router of its own has nothing before it.
  const before = scenario.placing === "each" && depth === 0 ? prelude(site) : [];
  if (door === "gate") return [...before, handler];
  const isPermission = door === "permission guard" && route.access === "permissions";
  const own = isPermission
    ? route.permissions.map((name) => permissionGuard<LoosePolicy>(name))
    : [routeGuard<LoosePolicy, string>(route.id)];
  return [...before, ...own.map(asHandler), handler];
}

/** The runtime's handlers take a `next` that may be left out. */
function asHandler(middleware: (...args: Parameters<Handler>) => unknown): Handler {
  return (request, response, next) => {
    middleware(request, response, next);
  };
}
