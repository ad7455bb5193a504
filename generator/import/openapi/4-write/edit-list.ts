import type { PolicyEntry, PolicyNode } from "../../../1-load/policy-document.js";
import { textOf } from "../../../3-model/read-node.js";
import { compareText } from "../../../3-model/sort-names.js";
import {
  breakBefore,
  contentEnd,
  eolOf,
  isFlow,
  lineEnd,
  lineStart,
} from "../3-merge/source-lines.js";
import { printItems } from "./print-file.js";
import { printText } from "./print-text.js";
import { insertInto, removeEntry, removeFlowItem, removeLines } from "./text-edit.js";
import type { TextEdit } from "./text-edit.js";

export interface ListChange {
  readonly key: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Adds items to the list under a key of a map, and takes items out, in the form that the list has.
 * Undefined where it has none that can be edited.
 */
export function editList(
  text: string,
  owner: PolicyEntry,
  { key, added, removed }: ListChange,
): readonly TextEdit[] | undefined {
  const map = owner.value;
  const entry =
    map.kind === "map" ? map.entries.find((candidate) => candidate.key === key) : undefined;
  if (map.kind !== "map" || entry === undefined) {
    if (added.length === 0) return [];
    const print = (indent: string) => printItems(key, added.toSorted(), indent);
    const edit = insertInto(text, owner, { print, depth: 2, at: "end" });
    return edit === undefined ? undefined : [edit];
  }
  const { value } = entry;
  const items = value.kind === "list" ? value.items : [value];
  const kept = items.filter((item) => !removed.includes(textOf(item) ?? ""));
  const isPlain = value.kind === "list" && items.length > 0 && !isFlow(text, value);
  if (kept.length + added.length === 0) return whole(removeEntry(text, map, entry));
  if (isPlain) return editBlock(text, items, { key, added, removed });
  if (value.kind === "list" && kept.length > 0)
    return editFlow(text, items, { key, added, removed });
  const names = [...kept.map((item) => textOf(item) ?? ""), ...added].map(printText);
  const end = contentEnd(text, entry);
  return [{ start: value.at.start, end, text: `[${names.join(", ")}]`, depth: 2 }];
}

function whole(edit: TextEdit | undefined): readonly TextEdit[] | undefined {
  return edit === undefined ? undefined : [edit];
}

function editBlock(
  text: string,
  items: readonly PolicyNode[],
  { added, removed }: ListChange,
): readonly TextEdit[] | undefined {
  const eol = eolOf(text);
  const edits: TextEdit[] = [];
  const [first] = items;
  const lead =
    first === undefined ? "" : text.slice(lineStart(text, first.at.start), first.at.start);
  if (first === undefined || !/^ *- +$/.test(lead)) return undefined;
  for (const item of items) {
    if (removed.includes(textOf(item) ?? ""))
      edits.push(removeLines(text, item.at.start, item.at.end));
  }
  for (const [before, names] of groupByPlace(items, added)) {
    const lines = names.map((name) => `${eol}${lead}${printText(name)}`).join("");
    const top = breakBefore(text, first.at.start);
    const start = before === undefined ? top : lineEnd(text, before.at.end);
    edits.push({ start, end: start, text: lines, depth: 3 });
  }
  return edits;
}

function editFlow(
  text: string,
  items: readonly PolicyNode[],
  { added, removed }: ListChange,
): readonly TextEdit[] {
  const isKept = (item: PolicyNode) => !removed.includes(textOf(item) ?? "");
  const kept = items.filter(isKept);
  const edits = removedRuns(items, isKept).map((run) => removeFlowItem(text, run.start, run.end));
  const last = kept.at(-1);
  if (last === undefined || added.length === 0) return edits;
  const names = added.toSorted(compareText).map((name) => `, ${printText(name)}`);
  return [...edits, { start: last.at.end, end: last.at.end, text: names.join(""), depth: 3 }];
}

/** Neighbours go together, so that no comma is taken twice. */
function removedRuns(items: readonly PolicyNode[], isKept: (item: PolicyNode) => boolean) {
  const runs: { start: number; end: number }[] = [];
  let open: { start: number; end: number } | undefined;
  for (const item of items) {
    if (isKept(item)) open = undefined;
    else if (open === undefined) runs.push((open = { start: item.at.start, end: item.at.end }));
    else open.end = item.at.end;
  }
  return runs;
}

/** By the item after which each name belongs in a sorted list; undefined stands for the top. */
function groupByPlace(items: readonly PolicyNode[], added: readonly string[]) {
  const groups = new Map<PolicyNode | undefined, string[]>();
  for (const name of added.toSorted(compareText)) {
    const before = items.findLast((item) => compareText(textOf(item) ?? "", name) < 0);
    const group = groups.get(before);
    if (group === undefined) groups.set(before, [name]);
    else group.push(name);
  }
  return groups;
}
