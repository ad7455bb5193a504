import type { PolicyDocument } from "../../../1-load/policy-document.js";
import { valueAt } from "../../../3-model/read-node.js";
import { joinEdits, setValue } from "./edit-map.js";
import type { Edits } from "./edit-map.js";
import { insertInto } from "./text-edit.js";
import type { PathPlace, PolicyIndex } from "../3-merge/index-policies.js";
import type { RouteInsertion } from "./insert-routes.js";
import type { RouteEdit } from "../3-merge/merge-facts.js";
import { printParam, printParams } from "./print-routes.js";

/** Declares at each pattern which of its parameters may hold slashes from now on. */
export function editSlashes(
  document: PolicyDocument,
  index: PolicyIndex,
  edited: readonly RouteEdit[],
  inserted: readonly RouteInsertion[],
): Edits {
  const wanted = new Map<PathPlace, string>();
  for (const { place, slashes } of inserted) {
    if (place !== undefined && slashes !== undefined) wanted.set(place, slashes);
  }
  for (const { key, fields } of edited) {
    const place = index.routePlaces.get(key);
    if (place?.document !== document || fields.slashes === undefined) continue;
    wanted.set(place.path, fields.slashes);
  }
  return joinEdits([...wanted].map(([path, slashes]) => editPath(path, slashes)));
}

function editPath({ document, entry, segments, slashes }: PathPlace, wanted: string): Edits {
  const { text } = document.source;
  const positions = new Set(wanted.split(", "));
  const changed = segments.flatMap((segment, position): readonly (readonly [string, boolean])[] => {
    if (segment.kind !== "param") return [];
    const isWanted = positions.has(String(position));
    return isWanted === slashes.has(segment.name) ? [] : [[segment.name, isWanted]];
  });
  if (changed.length === 0) return [];
  const params =
    entry.value.kind === "map"
      ? entry.value.entries.find(({ key }) => key === "params")
      : undefined;
  if (params === undefined) {
    const print = (indent: string) => printParams(new Map(changed), indent);
    const edit = insertInto(text, entry, { print, depth: 9, at: "start" });
    return edit === undefined ? undefined : [edit];
  }
  return joinEdits(
    changed.map(([name, isSlashed]) => {
      const declared =
        params.value.kind === "map"
          ? params.value.entries.find(({ key }) => key === name)
          : undefined;
      if (declared !== undefined && valueAt(declared.value, "encodedSlash") !== undefined) {
        return setValue(text, declared, {
          key: "encodedSlash",
          value: String(isSlashed),
          depth: 9,
          at: "end",
        });
      }
      if (declared !== undefined) {
        return setValue(text, declared, {
          key: "encodedSlash",
          value: "true",
          depth: 9,
          at: "end",
        });
      }
      const print = (indent: string) => [printParam(name, isSlashed, indent)];
      const edit = insertInto(text, params, { print, depth: 9, at: "end" });
      return edit === undefined ? undefined : [edit];
    }),
  );
}
