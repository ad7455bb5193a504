import { quoteText } from "../../../3-model/quote-text.js";
import type { ResourceFacts } from "./import-facts.js";
import { keysOf, without } from "./merge-facts.js";
import type { Merged, MergeConflict, ResourceEdit, RoleEdit, ThreeWays } from "./merge-facts.js";

const none: ResourceFacts = { description: "", actions: [], isExtended: false };

/**
 * An action that a route or a role of the policy still names stays: without it the policy would not
 * compile. The roles are as their own merge leaves them.
 */
export function mergeResources(
  { base, ours, theirs }: ThreeWays,
  orphans: ReadonlySet<string>,
  roles: Merged<RoleEdit>,
): Merged<ResourceEdit> {
  const added: string[] = [];
  const removed: string[] = [];
  const edited: ResourceEdit[] = [];
  const conflicts: MergeConflict[] = [];
  const granted = grantedAfter(ours, roles);
  for (const name of keysOf(base.resources, theirs.resources)) {
    const before = base.resources.get(name);
    const after = theirs.resources.get(name);
    const here = ours.resources.get(name);
    const conflict = (message: string) => conflicts.push({ kind: "resource", name, message });
    if (here === undefined) {
      const news = without(after?.actions ?? [], before?.actions ?? []);
      if (before === undefined) added.push(name);
      else if (news.length > 0) conflict(`you removed it; the document gives it ${list(news)}`);
      continue;
    }
    const old = before ?? none;
    const { actions, description } = after ?? none;
    const gone = without(old.actions, actions).filter((action) => here.actions.includes(action));
    const used = gone.filter(
      (action) => orphans.has(`${name}.${action}`) || granted.has(`${name}.${action}`),
    );
    for (const action of used) {
      const permission = `${name}.${action}`;
      const user = orphans.has(permission)
        ? "a route of yours needs it"
        : `role ${quoteText(granted.get(permission) ?? "")} names it`;
      conflict(`the document no longer has ${quoteText(action)}; it stays, since ${user}`);
    }
    const unused = without(gone, used);
    const isEmptied = without(here.actions, unused).length === 0 && actions.length === 0;
    const isHeld = here.isExtended || granted.has(`${name}.*`);
    if (isEmptied && !isHeld) {
      removed.push(name);
      continue;
    }
    if (isEmptied) conflict("the document no longer has it; it stays, since you build on it");
    const dropped = isEmptied ? [] : unused;
    const edit: ResourceEdit = {
      name,
      description:
        after !== undefined &&
        here.description === old.description &&
        description !== old.description
          ? description
          : undefined,
      actions: { added: without(without(actions, old.actions), here.actions), removed: dropped },
    };
    if (edit.description !== undefined || edit.actions.added.length + dropped.length > 0) {
      edited.push(edit);
    }
  }
  return { added, removed, edited, conflicts };
}

/** Each permission that a role of the policy names, with the first such role. */
function grantedAfter(
  ours: ThreeWays["ours"],
  roles: Merged<RoleEdit>,
): ReadonlyMap<string, string> {
  const removed = new Set(roles.removed);
  const edited = new Map(roles.edited.map(({ name, grants }) => [name, new Set(grants.removed)]));
  const granted = new Map<string, string>();
  for (const [name, { grants, denies }] of ours.roles) {
    if (removed.has(name)) continue;
    for (const permission of [...grants, ...denies]) {
      if (!edited.get(name)?.has(permission) && !granted.has(permission))
        granted.set(permission, name);
    }
  }
  return granted;
}

function list(names: readonly string[]): string {
  return names.map(quoteText).join(", ");
}
