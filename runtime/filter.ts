import { openRuleBook } from "./clauses/rule-book.js";
import type { CompiledConditions, RuleBook } from "./clauses/rule-book.js";
import type { PolicyHolder } from "./can.js";
import { maskOf, permissionPasses } from "./decide.js";
import { all, allOf, none } from "./filters/combine.js";
import type { Filter } from "./filters/filter.js";
import { FilterError } from "./filters/filter-error.js";
import { filterOfRule } from "./filters/filter-of-rule.js";
import { planCondition } from "./filters/plan-condition.js";
import type { Plan } from "./filters/plan-node.js";
import type { PolicyTypes } from "./policy-types.js";
import type { Snapshot } from "./snapshot.js";

export type { Filter } from "./filters/filter.js";

/** What a principal of any policy has. */
interface AnyPrincipal {
  readonly roles: readonly string[];
  readonly tenant?: string | undefined;
  readonly actor?: { readonly roles: readonly string[] } | undefined;
}

/**
 * The rows of a resource for which a principal has a permission: exactly those that `can` allows, by the policy in
 * force and with whoever acts for the principal. `Filterable` names, by permission, the attributes that its filter may
 * read. A permission that the policy does not have, or no role of the principal, gives the filter `none`.
 *
 * @throws FilterError `not-filterable` where a condition of the policy in force cannot become a filter, which can
 *   only happen after a swap; `too-large` where a macro walks a very long list of the principal.
 */
export type FilterFor<P extends PolicyTypes, Filterable> = <
  Permission extends keyof Filterable & P["permission"],
>(
  gate: PolicyHolder,
  principal: P["principal"],
  permission: Permission,
) => Filter<Filterable[Permission] & string>;

/** `filter` of a policy, as generated code types it. */
export function createFilter<P extends PolicyTypes, Filterable>(
  compiled: CompiledConditions,
): FilterFor<P, Filterable> {
  const books = new WeakMap<Snapshot, PlanBook>();
  const bookOf = (snapshot: Snapshot) => {
    const book = books.get(snapshot) ?? openPlanBook(snapshot, compiled);
    books.set(snapshot, book);
    return book;
  };
  return (gate, principal, permission) => {
    const snapshot = gate.snapshot();
    // The generated type of a principal holds these; untyped code that passes less is denied.
    const { roles = [], tenant, actor } = principal as unknown as Partial<AnyPrincipal>;
    const number = snapshot.source.permissions.findIndex(({ name }) => name === permission);
    if (number === -1) return none as Filter<never>;
    const isBound = snapshot.source.principal.actor?.permissions === "intersection";
    const held = isBound && actor !== undefined ? [roles, actor.roles] : [roles];
    const inputs = { principal: { ...principal, tenant } };
    const found = held.map((names) => {
      const { mask } = maskOf(snapshot, names);
      if (!permissionPasses(snapshot, number, mask)) return none;
      const { rules, planOf } = bookOf(snapshot);
      const rule = rules.ruleOf(number);
      return rule === undefined ? all : filterOfRule(rule, mask, planOf, inputs);
    });
    // Its attributes are those of the resource that the permission is about.
    return allOf(found) as Filter<never>;
  };
}

interface PlanBook {
  readonly rules: RuleBook;
  readonly planOf: (condition: number) => Plan;
}

/** Conditions are planned when they are first asked for: another permission may need none of them. */
function openPlanBook(snapshot: Snapshot, compiled: CompiledConditions): PlanBook {
  const plans = new Map<number, Plan>();
  const planOf = (index: number) => {
    const plan = plans.get(index) ?? planNamed(snapshot, index);
    plans.set(index, plan);
    return plan;
  };
  return { rules: openRuleBook(snapshot, compiled), planOf };
}

function planNamed({ source }: Snapshot, index: number): Plan {
  const condition = source.conditions[index];
  if (condition === undefined) throw new FilterError("not-filterable", "a condition is missing");
  try {
    return planCondition(condition.tree);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new FilterError(
      error.code,
      `the condition at ${condition.at} is no filter: ${error.message}`,
    );
  }
}
