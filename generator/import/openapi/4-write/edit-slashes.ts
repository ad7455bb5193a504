import type { PolicyDocument, PolicyEntry } from "../../../1-load/policy-document.js";
import { entriesOf } from "../../../3-model/read-node.js";
import { slashesIn } from "../3-merge/index-policies.js";
import type { PathPlace, PolicyIndex } from "../3-merge/index-policies.js";
import type { MergedFacts } from "../3-merge/merge-facts.js";
import { commentAt } from "../3-merge/source-lines.js";
import { joinEdits, removeEntries, setValue } from "./edit-map.js";
import type { Edits } from "./edit-map.js";
import { SLASH_COMMENT, printParam, printParams } from "./print-routes.js";
import { insertInto } from "./text-edit.js";

export interface SlashEdits {
  readonly edits: Edits;
  /** What each path admits when the edits are made. */
  readonly slashes: ReadonlyMap<PathPlace, ReadonlySet<string>>;
}

export interface SlashChange {
  readonly index: PolicyIndex;
  readonly merged: MergedFacts;
  /** What routes that are new at a path ask of it. */
  readonly inserted: ReadonlyMap<PathPlace, string>;
}

/**
 * Declares at each path which of its parameters may hold slashes from now on. A declaration goes for
 * the paths below too: those of them that are to stay as they are then get one of their own.
 */
export function editSlashes(document: PolicyDocument, change: SlashChange): SlashEdits {
  const wanted = wantedSlashes(change);
  const slashes = new Map<PathPlace, ReadonlySet<string>>();
  const edits: Edits[] = [];
  for (const path of change.index.paths) {
    if (path.document !== document) continue;
    const inherited = (path.parent === undefined ? undefined : slashes.get(path.parent)) ?? nothing;
    const current = new Set(slashesIn(path.entry, inherited));
    const positions = wanted.get(path);
    if (positions !== undefined) {
      const changed = changesAt(path, positions.split(", "), current);
      if (changed.size > 0) edits.push(declare(path, changed, inherited));
      for (const [name, isSlashed] of changed) {
        if (isSlashed) current.add(name);
        else current.delete(name);
      }
    }
    slashes.set(path, current);
  }
  return { edits: joinEdits(edits), slashes };
}

const nothing: ReadonlySet<string> = new Set();

/** By path, the positions that its routes ask for once the merge is done; the same for all of them. */
function wantedSlashes({ index, merged, inserted }: SlashChange): ReadonlyMap<PathPlace, string> {
  const removed = new Set(merged.routes.removed);
  const edited = new Map(merged.routes.edited.map(({ key, fields }) => [key, fields.slashes]));
  const wanted = new Map<PathPlace, string>();
  for (const [key, { path }] of index.routePlaces) {
    if (!removed.has(key))
      wanted.set(path, edited.get(key) ?? index.routes.get(key)?.slashes ?? "");
  }
  for (const [path, slashes] of inserted) wanted.set(path, slashes);
  return wanted;
}

function changesAt(
  { segments }: PathPlace,
  positions: readonly string[],
  current: ReadonlySet<string>,
): ReadonlyMap<string, boolean> {
  const changed = new Map<string, boolean>();
  for (const [position, segment] of segments.entries()) {
    if (segment.kind !== "param") continue;
    const isWanted = positions.includes(String(position));
    if (isWanted !== current.has(segment.name)) changed.set(segment.name, isWanted);
  }
  return changed;
}

function declare(
  { document, entry }: PathPlace,
  changed: ReadonlyMap<string, boolean>,
  inherited: ReadonlySet<string>,
): Edits {
  const { text } = document.source;
  const map = entry.value;
  const params = map.kind === "map" ? map.entries.find(({ key }) => key === "params") : undefined;
  if (map.kind !== "map" || params === undefined) {
    const print = (indent: string) => printParams(changed, indent);
    const edit = insertInto(text, entry, { print, depth: 9, at: "start" });
    return edit === undefined ? undefined : [edit];
  }
  const declared = params.value.kind === "map" ? params.value.entries : [];
  const news = [...changed].filter(([name]) => !declared.some(({ key }) => key === name));
  const gone = declared.filter(
    (param) =>
      changed.get(param.key) === false &&
      !inherited.has(param.key) &&
      entriesOf(param.value).every(({ key }) => key === "encodedSlash"),
  );
  if (gone.length === declared.length && news.length === 0) {
    return removeEntries(text, map, new Set([params]));
  }
  const print = (indent: string) =>
    news.map(([name, isSlashed]) => printParam(name, isSlashed, indent));
  const inserted = insertInto(text, params, { print, depth: 9, at: "end" });
  return joinEdits([
    ...(news.length === 0 ? [] : [inserted === undefined ? undefined : [inserted]]),
    params.value.kind === "map" ? removeEntries(text, params.value, new Set(gone)) : [],
    ...declared.map((param) => {
      const isSlashed = changed.get(param.key);
      if (isSlashed === undefined || gone.includes(param)) return [];
      const value = String(isSlashed);
      return joinEdits([
        setValue(text, param, { key: "encodedSlash", value, depth: 9, at: "end" }),
        isSlashed ? [] : dropComment(text, param),
      ]);
    }),
  ]);
}

/** What an import says of a parameter that may hold a slash is no longer so. */
function dropComment(text: string, param: PolicyEntry): Edits {
  const comment = commentAt(text, param);
  if (comment?.text !== SLASH_COMMENT) return [];
  return [{ start: comment.start, end: comment.end, text: "", depth: 0 }];
}
