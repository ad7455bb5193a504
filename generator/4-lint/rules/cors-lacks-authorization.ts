import type { Rule } from "../rule.js";

/** Why: a browser sends no `Authorization` that the rule does not name, so such a route is closed to every page. */
export const corsLacksAuthorization: Rule = {
  name: "cors-lacks-authorization",
  severity: "warning",
  *check(model) {
    for (const { name, headers, at } of model.cors) {
      if (headers.some((header) => header.toLowerCase() === "authorization")) continue;
      const guarded = model.routes.find(({ cors, access }) => cors === name && access !== "public");
      if (guarded === undefined) continue;
      yield {
        at,
        message: `pages cannot send the token that \`${guarded.id}\` asks for`,
        help: "add `Authorization` to the rule's `headers`",
        related: [{ message: "a route of this rule", at: guarded.at }],
      };
    }
  },
};
