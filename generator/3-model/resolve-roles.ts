import type { PolicyEntry } from "../1-load/policy-document.js";
import { closeRoles } from "./close-roles.js";
import { findRoleLoops } from "./find-role-loops.js";
import type { Report } from "./mistake.js";
import type {
  NamedReference,
  PermissionModel,
  PermissionReference,
  RoleModel,
} from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf, valueAt } from "./read-node.js";
import { resolveClause } from "./resolve-permissions.js";
import type { DeclaredPermissions } from "./resolve-permissions.js";
import { byName } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";

/** A role as written, its names looked up. */
export type WrittenRole = Omit<RoleModel, "ancestors" | "granted" | "denied">;

export interface ResolvedRoles {
  readonly roles: readonly RoleModel[];
  readonly permissions: readonly PermissionModel[];
}

/** Looks up what the roles name and closes inheritance; empty after a loop. */
export function resolveRoles(
  entries: readonly PolicyEntry[],
  declared: DeclaredPermissions,
  report: Report,
): ResolvedRoles {
  const none: ResolvedRoles = { roles: [], permissions: [] };
  const written = readRoles(entries, declared, report);
  const numbers = new Map(written.map((role, index) => [role.name, index]));
  const parents = written.map((role) =>
    role.inherits.flatMap((parent) => numbers.get(parent.name) ?? []),
  );
  const { loops, parentsFirst } = findRoleLoops(parents);
  for (const loop of loops) reportLoop(loop, written, report);
  if (loops.length > 0) return none;
  const closed = closeRoles({ roles: written, parents, parentsFirst, declared: declared.all });
  if (closed !== undefined) return closed;
  const at = written[0]?.at;
  if (at !== undefined) {
    report({
      code: "policy-too-large",
      message: "the roles together inherit and grant more than can be written down",
      at,
      help: "flatten long chains of roles, or split the policy",
    });
  }
  return none;
}

function readRoles(
  entries: readonly PolicyEntry[],
  declared: DeclaredPermissions,
  report: Report,
): readonly WrittenRole[] {
  for (const entry of entries) reportBadName(entry, report);
  const known = new Set(entries.map((entry) => entry.key));
  const suggestRole = createSuggestName([...known]);
  const readParents = (role: PolicyEntry): readonly NamedReference[] =>
    itemsOf(valueAt(role.value, "inherits")).flatMap((node) => {
      const name = textOf(node);
      if (name !== undefined && known.has(name)) return [{ name, at: node.at }];
      report({
        code: "unknown-role",
        message: name === undefined ? "a role's name is a text" : `unknown role ${quoteText(name)}`,
        at: node.at,
        help:
          (name === undefined ? undefined : suggestRole(name)) ?? "declare the role under `roles`",
      });
      return [];
    });
  const readGrants = (
    role: PolicyEntry,
    key: "grants" | "denies",
  ): readonly PermissionReference[] => {
    const grants = itemsOf(valueAt(role.value, key)).flatMap((node) =>
      resolveClause(node, declared, report),
    );
    return [
      ...new Map(grants.toReversed().map((grant) => [keyOf(grant), grant])).values(),
    ].toReversed();
  };
  return entries
    .map((entry) => {
      const denies = readGrants(entry, "denies");
      return {
        name: entry.key,
        description: textOf(valueAt(entry.value, "description")),
        at: entry.keyAt,
        inherits: readParents(entry),
        grants: readGrants(entry, "grants"),
        denies: denies.filter(({ when }) => when === undefined),
        conditionalDenies: denies.filter(({ when }) => when !== undefined),
      };
    })
    .toSorted(byName);
}

/** The same grant twice is one; under another condition it is another. */
function keyOf({ text, when }: PermissionReference): string {
  return `${text} ${when?.at.start ?? ""}`;
}

/** Controls, what nobody sees, and halves of surrogate pairs, which have no UTF-8. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Two names that look alike must be one, and what a token carries is compared letter by letter. */
function reportBadName(role: PolicyEntry, report: Report): void {
  if (UNPRINTABLE.test(role.key)) {
    report({
      code: "bad-name",
      message: `the name ${quoteText(role.key)} holds a character that does not show`,
      at: role.keyAt,
      help: "name a role with letters, digits and punctuation",
    });
  } else if (role.key !== role.key.normalize("NFC")) {
    report({
      code: "bad-name",
      message: `the name ${quoteText(role.key)} is not composed (Unicode NFC)`,
      at: role.keyAt,
      help: `write it as ${quoteText(role.key.normalize("NFC"))}, as tokens carry it`,
    });
  }
}

/** The loop is reported where its alphabetically first role names the next. */
function reportLoop(loop: readonly number[], roles: readonly WrittenRole[], report: Report): void {
  const least = loop.indexOf(loop.reduce((a, b) => Math.min(a, b)));
  const members = [...loop.slice(least), ...loop.slice(0, least)].flatMap((n) => roles[n] ?? []);
  const [first] = members;
  if (first === undefined) return;
  const steps = members.map((role, index) => {
    const parent = (members[index + 1] ?? first).name;
    return { role, reference: role.inherits.find((reference) => reference.name === parent) };
  });
  const names = [...members, first].map((role) => quoteText(role.name));
  report({
    code: "role-loop",
    message:
      members.length === 1
        ? `role ${names[0]} inherits itself`
        : `roles inherit in a loop: ${names.join(" -> ")}`,
    at: steps[0]?.reference?.at ?? first.at,
    help: "take one of these roles out of another's `inherits`",
    related: steps.slice(1, MAX_RELATED).map(({ role, reference }) => ({
      message: `${quoteText(role.name)} inherits here`,
      at: reference?.at ?? role.at,
    })),
  });
}

/** The message names the whole loop; the frames below it stay readable. */
const MAX_RELATED = 9;
