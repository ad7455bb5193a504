import type { Emitter } from "../emit-context.js";

export const barrelEmitter: Emitter = {
  path: "index.ts",
  emit: () => [
    [
      'export { createGate } from "./gate.js";',
      'export { guards, routeGuards } from "./guards.js";',
      'export { permissions } from "./permissions.js";',
      'export { snapshot } from "./snapshot.js";',
      'export type { Claims, Permission, Policy, Principal, Role, RouteId, Routes } from "./types.js";',
    ].join("\n"),
  ],
};
