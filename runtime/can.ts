import { maskOf, permissionPasses } from "./decide.js";
import type { PolicyTypes } from "./policy-types.js";
import type { RoleMask, Snapshot } from "./snapshot.js";

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
  readonly actor?: { readonly roles: readonly string[] } | undefined;
}

/**
 * Whether a principal has a permission, for use inside handlers, jobs and resolvers, where no request meets
 * the gate. It decides by the policy in force as the gate would: tenant, denies, grants, conditions, and who
 * acts for the principal. A condition that reads the request cannot be decided here: it grants nothing, and
 * its deny denies unless the policy says `missing: skip`.
 */
export type Can<P extends PolicyTypes, Loaded> = <Permission extends P["permission"]>(
  gate: PolicyHolder,
  principal: P["principal"],
  permission: Permission,
  ...resource: CanArguments<Loaded, Permission>
) => boolean;

/** What a policy asks of a caller besides roles, opened for a snapshot. */
export type JudgeClauses = (snapshot: Snapshot) => (asked: AskedPermission) => boolean;

/** A permission that the roles of a principal pass. */
export interface AskedPermission {
  /** Number of the permission. */
  readonly permission: number;
  readonly mask: RoleMask;
  readonly principal: object;
  readonly resource: unknown;
}

/** `can` of a policy, as generated code types it; `judgeClauses` where more than roles decides. */
export function createCan<P extends PolicyTypes, Loaded>(
  judgeClauses: JudgeClauses = judgeRolesAlone,
): Can<P, Loaded> {
  const opened = new WeakMap<Snapshot, ReturnType<JudgeClauses>>();
  return (gate, principal, permission, ...[resource]) => {
    const snapshot = gate.snapshot();
    // The generated type of a principal holds these; untyped code that passes less is denied.
    const { roles = [], tenant, actor } = principal as unknown as Partial<AnyPrincipal>;
    const number = snapshot.source.permissions.findIndex(({ name }) => name === permission);
    if (number === -1) return false;
    const judge = opened.get(snapshot) ?? judgeClauses(snapshot);
    opened.set(snapshot, judge);
    const isBound = snapshot.source.principal.actor?.permissions === "intersection";
    const held = isBound && actor !== undefined ? [roles, actor.roles] : [roles];
    return held.every((names) => {
      const { mask } = maskOf(snapshot, names);
      const asked = { permission: number, mask, principal: { ...principal, tenant }, resource };
      return permissionPasses(snapshot, number, mask) && judge(asked);
    });
  };
}

/** A policy of roles alone; what another one asks besides cannot be decided here, and is refused. */
function judgeRolesAlone({ source }: Snapshot): () => boolean {
  const isAll = source.clauses.length === 0 && source.resources.length === 0;
  return () => isAll;
}
