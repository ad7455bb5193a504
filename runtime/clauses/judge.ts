import type { ConditionInputs } from "../conditions/built.js";
import type { Condition } from "../conditions/build-condition.js";
import type { RoleMask } from "../snapshot.js";
import { overlaps } from "./rule-book.js";
import type { OpenClause, PermissionRule } from "./rule-book.js";

/** What conditions read; `resource` is undefined where none is asked for. */
export interface ClauseInputs extends ConditionInputs {
  readonly principal: { readonly tenant?: unknown };
  readonly request?: object | undefined;
  readonly resource?: object | undefined;
}

/** How a permission comes out behind the role check, and the clause that decided, where one did. */
export interface Verdict {
  readonly outcome: "granted" | "tenant" | "denied" | "condition";
  readonly clause?: OpenClause;
}

/** Whether a decision for holders of these roles has to know the resource. */
export function asksForResource(rule: PermissionRule, roles: RoleMask): boolean {
  if (rule.resource === undefined) return false;
  if (rule.resource.tenant !== null) return true;
  const reads = (clauses: readonly OpenClause[]) =>
    clauses.some(({ mask, readsResource }) => readsResource && overlaps(mask, roles));
  return reads(rule.denies) || (!isCertain(rule, roles) && reads(rule.grants));
}

/**
 * Decides one permission for a caller whose roles pass: the tenant, then every conditional deny, then
 * unconditional grants, then conditional ones. What cannot be decided denies, or grants nothing.
 */
export function judge(
  rule: PermissionRule,
  roles: RoleMask,
  conditions: readonly Condition[],
  inputs: ClauseInputs,
): Verdict {
  const tenant = rule.resource?.tenant ?? null;
  if (tenant !== null) {
    const own = inputs.principal.tenant;
    const wanted: unknown = Reflect.get(Object(inputs.resource), tenant);
    if (typeof own !== "string" || own !== wanted) return { outcome: "tenant" };
  }
  for (const clause of rule.denies) {
    if (!overlaps(clause.mask, roles)) continue;
    const held = holds(clause, conditions, inputs);
    if (held === true || (held === undefined && clause.source.missing === "deny")) {
      return { outcome: "denied", clause };
    }
  }
  if (isCertain(rule, roles)) return { outcome: "granted" };
  const clause = rule.grants.find(
    (grant) => overlaps(grant.mask, roles) && holds(grant, conditions, inputs) === true,
  );
  return clause === undefined ? { outcome: "condition" } : { outcome: "granted", clause };
}

/** Without conditional grants, whoever passed the role check has the permission. */
export function isCertain({ certain }: PermissionRule, roles: RoleMask): boolean {
  return certain === undefined || overlaps(certain, roles);
}

/** Whether all conditions hold: false as soon as one does not, undefined where that cannot be decided. */
function holds(
  { source }: OpenClause,
  conditions: readonly Condition[],
  inputs: ClauseInputs,
): boolean | undefined {
  let found: boolean | undefined = true;
  for (const index of source.conditions) {
    const value = conditions[index]?.(inputs);
    if (value === false) return false;
    if (value !== true) found = undefined;
  }
  return found;
}
