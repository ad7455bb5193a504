import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { PolicyModel } from "../3-model/policy-model.js";
import { rules } from "./rules/index.js";

/** Asks every rule; the order is that of the rules, sorting is for the printer. */
export function lintModel(model: PolicyModel): readonly Diagnostic[] {
  return rules.flatMap((rule) =>
    Array.from(rule.check(model), (finding) => ({
      ...finding,
      code: rule.name,
      severity: rule.severity,
    })),
  );
}
