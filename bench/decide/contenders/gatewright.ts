import { loadSnapshot, locate, maskOf, rolesPass } from "@gatewright/runtime";
import type { Snapshot } from "@gatewright/runtime";
import { analyse, formatDiagnostics } from "gatewright";
import type { Contender } from "../contender.js";
import { policySources } from "../policy-sources.js";
import type { RouteTable } from "../route-table.js";

/**
 * What the gate asks for every request, target check included: `locate` on the target as it was sent,
 * then `rolesPass` for the mask of the authenticated caller.
 */
export const gatewright: Contender = {
  name: "gatewright",
  maxRoutes: 100_000,
  tellsRoute: true,
  load(table, callers) {
    const snapshot = loadSnapshot(compileTable(table));
    const masks = callers.map((roles) => maskOf(snapshot, roles).mask);
    const numbers = tableNumbers(table, snapshot);
    return {
      kind: "sync",
      decide(method, target, caller) {
        const { route } = locate(snapshot, method, target);
        const mask = masks[caller];
        if (route === -1 || mask === undefined) return -1;
        return route * 2 + (rolesPass(snapshot, route, mask) ? 1 : 0);
      },
      tableAnswer: (answer) =>
        answer === -1 ? -1 : (numbers[answer >> 1] ?? -1) * 2 + (answer & 1),
    };
  },
};

/** The snapshot of the table's policy, by the compiler. */
export function compileTable(table: RouteTable) {
  const sources = policySources(table);
  const { snapshot, diagnostics } = analyse(sources);
  if (snapshot === undefined)
    throw new Error(formatDiagnostics(diagnostics.slice(0, 3), sources, "text"));
  return snapshot;
}

/** The compiler sorts routes: by its number, the number in the table. */
function tableNumbers({ routes }: RouteTable, snapshot: Snapshot): readonly number[] {
  const known = new Map(
    routes.map(({ method, pattern }, index) => [`${method} ${pattern}`, index]),
  );
  return snapshot.source.routes.map(({ id }) => known.get(id) ?? -1);
}
