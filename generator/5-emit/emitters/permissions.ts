import { commentList } from "../comment.js";
import type { Emitter } from "../emit-context.js";
import { literal } from "../literal.js";
import { rolesHolding } from "../roles-holding.js";

export const permissionsEmitter: Emitter = {
  path: "permissions.ts",
  emit: ({ model, placeOf }) => {
    const rows = model.permissions.flatMap((permission) => [
      `  // ${placeOf(permission.at)}; ${commentList(rolesHolding(permission), "no role")}`,
      `  ${literal(permission.name)},`,
    ]);
    return [
      [
        'import type { Permission } from "./types.js";',
        "",
        "/** Every permission, after the place that declares it and the roles that have it. */",
        rows.length === 0
          ? "export const permissions: readonly Permission[] = [];"
          : `export const permissions: readonly Permission[] = [\n${rows.join("\n")}\n];`,
      ].join("\n"),
    ];
  },
};
