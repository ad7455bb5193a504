import { parse, stringify } from "yaml";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";

/**
 * A policy of which every condition is taken to hold for a grant and not to hold for a deny: what is left
 * is what roles decide. The reference interpreter reads this form.
 */
export function rolesAlone(sources: readonly SourceText[]): readonly string[] {
  const files = sources.map(({ text }): Plain => parse(text));
  const derived = files.flatMap((file) => Object.values(file["derivedRoles"] ?? {}));
  return files.map((file) => {
    const roles = Object.entries(file["roles"] ?? {}).map(([name, role]) => {
      const more = derived.filter(({ from }) => listOf(from).includes(name));
      const grants = [role, ...more].flatMap((each) => listOf(each.grants));
      const denies = listOf(role.denies).filter((item) => !isConditional(item));
      return [name, { ...role, grants: grants.flatMap(nameIn), denies: denies.flatMap(nameIn) }];
    });
    return stringify({ ...file, roles: Object.fromEntries(roles) });
  });
}

// A policy file that compiles: any other form of it is a mistake that the compiler has refused.
type Plain = Readonly<Record<string, Readonly<Record<string, any>>>>;

function listOf(value: unknown): readonly any[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function isConditional(item: any): boolean {
  return typeof item !== "string" && item.when !== undefined;
}

function nameIn(item: any): readonly string[] {
  return typeof item === "string" ? [item] : listOf(item.permission);
}
