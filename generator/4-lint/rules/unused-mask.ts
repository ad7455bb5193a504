import { quoteText } from "../../3-model/quote-text.js";
import type { Rule } from "../rule.js";

/** Why: a mask that no field has is a typo, and the field that should have it shows something else. */
export const unusedMask: Rule = {
  name: "unused-mask",
  severity: "warning",
  *check({ unusedMasks }) {
    for (const { name, at } of unusedMasks) {
      yield {
        at,
        message: `no field of an event or a response is of class ${quoteText(name)}`,
        help: `write \`class: ${name}\` at a field under \`audit.events\` or \`responses\`, or leave the mask out`,
      };
    }
  },
};
