import type { PolicyEntry, PolicyMap } from "../../../1-load/policy-document.js";
import { contentEnd, indentOf, isFlow, lineEnd } from "../3-merge/source-lines.js";
import { insertInto, removeEntry, removeFlowItem } from "./text-edit.js";
import type { TextEdit } from "./text-edit.js";

/** The edits that a change takes, or undefined where the text has a form that is not edited. */
export type Edits = readonly TextEdit[] | undefined;

/** Joins the edits of several changes; undefined as soon as one of them cannot be made. */
export function joinEdits(parts: readonly Edits[]): Edits {
  const known = parts.filter((part) => part !== undefined);
  return known.length < parts.length ? undefined : known.flat();
}

/** Takes entries out of one map; in brackets, neighbours go together, so that no comma is taken twice. */
export function removeEntries(
  text: string,
  map: PolicyMap,
  removed: ReadonlySet<PolicyEntry>,
): Edits {
  if (!isFlow(text, map)) {
    const edits = map.entries.filter((entry) => removed.has(entry));
    return joinEdits(
      edits.map((entry) => {
        const edit = removeEntry(text, map, entry);
        return edit === undefined ? undefined : [edit];
      }),
    );
  }
  const edits: TextEdit[] = [];
  let run: { readonly start: number; end: number } | undefined;
  for (const entry of map.entries) {
    if (removed.has(entry)) {
      run ??= { start: entry.keyAt.start, end: 0 };
      run.end = contentEnd(text, entry);
    } else if (run !== undefined) {
      edits.push(removeFlowItem(text, run.start, run.end));
      run = undefined;
    }
  }
  if (run !== undefined) edits.push(removeFlowItem(text, run.start, run.end));
  return edits;
}

export interface MapValue {
  readonly key: string;
  /** As it stands in a text; empty to take the key out. */
  readonly value: string;
  readonly depth: number;
  readonly at: "start" | "end";
}

/** Gives a key of a map another value, or adds or removes the key. */
export function setValue(text: string, owner: PolicyEntry, change: MapValue): Edits {
  const { key, value, depth, at } = change;
  const map = owner.value;
  const entry =
    map.kind === "map" ? map.entries.find((candidate) => candidate.key === key) : undefined;
  if (map.kind === "map" && entry !== undefined) {
    if (value === "") return removeEntries(text, map, new Set([entry]));
    return [replaceValue(text, entry, value)];
  }
  if (value === "") return [];
  if (map.kind === "map" && isFlow(text, map)) return insertFlow(text, map, `${key}: ${value}`);
  const print = (indent: string) => [`${indent}${key}: ${value}`];
  const edit = insertInto(text, owner, { print, depth, at });
  return edit === undefined ? undefined : [edit];
}

/** A value of one line in the place of any other. */
export function replaceValue(text: string, entry: PolicyEntry, value: string): TextEdit {
  const { at, kind } = entry.value;
  const isInline = (kind === "scalar" && at.end > at.start) || isFlow(text, entry.value);
  const end = contentEnd(text, entry);
  if (isInline && !text.slice(at.start, end).includes("\n")) {
    return { start: at.start, end, text: value, depth: 0 };
  }
  return {
    start: entry.keyAt.end,
    end: Math.max(end, colonEnd(text, entry)),
    text: `: ${value}`,
    depth: 0,
  };
}

function colonEnd(text: string, entry: PolicyEntry): number {
  const colon = text.indexOf(":", entry.keyAt.end);
  return colon !== -1 && colon <= lineEnd(text, entry.keyAt.end) ? colon + 1 : entry.keyAt.end;
}

/** Adds an entry in front of the closing brace. */
export function insertFlow(text: string, map: PolicyMap, entry: string): Edits {
  const last = map.entries.at(-1);
  const start = last === undefined ? map.at.start + 1 : contentEnd(text, last);
  return [{ start, end: start, text: last === undefined ? ` ${entry} ` : `, ${entry}`, depth: 9 }];
}

/** Whether an entry begins its line, so that lines can take its place. */
export function standsAlone(text: string, entry: PolicyEntry): boolean {
  return indentOf(text, entry.keyAt.start) !== undefined;
}
