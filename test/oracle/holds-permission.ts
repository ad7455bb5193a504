import type { PlainClause } from "./plain-conditions.js";
import type { PlainPolicy } from "./plain-policy.js";

/**
 * Whether a principal with these roles passes the role check of a permission: no role of the closure denies
 * it for certain and one grants it, if only under conditions. Names that the policy does not know give nothing.
 */
export function holdsPermission(
  policy: PlainPolicy,
  roles: readonly string[],
  permission: string,
): boolean {
  if (saysForCertain(policy, roles, { list: "denies", permission })) return false;
  return (
    saysForCertain(policy, roles, { list: "grants", permission }) ||
    clausesFor(policy, roles, permission).some(({ effect }) => effect === "grant")
  );
}

/** Whether a role of the closure grants or denies a permission without conditions. */
export function saysForCertain(
  policy: PlainPolicy,
  roles: readonly string[],
  { list, permission }: { readonly list: "grants" | "denies"; readonly permission: string },
): boolean {
  return closeRoles(policy, roles).some((name) =>
    policy.roles.get(name)?.[list].some((text) => standsFor(policy, text, permission)),
  );
}

/** What is said of a permission under conditions to holders of these roles, by derived roles too. */
export function clausesFor(
  policy: PlainPolicy,
  roles: readonly string[],
  permission: string,
): readonly PlainClause[] {
  const closure = closeRoles(policy, roles);
  const own = closure.flatMap((name) => policy.roles.get(name)?.clauses ?? []);
  const derived = policy.conditional.derivedRoles
    .filter(({ from }) => from.some((name) => closure.includes(name)))
    .map(({ clause }) => clause);
  return [...own, ...derived].filter(({ permissions }) =>
    permissions.some((text) => standsFor(policy, text, permission)),
  );
}

/** The roles and all that they inherit from, directly or not. */
export function closeRoles(policy: PlainPolicy, roles: readonly string[]): readonly string[] {
  const held = new Set(roles.filter((name) => policy.roles.has(name)));
  const parents = [...held].flatMap((name) => policy.roles.get(name)?.inherits ?? []);
  const all = new Set([...held, ...parents]);
  return all.size === held.size ? [...held] : closeRoles(policy, [...all]);
}

function standsFor(policy: PlainPolicy, text: string, permission: string): boolean {
  if (text === permission) return true;
  const [resource, action] = text.split(".");
  return (
    action === "*" &&
    policy.permissions.includes(permission) &&
    permission.startsWith(`${resource}.`)
  );
}
