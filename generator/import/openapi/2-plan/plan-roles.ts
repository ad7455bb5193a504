import { compareText } from "../../../3-model/sort-names.js";
import { entriesIn, valueIn } from "../1-read/plain-value.js";
import type { PlainMap } from "../1-read/plain-value.js";
import { schemeOf } from "../1-read/read-needs.js";
import { toLine } from "../1-read/to-line.js";
import type { PlannedRole } from "./import-plan.js";
import type { NamedPermission } from "./name-permissions.js";

export interface RoleSources {
  readonly document: PlainMap;
  /** The reading role that each writing role inherits. */
  readonly inherited: ReadonlyMap<string, string>;
}

/** A role for every scope, scheme or tag that opens something. */
export function planRoles(
  { document, inherited }: RoleSources,
  permissions: readonly NamedPermission[],
): readonly PlannedRole[] {
  const grants = new Map<string, string[]>();
  for (const { resource, action, roles } of permissions) {
    for (const role of roles) {
      const reader = inherited.get(role);
      if (reader !== undefined && roles.includes(reader)) continue;
      const held = grants.get(role);
      if (held === undefined) grants.set(role, [`${resource}.${action}`]);
      else held.push(`${resource}.${action}`);
    }
  }
  const scopes = scopeDescriptions(document);
  return [...grants]
    .map(([name, held]) => {
      const reader = inherited.get(name);
      return {
        name,
        description: scopes.get(name) ?? describeScheme(name),
        inherits: reader !== undefined && grants.has(reader) ? [reader] : [],
        grants: held.toSorted(),
      };
    })
    .toSorted((a, b) => compareText(a.name, b.name));
}

function describeScheme(role: string): string {
  const scheme = schemeOf(role);
  return scheme === undefined ? "" : `Callers who come by ${scheme}, which has no scopes.`;
}

/** What the security schemes say of each scope, the first of them where several do. */
function scopeDescriptions(document: PlainMap): ReadonlyMap<string, string> {
  const schemes = entriesIn(valueIn(valueIn(document, "components"), "securitySchemes"));
  const found = new Map<string, string>();
  for (const [, scheme] of schemes) {
    for (const [, flow] of entriesIn(valueIn(scheme, "flows"))) {
      for (const [scope, text] of entriesIn(valueIn(flow, "scopes"))) {
        if (typeof text === "string" && !found.has(scope)) found.set(scope, toLine(text));
      }
    }
  }
  return found;
}
