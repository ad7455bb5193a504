import type { PolicyDocument, PolicyEntry } from "../../../1-load/policy-document.js";
import { entriesOf } from "../../../3-model/read-node.js";
import type { PolicyIndex } from "../3-merge/index-policies.js";
import type { MergedFacts } from "../3-merge/merge-facts.js";
import { editList } from "./edit-list.js";
import { joinEdits, removeEntries, setValue } from "./edit-map.js";
import type { Edits } from "./edit-map.js";
import { editRoute } from "./edit-route.js";
import { editSlashes } from "./edit-slashes.js";
import { groupRoutes, insertRoutes, slashesOf } from "./insert-routes.js";
import { insertSection } from "./insert-section.js";
import type { AddedContent } from "./place-additions.js";
import { printResource, printRole } from "./print-file.js";
import type { Settings } from "./print-settings.js";
import { printProse } from "./print-text.js";
import { applyEdits } from "./text-edit.js";

export interface PolicyEdit {
  readonly index: PolicyIndex;
  readonly merged: MergedFacts;
  /** What is new in files that exist, by path. */
  readonly additions: ReadonlyMap<string, AddedContent>;
  /** The import's own file, which gets the settings. */
  readonly main: string;
  readonly settings: Settings;
}

export interface EditedFile {
  readonly path: string;
  /** Undefined where the file has a form that cannot be edited. */
  readonly text: string | undefined;
}

/** The files that a merge changes, each edited where the change is and left alone everywhere else. */
export function editPolicy(edit: PolicyEdit): readonly EditedFile[] {
  return edit.index.documents.flatMap((document) => {
    const edits = editsOf(document, edit);
    if (edits?.length === 0) return [];
    const { path, text } = document.source;
    return [{ path, text: edits === undefined ? undefined : applyEdits(text, edits) }];
  });
}

function editsOf(document: PolicyDocument, edit: PolicyEdit): Edits {
  const { text, path } = document.source;
  const added = edit.additions.get(path) ?? { roles: [], resources: [], routes: [] };
  const groups = groupRoutes(document, edit.index, added.routes);
  const slashes = editSlashes(document, { ...edit, inserted: slashesOf(groups) });
  const extended = new Set([...groups.keys()].flatMap((place) => place?.entry ?? []));
  const removed = removedIn(document, edit, extended);
  const isNew = (section: keyof AddedContent) => added[section].length > 0;
  const whole = document.root.entries.filter(
    ({ key, value }) =>
      (key === "roles" || key === "resources" || key === "routes") &&
      entriesOf(value).length > 0 &&
      entriesOf(value).every((entry) => removed.has(entry)) &&
      !isNew(key),
  );
  const gone = new Set([...whole, ...removed]);
  return joinEdits([
    ...removals(text, document, gone),
    ...fieldEdits(document, edit),
    ...insertRoutes(document, groups, slashes.slashes),
    slashes.edits,
    insertSection(document, "roles", (indent) =>
      added.roles.flatMap((role) => printRole(role, indent)),
    ),
    insertSection(document, "resources", (indent) =>
      added.resources.flatMap((resource) => printResource(resource, indent)),
    ),
    ...(path === edit.main ? [...edit.settings] : []).map(([section, lines]) =>
      insertSection(document, section, (indent) => lines.map((line) => `${indent}${line}`)),
    ),
  ]);
}

/** Everything that goes: routes, the paths that are left without any, roles and resources. */
function removedIn(
  document: PolicyDocument,
  { index, merged }: PolicyEdit,
  extended: ReadonlySet<PolicyEntry>,
): ReadonlySet<PolicyEntry> {
  const removed = new Set<PolicyEntry>();
  for (const key of merged.routes.removed) {
    const place = index.routePlaces.get(key);
    if (place?.document === document) removed.add(place.entry);
  }
  for (const [names, places] of [
    [merged.roles.removed, index.rolePlaces],
    [merged.resources.removed, index.resourcePlaces],
  ] as const) {
    for (const name of names) {
      const place = places.get(name);
      if (place?.document === document) removed.add(place.entry);
    }
  }
  const paths = document.root.entries.filter(({ key }) => key === "routes");
  for (const { value } of paths) for (const path of entriesOf(value)) prune(path);
  return removed;

  function prune(path: PolicyEntry): void {
    if (!path.key.startsWith("/")) return;
    const inner = entriesOf(path.value);
    for (const entry of inner) prune(entry);
    const rest = inner.filter((entry) => entry.key !== "params" && !removed.has(entry));
    const isEmptied = rest.length === 0 && inner.some((entry) => removed.has(entry));
    if (isEmptied && !extended.has(path)) removed.add(path);
  }
}

/** Of what goes, the outermost. */
function removals(
  text: string,
  document: PolicyDocument,
  gone: ReadonlySet<PolicyEntry>,
): readonly Edits[] {
  const edits: Edits[] = [];
  visit(document.root.entries);
  return [removeEntries(text, document.root, gone), ...edits];

  function visit(entries: readonly PolicyEntry[]): void {
    for (const entry of entries) {
      if (gone.has(entry) || entry.value.kind !== "map") continue;
      edits.push(removeEntries(text, entry.value, gone));
      visit(entry.value.entries);
    }
  }
}

function fieldEdits(document: PolicyDocument, { index, merged }: PolicyEdit): readonly Edits[] {
  const { text } = document.source;
  const edits: Edits[] = [];
  for (const { key, fields } of merged.routes.edited) {
    const place = index.routePlaces.get(key);
    const facts = index.routes.get(key);
    if (place?.document !== document || facts === undefined) continue;
    edits.push(editRoute(place, facts, fields));
  }
  for (const { name, description, actions } of merged.resources.edited) {
    const place = index.resourcePlaces.get(name);
    if (place?.document !== document) continue;
    edits.push(
      describe(text, place.entry, description),
      editList(text, place.entry, { key: "actions", ...actions }),
    );
  }
  for (const { name, description, inherits, grants } of merged.roles.edited) {
    const place = index.rolePlaces.get(name);
    if (place?.document !== document) continue;
    edits.push(
      describe(text, place.entry, description),
      editList(text, place.entry, { key: "inherits", ...inherits }),
      editList(text, place.entry, { key: "grants", ...grants }),
    );
  }
  return edits;
}

function describe(text: string, entry: PolicyEntry, description: string | undefined): Edits {
  if (description === undefined) return [];
  const value = description === "" ? "" : printProse(description);
  return setValue(text, entry, { key: "description", value, depth: 2, at: "start" });
}
