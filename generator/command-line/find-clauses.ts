import type { PermissionReference, PolicyModel, RoleModel } from "../3-model/policy-model.js";
import { createPlaceOf } from "../diagnostics/position.js";

/** A line of the policy that grants or denies a permission to a role. */
export interface Clause {
  readonly permission: string;
  readonly effect: "grant" | "deny";
  /** The role that the caller holds. */
  readonly role: string;
  /** The role that the line belongs to: the same, or one that it inherits. */
  readonly writtenIn: string;
  /** `file:line` */
  readonly at: string;
  /** Whether it holds only while its conditions do. */
  readonly conditional: boolean;
}

/** All lines that grant or deny these permissions to these roles; unknown roles have none. */
export function findClauses(
  model: PolicyModel,
  permissions: readonly string[],
  roles: readonly string[],
): readonly Clause[] {
  const byName = new Map(model.roles.map((role) => [role.name, role]));
  const placeOf = createPlaceOf(model.sources);
  const held = [...new Set(roles)].flatMap((name) => byName.get(name) ?? []);
  return permissions.flatMap((permission) =>
    held.flatMap((role) =>
      [role.name, ...role.ancestors].flatMap((name) => {
        const written = byName.get(name);
        return written === undefined ? [] : clausesOf(role, written, permission);
      }),
    ),
  );

  function clausesOf(role: RoleModel, written: RoleModel, permission: string): readonly Clause[] {
    const toClauses = (references: readonly PermissionReference[], effect: Clause["effect"]) =>
      references
        .filter((reference) => reference.permissions.includes(permission))
        .map(({ at, when }): Clause => {
          const place = placeOf(at);
          const own = { permission, effect, role: role.name, writtenIn: written.name };
          return { ...own, at: place, conditional: when !== undefined };
        });
    const denies = [...written.denies, ...written.conditionalDenies];
    return [...toClauses(denies, "deny"), ...toClauses(written.grants, "grant")];
  }
}
