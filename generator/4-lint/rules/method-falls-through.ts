import { findFallThroughs } from "../find-fall-throughs.js";
import { printCaller } from "../print-caller.js";
import type { Rule } from "../rule.js";

/** Why: a method left out at a guarded path is not refused where a wider, weaker rule takes it up. */
export const methodFallsThrough: Rule = {
  name: "method-falls-through",
  severity: "error",
  *check(model) {
    for (const { pattern, method, path, weaker, caller } of findFallThroughs(model)) {
      const at = pattern.routes[0]?.at;
      if (at === undefined) continue;
      yield {
        at,
        message:
          `\`${pattern.pattern}\` does not bind ${method}: ` +
          `\`${method} ${path}\` falls through to \`${weaker.id}\`, which admits ${printCaller(caller)}`,
        help: `bind ${method} at \`${pattern.pattern}\`, or write \`fallThrough: <reason>\` in one of its rules`,
        related: [{ message: "the weaker rule", at: weaker.at }],
      };
    }
  },
};
