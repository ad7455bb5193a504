import { asksForResource, judge } from "./clauses/judge.js";
import { openRuleBook } from "./clauses/rule-book.js";
import type { CompiledConditions, RuleBook } from "./clauses/rule-book.js";
import { checkInputs } from "./conditions/check-inputs.js";
import { maskOf, permissionPasses } from "./decide.js";
import type { PolicyTypes } from "./policy-types.js";
import type { Snapshot } from "./snapshot.js";

/** The resource that a decision about a permission needs; none where no condition reads one. */
export type CanArguments<Loaded, Permission extends string> = Permission extends keyof Loaded
  ? [resource: Loaded[Permission]]
  : [];

/** Whoever gives the policy in force: the gate. */
export interface PolicyHolder {
  snapshot(): Snapshot;
}

/** What a principal of any policy has. */
interface AnyPrincipal {
  readonly roles: readonly string[];
  readonly tenant?: string | undefined;
}

/**
 * Whether a principal has a permission, for use inside handlers, jobs and resolvers, where no request meets
 * the gate. It decides by the policy in force as the gate would: tenant, denies, grants, conditions. A
 * condition that reads the request cannot be decided here: it grants nothing, and its deny denies unless the
 * policy says `missing: skip`.
 */
export type Can<P extends PolicyTypes, Loaded> = <Permission extends P["permission"]>(
  gate: PolicyHolder,
  principal: P["principal"],
  permission: Permission,
  ...resource: CanArguments<Loaded, Permission>
) => boolean;

/** `can` of a policy, as generated code types it. */
export function createCan<P extends PolicyTypes, Loaded>(
  compiled: CompiledConditions,
): Can<P, Loaded> {
  const books = new WeakMap<Snapshot, RuleBook>();
  const bookOf = (snapshot: Snapshot) => {
    const book = books.get(snapshot) ?? openRuleBook(snapshot, compiled);
    books.set(snapshot, book);
    return book;
  };
  return (gate, principal, permission, ...[resource]) => {
    const snapshot = gate.snapshot();
    // The generated type of a principal holds these; untyped code that passes less is denied.
    const { roles = [], tenant } = principal as unknown as Partial<AnyPrincipal>;
    const number = snapshot.source.permissions.findIndex(({ name }) => name === permission);
    const { mask } = maskOf(snapshot, roles);
    if (number === -1 || !permissionPasses(snapshot, number, mask)) return false;
    const book = bookOf(snapshot);
    const rule = book.ruleOf(number);
    if (rule === undefined) return true;
    const { fields } = rule.resource ?? {};
    const isAsked = fields !== undefined && asksForResource(rule, mask);
    // Conditions trust their inputs: two attributes that are both missing would be equal.
    if (isAsked && checkInputs(fields, resource) !== undefined) return false;
    const inputs = {
      principal: { ...principal, tenant },
      resource: isAsked ? Object(resource) : undefined,
    };
    return judge(rule, mask, book.conditions, inputs).outcome === "granted";
  };
}
