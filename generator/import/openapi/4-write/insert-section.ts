import type { PolicyDocument } from "../../../1-load/policy-document.js";
import { contentEnd, eolOf } from "../3-merge/source-lines.js";
import type { Edits } from "./edit-map.js";
import { insertInto } from "./text-edit.js";

/** Lines at the end of a section, which is begun at the end of the file where it is not there. */
export function insertSection(
  document: PolicyDocument,
  section: string,
  print: (indent: string) => readonly string[],
): Edits {
  if (print("").length === 0) return [];
  const { text } = document.source;
  const owner = document.root.entries.find(({ key }) => key === section);
  if (owner !== undefined) {
    const edit = insertInto(text, owner, { print, depth: 1, at: "end" });
    return edit === undefined ? undefined : [edit];
  }
  const eol = eolOf(text);
  const lines = [`${section}:`, ...print("  ")];
  const last = document.root.entries.at(-1);
  const end = text.trimEnd().length;
  if (last === undefined || contentEnd(text, last) > end) return undefined;
  return [{ start: end, end, text: `${eol}${eol}${lines.join(eol)}`, depth: 0 }];
}
