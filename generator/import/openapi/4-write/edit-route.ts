import type { PolicyEntry } from "../../../1-load/policy-document.js";
import type { PlannedRule } from "../2-plan/import-plan.js";
import type { RouteFacts } from "../3-merge/import-facts.js";
import type { RoutePlace } from "../3-merge/index-policies.js";
import {
  commentAt,
  contentEnd,
  eolOf,
  indentOf,
  isFlow,
  lineEnd,
} from "../3-merge/source-lines.js";
import { joinEdits, replaceValue, setValue, standsAlone } from "./edit-map.js";
import type { Edits } from "./edit-map.js";
import { needLines, printNeed, printRule } from "./print-rule.js";
import { printComment, printText } from "./print-text.js";

/** Changes fields of a rule in the form in which people left it. */
export function editRoute(
  place: RoutePlace,
  facts: RouteFacts,
  fields: Partial<RouteFacts>,
): Edits {
  const { entry, path, document } = place;
  const { text } = document.source;
  const final = { ...facts, ...fields };
  const { value } = entry;
  const isInFlow = isFlow(text, path.entry.value);
  if (value.kind !== "map") {
    const isShort =
      final.catchAll === "" && final.fallThrough === "" && !final.need.endsWith(" identity");
    if (!isShort)
      return isInFlow ? [replaceValue(text, entry, flowRule(final))] : rewrite(text, entry, final);
    const need =
      final.need === facts.need ? [] : [replaceValue(text, entry, printNeed(final.need))];
    return joinEdits([need, isInFlow ? [] : editComment(text, entry, fields.comment)]);
  }
  return joinEdits([
    fields.need === undefined ? [] : editNeed(text, entry, fields.need),
    ...(["catchAll", "fallThrough"] as const).map((key) =>
      fields[key] === undefined
        ? []
        : setValue(text, entry, { key, value: printReason(fields[key]), depth: 9, at: "end" }),
    ),
    isInFlow || isFlow(text, value) ? [] : editComment(text, entry, fields.comment),
  ]);
}

/** A rule in one line, for a map in braces. */
export function flowRule(facts: Pick<RouteFacts, "need" | "catchAll" | "fallThrough">): string {
  const reasons = (["catchAll", "fallThrough"] as const)
    .filter((key) => facts[key] !== "")
    .map((key) => `${key}: ${printReason(facts[key])}`);
  if (reasons.length === 0 && !facts.need.endsWith(" identity")) return printNeed(facts.need);
  return `{ ${[...needLines(facts.need), ...reasons].join(", ")} }`;
}

export function ruleOf({ need, catchAll, fallThrough }: RouteFacts): PlannedRule {
  return {
    need,
    ...(catchAll === "" ? {} : { catchAll }),
    ...(fallThrough === "" ? {} : { fallThrough }),
  };
}

/** Quoted, so that it can stand in braces too. */
function printReason(reason: string): string {
  return reason === "" ? "" : printText(reason);
}

function rewrite(text: string, entry: PolicyEntry, facts: RouteFacts): Edits {
  const indent = indentOf(text, entry.keyAt.start);
  if (indent === undefined || !standsAlone(text, entry)) return undefined;
  const lines = printRule(
    { method: entry.key, rule: ruleOf(facts), comment: facts.comment },
    indent,
  );
  const end = lineEnd(text, contentEnd(text, entry));
  return [
    { start: entry.keyAt.start, end, text: lines.join(eolOf(text)).slice(indent.length), depth: 0 },
  ];
}

function editNeed(text: string, entry: PolicyEntry, need: string): Edits {
  const map = entry.value;
  if (map.kind !== "map") return undefined;
  const old = map.entries.find(({ key }) => key === "access" || key === "permissions");
  if (old === undefined) return undefined;
  const separator = isFlow(text, map)
    ? ", "
    : `${eolOf(text)}${indentOf(text, old.keyAt.start) ?? ""}`;
  const lines = needLines(need).join(separator);
  const edit = { start: old.keyAt.start, end: contentEnd(text, old), text: lines, depth: 0 };
  return joinEdits([
    [edit],
    setValue(text, entry, { key: "identity", value: "", depth: 9, at: "end" }),
  ]);
}

function editComment(text: string, entry: PolicyEntry, comment: string | undefined): Edits {
  if (comment === undefined) return [];
  const old = commentAt(text, entry);
  if (old !== undefined) {
    return [{ start: old.start, end: old.end, text: printComment(comment), depth: 0 }];
  }
  const isInline = entry.value.kind === "scalar" || isFlow(text, entry.value);
  const colon = text.indexOf(":", entry.keyAt.end) + 1;
  const at = isInline ? contentEnd(text, entry) : colon;
  return [{ start: at, end: at, text: printComment(comment), depth: 9 }];
}
