import type { ConditionMistakeCode } from "../conditions/mistake.js";

/** What helps with a mistake in a condition where the checker knows nothing nearer. */
export const conditionCures: Readonly<Record<ConditionMistakeCode, string>> = {
  "condition-syntax": "write an expression in CEL, like `resource.ownerId == principal.id`",
  "condition-too-large": "split it with a list under `when`, or decide this in the application",
  "condition-unsupported": "write it with the core of CEL, or decide this in the application",
  "condition-literal": "double the backslash, or write a raw text like `r'\\d'`",
  "condition-unknown-name": "begin with `principal`, `request` or `resource`",
  "condition-unknown-attribute":
    "declare it under `attributes`, `claims` or `request`, or name the claim of `tenant` or `scopes` under `principal`; parameters are those of the routes that need the permission, for a named condition one of all its permissions",
  "condition-unknown-function": "write it with the functions of CEL's core",
  "condition-types-differ": "compare values of one type, or convert one of them",
  "condition-missing-guard": "guard it with `has()` and `&&`",
  "condition-pattern": "write the pattern in the syntax of RE2",
  "condition-not-bool": "compare the value with something",
};
