import type { RoleMask, Snapshot } from "../snapshot.js";
import { decodeWords } from "../trie.js";

/** Whether more than the roles decides a permission for their holders, once they pass the role check. */
export function isConditional(
  { source, maskWords }: Snapshot,
  permission: number,
  roles: RoleMask,
): boolean {
  const holds = (role: number) => ((roles[role >> 5] ?? 0) & (1 << (role & 31))) !== 0;
  const hasTenant = source.resources.some(
    ({ tenant, permissions }) => tenant !== null && permissions.includes(permission),
  );
  const isDenied = source.clauses.some(
    (clause) =>
      clause.effect === "deny" &&
      clause.permissions.includes(permission) &&
      clause.roles.some(holds),
  );
  if (hasTenant || isDenied) return true;
  if (source.certain === "") return false;
  const certain = decodeWords(source.certain);
  const from = permission * maskWords;
  return !roles.some((word, index) => (word & (certain[from + index] ?? 0)) !== 0);
}
