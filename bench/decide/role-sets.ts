import type { RoleName } from "./route-table.js";

/** What stands behind a router that knows nothing of roles: the route's number and its set of roles. */
export interface RoleRule {
  readonly number: number;
  readonly roles: ReadonlySet<RoleName>;
}

/** A caller passes with one role of the set. */
export function applyRoleSet(rule: RoleRule, held: readonly RoleName[] | undefined): number {
  if (held !== undefined) {
    for (const role of held) if (rule.roles.has(role)) return rule.number * 2 + 1;
  }
  return rule.number * 2;
}
