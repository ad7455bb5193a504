import type { PlainPolicy } from "./plain-policy.js";

/**
 * Whether a principal with these roles holds a permission: no role of the closure denies it and one
 * grants it. Names that the policy does not know give nothing.
 */
export function holdsPermission(
  policy: PlainPolicy,
  roles: readonly string[],
  permission: string,
): boolean {
  const closure = closeRoles(policy, roles);
  const says = (list: "grants" | "denies") =>
    closure.some((name) =>
      policy.roles.get(name)?.[list].some((text) => standsFor(policy, text, permission)),
    );
  return !says("denies") && says("grants");
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
