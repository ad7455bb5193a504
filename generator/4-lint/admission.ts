import type { PermissionModel, PolicyModel, RouteModel } from "../3-model/policy-model.js";

/** A caller whom one rule admits and others do not. */
export type AdmittedCaller = CallerKind & {
  /** Where the others take no credentials of this strategy. */
  readonly strategy?: string;
};

type CallerKind =
  | { readonly kind: "anonymous" }
  | { readonly kind: "authenticated" }
  | {
      readonly kind: "roles";
      /** Roles that together are such a caller; empty where the search was given up. */
      readonly roles: readonly string[];
    };

export interface Admissions {
  /** Finds, for a rule, a caller whom it admits and none of the others does. */
  readonly callersBeyond: (others: readonly RouteModel[]) => FindCaller;
  /** Whether the rule admits any caller at all. */
  readonly isPassable: (rule: RouteModel) => boolean;
}

export type FindCaller = (rule: RouteModel) => AdmittedCaller | undefined;

/** A set of roles, a bit for each. */
type RoleSet = Uint32Array;

interface PermissionSets {
  /** Who may have it, if only under conditions. */
  readonly allow: RoleSet;
  /** Who has it whatever conditions say. */
  readonly certain: RoleSet;
  readonly deny: RoleSet;
}

type Needs = readonly PermissionSets[];

/** Which rules to fail in which way is a choice for each; past this many tries the caller is presumed to exist. */
const MAX_TRIES = 4096;

/** Answers who is admitted; remembers the answers, since most routes of a policy share a few rules. */
export function createAdmissions(model: PolicyModel): Admissions {
  const words = Math.ceil(model.roles.length / 32);
  const numbers = new Map(model.roles.map((role, index) => [role.name, index]));
  const toSet = (roles: readonly string[]): RoleSet => {
    const set: RoleSet = new Uint32Array(words);
    for (const role of roles) {
      const number = numbers.get(role);
      if (number !== undefined) set[number >>> 5] = (set[number >>> 5] ?? 0) | (1 << (number & 31));
    }
    return set;
  };
  const certainOf = createCertainOf(model);
  const sets = new Map(
    model.permissions.map((permission) => [
      permission.name,
      {
        allow: toSet(permission.grantedTo),
        certain: toSet(certainOf(permission)),
        deny: toSet(permission.deniedTo),
      },
    ]),
  );
  const everyRole = toSet(model.roles.map((role) => role.name));
  const keysByText = new Map<string, number>();
  const ruleKeys = new Map(model.routes.map((route) => [route, internRule(route)]));
  const answers = new Map<string, Map<number, AdmittedCaller | undefined>>();

  const callersBeyond: Admissions["callersBeyond"] = (others) => {
    const keys = [...new Set(others.map(keyOf))].toSorted((a, b) => a - b).join(" ");
    const known = answers.get(keys) ?? new Map<number, AdmittedCaller | undefined>();
    answers.set(keys, known);
    return (rule) => {
      const key = keyOf(rule);
      if (!known.has(key)) known.set(key, search(rule, others));
      return known.get(key);
    };
  };
  const isPassable: Admissions["isPassable"] = (rule) => {
    if (rule.access !== "permissions") return true;
    const needs = needsOf(rule);
    return admits(needs, largestSet(needs, everyRole));
  };
  return { callersBeyond, isPassable };

  function keyOf(rule: RouteModel): number {
    return ruleKeys.get(rule) ?? internRule(rule);
  }

  /** The same number for rules that admit the same callers by their wording. */
  function internRule(rule: RouteModel): number {
    const text = [rule.access, rule.permissions.join(" "), rule.strategies.join(" ")].join("\n");
    const key = keysByText.get(text) ?? keysByText.size;
    keysByText.set(text, key);
    return key;
  }

  function search(rule: RouteModel, others: readonly RouteModel[]): AdmittedCaller | undefined {
    if (others.some((other) => other.access === "public")) return undefined;
    if (rule.access === "public") return { kind: "anonymous" };
    // Who shows credentials that another rule does not take is nobody to it.
    for (const strategy of rule.strategies) {
      const rivals = others.filter((other) => other.strategies.includes(strategy));
      const found = searchAlike(rule, rivals);
      if (found !== undefined)
        return rivals.length === others.length ? found : { ...found, strategy };
    }
    return rule.strategies.length === 0 ? searchAlike(rule, others) : undefined;
  }

  /** Among rules that take the same credentials. */
  function searchAlike(rule: RouteModel, others: readonly RouteModel[]): CallerKind | undefined {
    if (others.some((other) => other.access === "authenticated")) return undefined;
    if (rule.access === "authenticated") return { kind: "authenticated" };
    const rivals = others.map((other) => certainNeeds(other, rule));
    const found = findRoles(needsOf(rule), rivals, everyRole);
    if (found === undefined) return undefined;
    const roles = found === "unknown" ? [] : namesIn(found);
    return { kind: "roles", roles };
  }

  function needsOf(rule: RouteModel): Needs {
    return rule.permissions.flatMap((permission) => sets.get(permission) ?? []);
  }

  /**
   * What another rule asks of a caller whom this one admits. Conditions may fail for the other alone, apart
   * from those of a permission that both need.
   */
  function certainNeeds(other: RouteModel, rule: RouteModel): Needs {
    return other.permissions.flatMap((permission) => {
      const needed = sets.get(permission);
      if (needed === undefined) return [];
      const isShared = rule.permissions.includes(permission);
      return isShared ? needed : { ...needed, allow: needed.certain };
    });
  }

  function namesIn(set: RoleSet): readonly string[] {
    return model.roles.flatMap((role, index) => (has(set, index) ? role.name : []));
  }
}

