import type { PermissionModel } from "../3-model/policy-model.js";

/** Roles that pass a check of the permission alone: granted, and not denied. */
export function rolesHolding(permission: PermissionModel): readonly string[] {
  const denied = new Set(permission.deniedTo);
  return permission.grantedTo.filter((role) => !denied.has(role));
}
