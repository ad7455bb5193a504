import { compareText } from "../../../3-model/sort-names.js";
import type { SourceText } from "../../../diagnostics/diagnostic.js";
import type { ImportPlan } from "../2-plan/import-plan.js";
import type { PolicyIndex } from "../3-merge/index-policies.js";
import type { MergedFacts } from "../3-merge/merge-facts.js";
import { importPaths } from "../import-request.js";
import type { ImportRequest, ImportedFile } from "../import-request.js";
import { editPolicy } from "./edit-policy.js";
import { newFiles } from "./new-files.js";
import { placeAdditions } from "./place-additions.js";
import type { Settings } from "./print-settings.js";

export interface Writing {
  readonly request: ImportRequest;
  readonly plan: ImportPlan;
  readonly merged: MergedFacts;
  readonly index: PolicyIndex;
  readonly settings: Settings;
}

export type Written =
  /** The file has a form that cannot be edited. */
  | { readonly ok: false; readonly path: string }
  | {
      readonly ok: true;
      readonly changed: readonly ImportedFile[];
      readonly sources: readonly SourceText[];
    };

/** Edits the files that are there and prints those that are new. */
export function writeMerge({ request, plan, merged, index, settings }: Writing): Written {
  const { name, folder, policies } = request;
  const files = importPaths(folder, name);
  const additions = placeAdditions(plan, merged, { index, files });
  const known = new Map(policies.map(({ path, text }) => [path, text]));
  const { main } = files;
  const edited = editPolicy({ index, merged, additions, main, settings });
  const stuck = edited.find(({ text }) => text === undefined);
  if (stuck !== undefined) return { ok: false, path: stuck.path };
  const added = newFiles({
    additions: new Map([...additions].filter(([path]) => !known.has(path))),
    document: request.document.path,
    main,
    settings: known.has(main) ? new Map() : settings,
  });
  const changed = [...edited, ...added]
    .map((file): ImportedFile => (isBare(file.text ?? "") ? { ...file, text: undefined } : file))
    .toSorted((a, b) => compareText(a.path, b.path));
  const texts = new Map(known);
  for (const { path, text } of changed) {
    if (text === undefined) texts.delete(path);
    else texts.set(path, text);
  }
  const sources = [...texts].map(([path, text]) => ({ path, text }));
  return { ok: true, changed, sources: sources.toSorted((a, b) => compareText(a.path, b.path)) };
}

/** Whether nothing is left of a file but the head that an import gave it. */
function isBare(text: string): boolean {
  const head = /^(?:# yaml-language-server: .*|# Imported from .*|gatewright: 1|\s*)$/;
  return text.split(/\r?\n/).every((line) => head.test(line));
}
