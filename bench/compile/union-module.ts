import type { RouteTable } from "../decide/route-table.js";

/** What a person would write by hand for the same routes: a union of them, and a map to their roles. */
export function unionModule({ routes }: RouteTable): string {
  const roles = [...new Set(routes.flatMap((route) => [...route.roles]))].toSorted();
  const ids = routes.map(({ method, pattern }) => JSON.stringify(`${method} ${pattern}`));
  const members = routes.map((route, index) => {
    return `  ${ids[index]}: [${[...route.roles].map((role) => JSON.stringify(role)).join(", ")}],\n`;
  });
  return [
    `export type Role = ${roles.map((role) => JSON.stringify(role)).join(" | ")};\n`,
    `export type RouteId =\n${ids.map((id) => `  | ${id}\n`).join("")};\n`,
    `export const rolesByRoute: Readonly<Record<RouteId, readonly Role[]>> = {\n${members.join("")}};\n`,
  ].join("\n");
}
