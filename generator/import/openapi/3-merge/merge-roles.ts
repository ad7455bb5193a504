import { quoteText } from "../../../3-model/quote-text.js";
import type { RoleFacts } from "./import-facts.js";
import { keysOf, sameNames, without } from "./merge-facts.js";
import type { MergeConflict, MergedRoles, RoleEdit, ThreeWays } from "./merge-facts.js";

const none: RoleFacts = { description: "", inherits: [], grants: [], denies: [] };

/** `orphans` are permissions that routes of the policy need and the document has no more. */
export function mergeRoles(ways: ThreeWays, orphans: ReadonlySet<string>): MergedRoles {
  const { base, ours, theirs, foreignRoles } = ways;
  const added: string[] = [];
  const removed: string[] = [];
  const edited: RoleEdit[] = [];
  const foreign: string[] = [];
  const conflicts: MergeConflict[] = [];
  for (const name of keysOf(base.roles, theirs.roles)) {
    const before = base.roles.get(name);
    const after = theirs.roles.get(name);
    const here = ours.roles.get(name);
    const conflict = (message: string) => conflicts.push({ kind: "role", name, message });
    if (here === undefined) {
      if (before === undefined || foreignRoles.has(name)) {
        if (after !== undefined) added.push(name);
      } else if (after !== undefined && !isAlike(before, after)) {
        conflict("you removed it; the document now gives it other permissions");
      }
      continue;
    }
    if (before === undefined || foreignRoles.has(name)) {
      // Whoever holds the role holds it for another reason: the document's permissions are not for them.
      if (after !== undefined) foreign.push(name);
      if (!isAlike(before ?? none, after ?? none) && !isAlike(here, after ?? none)) {
        conflict(
          "the policy has a role of this name for itself; the document's grants are not added",
        );
      }
      continue;
    }
    const { grants, inherits, description } = after ?? none;
    const gone = without(before.grants, grants).filter((permission) =>
      here.grants.includes(permission),
    );
    const stillNeeded = gone.filter((permission) => orphans.has(permission));
    if (after === undefined && stillNeeded.length === 0 && isWithin(here, before)) {
      const heir = findHeir(ways, name);
      if (heir === undefined) {
        removed.push(name);
        continue;
      }
      conflict(
        `the document no longer has it; it stays, since role ${quoteText(heir)} inherits it`,
      );
    }
    const news = without(without(grants, before.grants), here.grants);
    const edit: RoleEdit = {
      name,
      description:
        after !== undefined &&
        here.description === before.description &&
        description !== before.description
          ? description
          : undefined,
      grants: {
        added: news.filter((permission) => !hasWildcard(here, permission)),
        removed: without(gone, stillNeeded),
      },
      inherits: {
        added: without(without(inherits, before.inherits), here.inherits).filter(
          (parent) => ours.roles.has(parent) || !base.roles.has(parent),
        ),
        removed: without(before.inherits, inherits).filter((parent) =>
          here.inherits.includes(parent),
        ),
      },
    };
    if (!isEmpty(edit)) edited.push(edit);
  }
  return { added, removed, edited, foreign, conflicts };
}

/** A role that inherits this one, and goes on to when the merge is done. */
function findHeir({ base, ours, theirs }: ThreeWays, name: string): string | undefined {
  const isCut = (other: string) =>
    base.roles.get(other)?.inherits.includes(name) === true &&
    theirs.roles.get(other)?.inherits.includes(name) !== true;
  return [...ours.roles].find(
    ([other, { inherits }]) => inherits.includes(name) && !isCut(other),
  )?.[0];
}

function isAlike(one: RoleFacts, other: RoleFacts): boolean {
  return sameNames(one.grants, other.grants) && sameNames(one.inherits, other.inherits);
}

function isWithin(here: RoleFacts, before: RoleFacts): boolean {
  return (
    without(here.grants, before.grants).length === 0 &&
    without(here.inherits, before.inherits).length === 0 &&
    here.denies.length === 0
  );
}

function hasWildcard({ grants }: RoleFacts, permission: string): boolean {
  return grants.includes(`${permission.slice(0, permission.indexOf("."))}.*`);
}

function isEmpty({ description, grants, inherits }: RoleEdit): boolean {
  const lists = [grants, inherits].flatMap(({ added, removed }) => [...added, ...removed]);
  return description === undefined && lists.length === 0;
}
