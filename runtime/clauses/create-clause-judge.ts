import type { JudgeClauses } from "../can.js";
import { checkInputs } from "../conditions/check-inputs.js";
import { asksForResource, judge } from "./judge.js";
import { openRuleBook } from "./rule-book.js";
import type { CompiledConditions } from "./rule-book.js";

/** For `can`: tenant, conditional denies and conditional grants of a policy, without a request. */
export function createClauseJudge(compiled: CompiledConditions): JudgeClauses {
  return (snapshot) => {
    const book = openRuleBook(snapshot, compiled);
    return ({ permission, mask, principal, resource }) => {
      const rule = book.ruleOf(permission);
      if (rule === undefined) return true;
      const { fields } = rule.resource ?? {};
      const isAsked = fields !== undefined && asksForResource(rule, mask);
      // Conditions trust their inputs: two attributes that are both missing would be equal.
      if (isAsked && checkInputs(fields, resource) !== undefined) return false;
      const inputs = { principal, resource: isAsked ? Object(resource) : undefined };
      return judge(rule, mask, book.conditions, inputs).outcome === "granted";
    };
  };
}
