import { dispatch, listRoutes, prefixOf } from "./adapters/express.js";
import type { ExpressApp, HostRoute } from "./adapters/express.js";
import { locate } from "./decide.js";
import { GateError } from "./gate-error.js";
import { samplePaths } from "./sample-paths.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";

/** What is wrong between a host's routes and the policy's. */
export type RouteFaultKind =
  /** A handler runs that neither the global gate nor a guard of its own stands before. */
  | "unguarded"
  /** A handler runs for a path that no rule of the policy decides: behind a gate it never will. */
  | "unknown"
  /** The policy decides by one route, and the host runs the handler of another. */
  | "disagrees"
  /** A route of the policy that no handler serves. */
  | "unserved"
  /** A handler that no request reaches, since another before it takes them all. */
  | "shadowed"
  /** A sub-application that could not be looked into: name it in the list as well. */
  | "hidden";

export interface RouteFault {
  readonly kind: RouteFaultKind;
  readonly method: string;
  /** The shortest path that shows it. */
  readonly path: string;
  /** One line for people. */
  readonly message: string;
}

/** The part of a gate that the check asks. */
export interface CheckedGate {
  snapshot(): Snapshot;
}

/**
 * Compares the routes that were registered with Express by hand with the policy: which handler the host
 * runs, by its own matchers, against which route the policy decides by, for every method and for paths
 * that meet or pass close by every pattern of either. Sub-applications must be listed, since Express hides
 * them; routers are found.
 *
 * @example
 * const faults = checkRoutes([app], gate);
 */
export function checkRoutes(
  [app, ...others]: readonly [ExpressApp, ...ExpressApp[]],
  gate: CheckedGate,
): readonly RouteFault[] {
  const snapshot = gate.snapshot();
  const registered = [app, ...others].flatMap((one) =>
    listRoutes(one).map((route) => ({ ...route, path: prefixOf(one) + route.path })),
  );
  const methods = new Set([
    ...snapshot.source.methods,
    ...registered.flatMap((route) => route.methods.filter((name) => name !== "_ALL")),
  ]);
  const faults = new Map<string, RouteFault>();
  const report = (key: string, fault: RouteFault) => {
    if (!faults.has(key)) faults.set(key, fault);
  };
  const reached = new Set<object>();
  const served = new Set<string>();
  const paths = samplePaths(
    snapshot,
    registered.map(({ path }) => path),
  );
  for (const path of paths) {
    for (const method of methods) {
      const ran = dispatch(app, others, { method, path });
      const { route: number, refusal } = locate(snapshot, method, path);
      if (refusal !== undefined) continue;
      const decided = number === -1 ? undefined : routeOf(snapshot, number);
      const at = { method, path };
      if (ran.kind === "mounted" && decided !== undefined) served.add(decided.id);
      if (ran.kind === "hidden") {
        const message = `the application mounted at \`${ran.path}\` cannot be looked into: list it too`;
        report(`hidden ${ran.path}`, { kind: "hidden", ...at, message });
      }
      if (ran.kind !== "route") continue;
      reached.add(ran.route.identity);
      const fault = compare(ran.route, decided);
      if (fault === undefined && decided !== undefined) served.add(decided.id);
      if (fault !== undefined) {
        const key = `${fault.kind} ${method} ${ran.route.path} ${decided?.id}`;
        report(key, { ...fault, ...at, message: `\`${method} ${path}\` ${fault.message}` });
      }
    }
  }
  for (const { id, pattern, upgrade } of snapshot.source.routes) {
    if (served.has(id) || upgrade !== null) continue;
    const method = id.slice(0, id.indexOf(" "));
    const isFaulty = [...faults.keys()].some((key) => key.endsWith(` ${id}`));
    if (isFaulty) continue;
    const message = `no handler serves the policy's route \`${id}\``;
    report(`unserved ${id}`, { kind: "unserved", method, path: pattern, message });
  }
  for (const { identity, methods: names, path } of registered) {
    if (reached.has(identity)) continue;
    const method = names[0] ?? "";
    const message = `no request reaches the handler of \`${method} ${path}\`: one before it takes them`;
    report(`shadowed ${method} ${path}`, { kind: "shadowed", method, path, message });
  }
  return [...faults.values()];
}

/**
 * Fails where {@link checkRoutes} finds anything: for the start of a service, or a test.
 *
 * @throws GateError `configuration-invalid` that lists the faults, the shortest path of each.
 */
export function assertRoutes(
  apps: readonly [ExpressApp, ...ExpressApp[]],
  gate: CheckedGate,
): void {
  const faults = checkRoutes(apps, gate);
  if (faults.length === 0) return;
  const shown = faults.slice(0, MAX_SHOWN).map(({ kind, message }) => `\n- ${kind}: ${message}`);
  const more = faults.length > MAX_SHOWN ? `\n- and ${faults.length - MAX_SHOWN} more` : "";
  throw new GateError(
    "configuration-invalid",
    `the host's routes and the policy do not fit together:${shown.join("")}${more}`,
  );
}

const MAX_SHOWN = 20;

type Compared = Pick<RouteFault, "kind" | "message"> | undefined;

function compare(
  ran: HostRoute,
  decided: { readonly id: string; readonly pattern: string } | undefined,
): Compared {
  if (!ran.isGated && ran.guards.length === 0) {
    return { kind: "unguarded", message: `runs \`${ran.path}\` without gate or guard before it` };
  }
  if (decided === undefined) {
    return { kind: "unknown", message: `runs \`${ran.path}\`, and the policy has no rule for it` };
  }
  if (ran.guards.includes(decided.id)) return undefined;
  const routeGuard = ran.guards.find((id) => id.includes(" "));
  if (routeGuard !== undefined) {
    return {
      kind: "disagrees",
      message: `runs a handler guarded as \`${routeGuard}\`, and the policy decides by \`${decided.id}\``,
    };
  }
  if (!ran.isExpression && shapeOf(ran.path, decided.pattern) === shapeOf(decided.pattern, "")) {
    return undefined;
  }
  return {
    kind: "disagrees",
    message: `runs \`${ran.path}\`, and the policy decides by \`${decided.id}\``,
  };
}

/**
 * A path without the names of its parameters; `*` is one segment or the rest. Where a mount prefix spells
 * out what the pattern leaves open, the pattern counts.
 */
function shapeOf(path: string, pattern: string): string {
  const open = pattern.split("/");
  const isPrefix = (index: number) => open[index]?.startsWith(":") === true || open[index] === "*";
  return path
    .replace(/[{][/][*][^}]*[}]/g, "/**")
    .replace(/[/](?:[*][A-Za-z_][A-Za-z0-9_]*|[*])$/, (rest) => (pattern === "" ? rest : "/**"))
    .split("/")
    .map((segment, index) => {
      if (segment === "**") return "**";
      const isOpen = segment.startsWith(":") || segment === "*" || segment.startsWith("*");
      return isOpen || isPrefix(index) ? ":" : segment.toLowerCase();
    })
    .join("/");
}
