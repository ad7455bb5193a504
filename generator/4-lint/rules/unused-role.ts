import type { Rule } from "../rule.js";

/** Why: a role that opens and closes nothing is a typo or a leftover, and both hide who can do what. */
export const unusedRole: Rule = {
  name: "unused-role",
  severity: "warning",
  *check(model) {
    const needed = new Set(model.routes.flatMap((route) => route.permissions));
    for (const role of model.roles) {
      if (role.granted.some((name) => needed.has(name))) continue;
      if (role.denied.some((name) => needed.has(name))) continue;
      yield {
        at: role.at,
        message: `role \`${role.name}\` opens no route and closes none`,
        help: "grant it what a route needs, or remove it",
      };
    }
  },
};
