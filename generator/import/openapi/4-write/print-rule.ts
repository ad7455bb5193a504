import type { PlannedRule } from "../2-plan/import-plan.js";
import { printComment, printKey, printProse, printText } from "./print-text.js";

export interface RuleText {
  readonly method: string;
  readonly rule: PlannedRule;
  readonly comment: string;
}

/** `GET: orders.read # List orders`, or the long form where the rule has a reason to give. */
export function printRule({ method, rule, comment }: RuleText, indent: string): readonly string[] {
  const { need, catchAll, fallThrough } = rule;
  const reasons = [
    ...(catchAll === undefined ? [] : [`${indent}  catchAll: ${printProse(catchAll)}`]),
    ...(fallThrough === undefined ? [] : [`${indent}  fallThrough: ${printProse(fallThrough)}`]),
  ];
  const isShort = reasons.length === 0 && need !== "public identity";
  const key = printKey(method, indent);
  if (isShort) return [`${key} ${printNeed(need)}${printComment(comment)}`];
  return [
    `${key}${printComment(comment)}`,
    ...needLines(need).map((line) => `${indent}  ${line}`),
    ...reasons,
  ];
}

/** The value of a rule in its short form, or of `permissions` in its long form. */
export function printNeed(need: string): string {
  const names = need.split(", ");
  return names.length === 1 ? printText(need) : `[${names.map(printText).join(", ")}]`;
}

/** The keys of the long form that say whom it admits. */
export function needLines(need: string): readonly string[] {
  if (need === "public identity") return ["access: public", "identity: optional"];
  const key = need === "public" || need === "authenticated" ? "access" : "permissions";
  return [`${key}: ${printNeed(need)}`];
}
