import type { Rule } from "../rule.js";

/** Why: a rule that no path names opens nothing, and somebody meant it to. */
export const unusedCors: Rule = {
  name: "unused-cors",
  severity: "warning",
  *check(model) {
    const used = new Set(model.routes.map(({ cors }) => cors));
    for (const { name, at, isDefault } of model.cors) {
      if (isDefault || used.has(name)) continue;
      yield {
        at,
        message: `no route uses the rule \`${name}\` of \`cors\``,
        help: `write \`cors: ${name}\` below a path, or \`default: true\` in the rule`,
      };
    }
  },
};
