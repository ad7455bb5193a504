import type { Rule } from "../rule.js";

/** Why: a strategy that no route takes keeps a door in the policy that somebody meant to open, or to close. */
export const unusedStrategy: Rule = {
  name: "unused-strategy",
  severity: "warning",
  *check({ authentication, routes }) {
    const used = new Set(authentication.default);
    for (const { access, identityOptional, strategies } of routes) {
      if (access === "public" && !identityOptional) continue;
      for (const name of strategies) used.add(name);
    }
    for (const { name, at } of authentication.strategies) {
      if (used.has(name)) continue;
      yield {
        at,
        message: `no route takes credentials of strategy \`${name}\``,
        help: `write \`authentication: ${name}\` below a path, or leave the strategy out`,
      };
    }
  },
};
