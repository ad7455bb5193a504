import type { Rule } from "../rule.js";

/** Why: an action that no route needs is a leftover, or a route was forgotten. */
export const unusedPermission: Rule = {
  name: "unused-permission",
  severity: "warning",
  *check(model) {
    const needed = new Set(model.routes.flatMap((route) => route.permissions));
    for (const permission of model.permissions) {
      if (needed.has(permission.name)) continue;
      yield {
        at: permission.at,
        message: `no route needs the permission \`${permission.name}\``,
        help: "name it where it guards a route, or remove the action",
      };
    }
  },
};
