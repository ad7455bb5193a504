import type { PolicyEntry, PolicyMap } from "../../../1-load/policy-document.js";
import {
  breakBefore,
  contentEnd,
  eolOf,
  indentOf,
  isFlow,
  lineEnd,
} from "../3-merge/source-lines.js";

/**
 * A change of a text by its offsets. An edit that inserts has `start` equal to `end`; of several at one
 * offset, those of the deeper parts come first.
 */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** How deep the part lies that an insertion belongs to. */
  readonly depth: number;
}

/** The text with all edits, or undefined where two of them overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const sorted = edits.toSorted(
    (a, b) =>
      a.start - b.start ||
      Math.sign(a.end - a.start) - Math.sign(b.end - b.start) ||
      b.depth - a.depth,
  );
  const parts: string[] = [];
  let cursor = 0;
  for (const edit of sorted) {
    if (edit.start < cursor) return undefined;
    parts.push(text.slice(cursor, edit.start), edit.text);
    cursor = edit.end;
  }
  return [...parts, text.slice(cursor)].join("");
}

/**
 * Takes lines out together with the break before them; that of the last line stays. Where they stood
 * between two empty lines, one of those goes too.
 */
export function removeLines(text: string, start: number, end: number): TextEdit {
  const behind = lineEnd(text, end);
  const before = breakBefore(text, start);
  const above = breakBefore(text, before);
  const isBelowEmpty = before > 0 && text.slice(above, before).trim() === "";
  const isAboveEmpty =
    /^\s*$/.test(text.slice(behind)) || /^\r?\n[ \t]*\r?\n/.test(text.slice(behind, behind + 200));
  return { start: isBelowEmpty && isAboveEmpty ? above : before, end: behind, text: "", depth: 0 };
}

/** Takes an entry out of its map; undefined where it does not stand by itself. */
export function removeEntry(
  text: string,
  map: PolicyMap,
  entry: PolicyEntry,
): TextEdit | undefined {
  const end = contentEnd(text, entry);
  if (isFlow(text, map)) return removeFlowItem(text, entry.keyAt.start, end);
  if (indentOf(text, entry.keyAt.start) === undefined) return undefined;
  return removeLines(text, entry.keyAt.start, end);
}

/** Takes an item out of a list or a map in brackets, with the comma that belongs to it. */
export function removeFlowItem(text: string, start: number, end: number): TextEdit {
  const after = /^\s*,\s*/.exec(text.slice(end, end + 200));
  if (after !== null) return { start, end: end + after[0].length, text: "", depth: 0 };
  const before = /\s*,\s*$/.exec(text.slice(Math.max(0, start - 200), start));
  return { start: start - (before?.[0].length ?? 0), end, text: "", depth: 0 };
}

export interface Insertion {
  /** Prints the lines at an indentation. */
  readonly print: (indent: string) => readonly string[];
  readonly depth: number;
  readonly at: "start" | "end";
}

/** Puts lines into the map that is the value of an entry; undefined where it is no block map. */
export function insertInto(
  text: string,
  owner: PolicyEntry,
  { print, depth, at }: Insertion,
): TextEdit | undefined {
  const eol = eolOf(text);
  const { value } = owner;
  const ownerIndent = indentOf(text, owner.keyAt.start);
  if (value.kind === "map" && value.entries.length > 0 && !isFlow(text, value)) {
    const [first] = value.entries;
    const indent = first === undefined ? undefined : indentOf(text, first.keyAt.start);
    if (first === undefined || indent === undefined) return undefined;
    const lines = print(indent)
      .map((line) => `${eol}${line}`)
      .join("");
    const offset =
      at === "start"
        ? breakBefore(text, first.keyAt.start)
        : lineEnd(text, contentEnd(text, owner));
    return { start: offset, end: offset, text: lines, depth };
  }
  const isEmpty =
    value.kind === "scalar" && value.value === null && value.at.end === value.at.start;
  if (!isEmpty || ownerIndent === undefined) return undefined;
  const lines = print(`${ownerIndent}  `)
    .map((line) => `${eol}${line}`)
    .join("");
  const offset = lineEnd(text, owner.keyAt.end);
  return { start: offset, end: offset, text: lines, depth };
}
