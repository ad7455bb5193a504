import type { SourceSpan } from "../../diagnostics/diagnostic.js";
import type { RoleModel } from "../../3-model/policy-model.js";
import type { Rule } from "../rule.js";

/** Why: a deny always wins, so such a grant reads as a right that nobody has. */
export const grantNeverEffective: Rule = {
  name: "grant-never-effective",
  severity: "error",
  *check(model) {
    const roles = new Map(model.roles.map((role) => [role.name, role]));
    for (const role of model.roles) {
      if (role.denied.length === 0) continue;
      const denied = new Set(role.denied);
      for (const grant of role.grants) {
        if (!grant.permissions.every((permission) => denied.has(permission))) continue;
        const [first] = grant.permissions;
        if (first === undefined) continue;
        const source = findDeny(role, roles, first);
        const by =
          source === undefined || source.role === role ? "itself" : `\`${source.role.name}\``;
        yield {
          at: grant.at,
          message: `role \`${role.name}\` is granted \`${grant.text}\`, but denied it by ${by}`,
          help: "remove the grant, or the deny: a deny wins over every grant",
          ...(source === undefined ? {} : { related: [{ message: "denied here", at: source.at }] }),
        };
      }
    }
  },
};

interface DenySource {
  readonly role: RoleModel;
  readonly at: SourceSpan;
}

/** The role's own deny, or else that of the ancestor whose name comes first. */
function findDeny(
  role: RoleModel,
  roles: ReadonlyMap<string, RoleModel>,
  permission: string,
): DenySource | undefined {
  const ancestors = role.ancestors.flatMap((name) => roles.get(name) ?? []);
  for (const candidate of [role, ...ancestors]) {
    const deny = candidate.denies.find(({ permissions }) => permissions.includes(permission));
    if (deny !== undefined) return { role: candidate, at: deny.at };
  }
  return undefined;
}
