import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { Emitter } from "../emit-context.js";

export const barrelEmitter: Emitter = {
  path: "index.ts",
  emit: ({ snapshot }) => [
    [
      ...(snapshot.resources.length > 0 ? ['export { resources } from "./conditions.js";'] : []),
      'export { createGate } from "./gate.js";',
      'export { guards, routeGuards } from "./guards.js";',
      'export { permissions } from "./permissions.js";',
      'export { snapshot } from "./snapshot.js";',
      `export type { ${typesOf(snapshot)} } from "./types.js";`,
    ].join("\n"),
  ],
};

function typesOf({ resources }: SerializedSnapshot): string {
  const names = ["Claims", "Permission", "Policy", "Principal"];
  const more = resources.length > 0 ? ["Resources"] : [];
  return [...names, ...more, "Role", "RouteId", "Routes"].join(", ");
}
