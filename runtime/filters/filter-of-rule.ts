import type { ConditionInputs } from "../conditions/built.js";
import type { ConditionFields, ConditionType } from "../conditions/types.js";
import { isCertain, asksForResource } from "../clauses/judge.js";
import { overlaps } from "../clauses/rule-book.js";
import type { OpenClause, PermissionRule } from "../clauses/rule-book.js";
import type { RoleMask } from "../snapshot.js";
import { all, allOf, anyOf, none, not, oneOf } from "./combine.js";
import type { Filter, FilterType } from "./filter.js";
import { isTotal } from "./outcomes.js";
import { refuse } from "./plan-node.js";
import type { Plan } from "./plan-node.js";

/**
 * The rows for which `judge` grants: those of the tenant, that no deny meets, and that some grant does. The two say
 * the same in the same order.
 */
export function filterOfRule(
  rule: PermissionRule,
  roles: RoleMask,
  planOf: (condition: number) => Plan,
  inputs: ConditionInputs & { readonly principal: { readonly tenant?: unknown } },
): Filter {
  const outcomesOf = ({ source }: OpenClause) =>
    source.conditions.map((index) => planOf(index)(inputs));
  const passes = (deny: OpenClause): Filter => {
    const outcomes = outcomesOf(deny);
    // What is false for certain does not apply. The rest does, unless it may be left out where it is not decided.
    const isOff = outcomes.map((outcome) =>
      isTotal(outcome) || deny.source.missing === "deny"
        ? outcome.whenFalse
        : not(outcome.whenTrue),
    );
    return anyOf(isOff);
  };
  const holds = (grant: OpenClause) => allOf(outcomesOf(grant).map(({ whenTrue }) => whenTrue));
  const denies = rule.denies.filter(({ mask }) => overlaps(mask, roles));
  const grants = rule.grants.filter(({ mask }) => overlaps(mask, roles));
  const parts = [
    tenantOf(rule, inputs.principal.tenant),
    ...denies.map(passes),
    isCertain(rule, roles) ? all : anyOf(grants.map(holds)),
  ];
  const isAsked = rule.resource !== undefined && asksForResource(rule, roles);
  const granted = allOf(parts);
  if (!isAsked || granted.op === "none") return granted;
  return allOf([...fitsOf(rule.resource.fields), granted]);
}

function tenantOf({ resource }: PermissionRule, own: unknown): Filter {
  const tenant = resource?.tenant ?? null;
  if (resource === undefined || tenant === null) return all;
  if (typeof own !== "string" || resource.fields[tenant]?.type !== "string") return none;
  return oneOf(tenant, "string", [own]);
}

/** What does not fit its declaration is decided against. */
function fitsOf(fields: ConditionFields): readonly Filter[] {
  return Object.entries(fields).map(([attribute, { type, optional }]) => {
    return { op: "fits", attribute, type: typeOf(type), isOptional: optional === true };
  });
}

function typeOf(type: ConditionType): FilterType {
  const isList = typeof type === "object" && "list" in type && type.list === "string";
  const scalar = scalars.find((name) => name === type);
  return isList ? "list<string>" : (scalar ?? refuse("an attribute of another type"));
}

const scalars = ["string", "int", "double", "bool", "timestamp"] as const;