/**
 * Finds the roles that have a permission without conditions: no conditional deny, and no tenant, stands in
 * their way.
 */
function createCertainOf(model: PolicyModel): (permission: PermissionModel) => readonly string[] {
  const resources = new Map(model.resources.map((resource) => [resource.name, resource]));
  const denied = new Map<string, Set<string>>();
  for (const { effect, permissions, roles } of model.clauses) {
    if (effect !== "deny") continue;
    for (const name of permissions) {
      denied.set(name, new Set([...(denied.get(name) ?? []), ...roles]));
    }
  }
  return ({ name, action, resource, certainTo }) => {
    const { tenant, collection = [] } = resources.get(resource) ?? {};
    if (tenant !== undefined && !collection.includes(action)) return [];
    return certainTo.filter((role) => denied.get(name)?.has(role) !== true);
  };
}

/**
 * The largest set of roles that avoids every deny of the rule is tried first. Where another rule admits
 * it, no deny of that rule is met by any smaller set either: it fails only once the roles that allow
 * one of its permissions are left out, and which permission is the choice that is searched.
 */
function findRoles(
  rule: Needs,
  others: readonly Needs[],
  everyRole: RoleSet,
): RoleSet | "unknown" | undefined {
  let tries = 0;
  const largest = tryWith(largestSet(rule, everyRole));
  return largest instanceof Uint32Array ? smallerCaller(largest, rule, others) : largest;

  function tryWith(held: RoleSet): RoleSet | "unknown" | undefined {
    if (!admits(rule, held)) return undefined;
    const passing = others.find((other) => admits(other, held));
    if (passing === undefined) return held;
    if (tries >= MAX_TRIES) return "unknown";
    tries += 1;
    for (const needed of passing) {
      const found = tryWith(without(held, needed.allow));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** All roles but those that a deny of the rule is about. */
function largestSet(rule: Needs, everyRole: RoleSet): RoleSet {
  return rule.reduce((held, needed) => without(held, needed.deny), everyRole);
}

/** One role where one will do; otherwise what is left once no part of the set can be spared. */
function smallerCaller(largest: RoleSet, rule: Needs, others: readonly Needs[]): RoleSet {
  const isBeyond = (held: RoleSet) =>
    admits(rule, held) && !others.some((other) => admits(other, held));
  const roles = Array.from({ length: largest.length * 32 }, (_, index) => index).filter((index) =>
    has(largest, index),
  );
  const single = roles.find((role) => isBeyond(setOf([role], largest.length)));
  if (single !== undefined) return setOf([single], largest.length);
  let kept = roles;
  for (let part = kept.length >> 1; part >= 1; part >>= 1) {
    for (let from = 0; from < kept.length; ) {
      const fewer = kept.toSpliced(from, part);
      if (isBeyond(setOf(fewer, largest.length))) kept = fewer;
      else from += part;
    }
  }
  return setOf(kept, largest.length);
}

function admits(needs: Needs, held: RoleSet): boolean {
  return needs.every(({ allow, deny }) => !overlaps(held, deny) && overlaps(held, allow));
}

function overlaps(a: RoleSet, b: RoleSet): boolean {
  for (let word = 0; word < a.length; word += 1) {
    if (((a[word] ?? 0) & (b[word] ?? 0)) !== 0) return true;
  }
  return false;
}

function without(a: RoleSet, b: RoleSet): RoleSet {
  return a.map((word, index) => word & ~(b[index] ?? 0));
}

function has(set: RoleSet, index: number): boolean {
  return ((set[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setOf(roles: readonly number[], words: number): RoleSet {
  const set: RoleSet = new Uint32Array(words);
  for (const role of roles) set[role >>> 5] = (set[role >>> 5] ?? 0) | (1 << (role & 31));
  return set;
}
