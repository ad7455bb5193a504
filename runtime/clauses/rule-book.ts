import { buildCondition } from "../conditions/build-condition.js";
import type { Condition } from "../conditions/build-condition.js";
import type { ConditionError } from "../conditions/condition-error.js";
import type { RoleMask, Snapshot } from "../snapshot.js";
import type { SerializedClause, SerializedResource } from "../snapshot-format.js";
import { decodeWords } from "../trie.js";

/** Functions that a build made of the conditions of one snapshot, in their order. */
export interface CompiledConditions {
  /** Of that snapshot: for another one, conditions are built from its own trees. */
  readonly digest: string;
  readonly functions: readonly ((inputs: never) => boolean | ConditionError)[];
}

/** A clause with its roles as a mask. */
export interface OpenClause {
  readonly source: SerializedClause;
  readonly mask: RoleMask;
  /** Whether a condition of it reads the resource. */
  readonly readsResource: boolean;
}

/** What stands behind the role check of one permission. */
export interface PermissionRule {
  readonly denies: readonly OpenClause[];
  readonly grants: readonly OpenClause[];
  /** Of whom the permission is granted to without conditions; undefined where no grant has any. */
  readonly certain: RoleMask | undefined;
  /** The resource of which a single one is asked for; undefined where none is. */
  readonly resource: SerializedResource | undefined;
}

export interface RuleBook {
  readonly snapshot: Snapshot;
  readonly conditions: readonly Condition[];
  /** Undefined where roles alone decide. */
  ruleOf(permission: number): PermissionRule | undefined;
}

/** @throws GateError `snapshot-invalid` for a condition that is none. */
export function openRuleBook(snapshot: Snapshot, compiled: CompiledConditions): RuleBook {
  const { clauses, conditions, resources, certain } = snapshot.source;
  const isOwn = compiled.digest === snapshot.digest;
  const certainWords = certain === "" ? undefined : decodeWords(certain);
  const opened = clauses.map((source): OpenClause => {
    const mask = new Int32Array(snapshot.maskWords);
    for (const role of source.roles) mask[role >> 5] = (mask[role >> 5] ?? 0) | (1 << (role & 31));
    const readsResource = source.conditions.some(
      (index) => (conditions[index]?.resource ?? -1) !== -1,
    );
    return { source, mask, readsResource };
  });
  const resourceOf = new Map(
    resources.flatMap((resource) =>
      resource.permissions.map((permission) => [permission, resource] as const),
    ),
  );
  const clausesOf = new Map<number, OpenClause[]>();
  for (const clause of opened) {
    for (const permission of clause.source.permissions) {
      const own = clausesOf.get(permission);
      if (own === undefined) clausesOf.set(permission, [clause]);
      else own.push(clause);
    }
  }
  const rules = new Map<number, PermissionRule>();
  for (const permission of new Set([...clausesOf.keys(), ...resourceOf.keys()])) {
    const own = clausesOf.get(permission) ?? [];
    const resource = resourceOf.get(permission);
    const hasTenant = resource !== undefined && resource.tenant !== null;
    if (own.length === 0 && !hasTenant) continue;
    const from = permission * snapshot.maskWords;
    rules.set(permission, {
      denies: own.filter(({ source }) => source.effect === "deny"),
      grants: own.filter(({ source }) => source.effect === "grant"),
      certain: certainWords?.subarray(from, from + snapshot.maskWords),
      resource,
    });
  }
  return {
    snapshot,
    // Their inputs are those that the snapshot was compiled with.
    conditions: isOwn
      ? (compiled.functions as readonly Condition[])
      : conditions.map(({ tree }) => buildCondition(tree)),
    ruleOf: (permission) => rules.get(permission),
  };
}

export function overlaps(a: RoleMask, b: RoleMask): boolean {
  return a.some((word, index) => (word & (b[index] ?? 0)) !== 0);
}
