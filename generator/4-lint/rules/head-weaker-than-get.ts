import { createAdmissions } from "../admission.js";
import { buildPatternTrie } from "../pattern-trie.js";
import { printCaller } from "../print-caller.js";
import type { Rule } from "../rule.js";

/** Why: most hosts answer HEAD with the handler of GET, and its headers tell what GET would. */
export const headWeakerThanGet: Rule = {
  name: "head-weaker-than-get",
  severity: "error",
  *check(model) {
    // Few policies bind it, and the trie of all patterns takes its time.
    if (model.routes.every(({ method }) => method !== "HEAD")) return;
    const admissions = createAdmissions(model);
    for (const { byMethod, pattern } of buildPatternTrie(model).patterns) {
      const head = byMethod.get("HEAD");
      const get = byMethod.get("GET");
      if (head === undefined || get === undefined) continue;
      const caller = admissions.callersBeyond([get])(head);
      if (caller === undefined) continue;
      yield {
        at: head.at,
        message: `HEAD \`${pattern}\` admits ${printCaller(caller)}, whom GET does not admit`,
        help: "leave HEAD out: it then follows the rule of GET",
        related: [{ message: "the rule of GET", at: get.at }],
      };
    }
  },
};
