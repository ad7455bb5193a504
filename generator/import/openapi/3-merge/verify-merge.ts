import { decideAlike } from "./import-facts.js";
import type { ImportFacts, RouteFacts } from "./import-facts.js";
import { keysOf, sameNames, without } from "./merge-facts.js";
import type { ListEdit, MergedFacts } from "./merge-facts.js";

export interface Expected {
  readonly ours: ImportFacts;
  readonly theirs: ImportFacts;
  readonly merged: MergedFacts;
}

/** What the edited policy does not say as the merge decided; undefined where it says everything. */
export function findMismatch(
  found: ImportFacts,
  { ours, theirs, merged }: Expected,
): string | undefined {
  const routes = new Map<string, RouteFacts>(ours.routes);
  for (const key of merged.routes.removed) routes.delete(key);
  for (const key of merged.routes.added) set(routes, key, theirs.routes.get(key));
  for (const { key, fields } of merged.routes.edited) {
    const facts = routes.get(key);
    if (facts !== undefined) routes.set(key, { ...facts, ...fields });
  }
  const actions = listsOf(ours.resources, "actions");
  for (const name of merged.resources.removed) actions.delete(name);
  for (const name of merged.resources.added)
    set(actions, name, theirs.resources.get(name)?.actions);
  for (const { name, actions: edit } of merged.resources.edited) change(actions, name, edit);
  const grants = listsOf(ours.roles, "grants");
  const inherits = listsOf(ours.roles, "inherits");
  for (const name of merged.roles.removed) {
    grants.delete(name);
    inherits.delete(name);
  }
  for (const name of merged.roles.added) {
    set(grants, name, theirs.roles.get(name)?.grants);
    set(inherits, name, theirs.roles.get(name)?.inherits);
  }
  for (const edit of merged.roles.edited) {
    change(grants, edit.name, edit.grants);
    change(inherits, edit.name, edit.inherits);
  }
  return (
    keysOf(routes, found.routes).find(
      (key) => !decideAlike(routes.get(key), found.routes.get(key)),
    ) ??
    findOddList(actions, listsOf(found.resources, "actions")) ??
    findOddList(grants, listsOf(found.roles, "grants")) ??
    findOddList(inherits, listsOf(found.roles, "inherits"))
  );
}

type Lists = Map<string, readonly string[]>;

function listsOf<Key extends string>(
  facts: ReadonlyMap<string, Readonly<Record<Key, readonly string[]>>>,
  key: Key,
): Lists {
  return new Map([...facts].map(([name, fields]) => [name, fields[key]]));
}

function set<Value>(map: Map<string, Value>, key: string, value: Value | undefined): void {
  if (value !== undefined) map.set(key, value);
}

function change(lists: Lists, name: string, { added, removed }: ListEdit): void {
  lists.set(name, [...without(lists.get(name) ?? [], removed), ...added]);
}

function findOddList(expected: Lists, found: Lists): string | undefined {
  return keysOf(expected, found).find((name) => {
    const [one, other] = [expected.get(name), found.get(name)];
    return one === undefined || other === undefined || !sameNames(one, other);
  });
}
