import { quoteText } from "../../../3-model/quote-text.js";
import { decideAlike, decidingFields } from "./import-facts.js";
import type { RouteFacts } from "./import-facts.js";
import { keysOf } from "./merge-facts.js";
import type { Merged, MergeConflict, RouteEdit, ThreeWays } from "./merge-facts.js";

const fields = [...decidingFields, "comment"] as const;

export function mergeRoutes({ base, ours, theirs }: ThreeWays): Merged<RouteEdit> {
  const added: string[] = [];
  const removed: string[] = [];
  const edited: RouteEdit[] = [];
  const conflicts: MergeConflict[] = [];
  for (const key of keysOf(base.routes, theirs.routes)) {
    const before = base.routes.get(key);
    const after = theirs.routes.get(key);
    const here = ours.routes.get(key);
    const conflict = (message: string) =>
      conflicts.push({ kind: "route", name: here?.id ?? after?.id ?? before?.id ?? key, message });
    if (before === undefined && after !== undefined) {
      if (here === undefined) added.push(key);
      else if (here.need !== after.need) {
        conflict(`the policy binds it to ${show(here)}; the document asks for ${show(after)}`);
      }
    } else if (before !== undefined && after === undefined) {
      if (here === undefined) continue;
      if (decideAlike(before, here)) removed.push(key);
      else conflict("the document no longer has it; it stays, since you changed it");
    } else if (before !== undefined && after !== undefined) {
      if (here === undefined) {
        if (!decideAlike(before, after)) {
          conflict(`you removed it; the document changed it to ${show(after)}`);
        }
        continue;
      }
      const changed = fields.filter((field) => before[field] !== after[field]);
      const open = changed.filter((field) => here[field] === before[field]);
      const closed = decidingFields.filter(
        (field) => changed.includes(field) && !open.includes(field) && here[field] !== after[field],
      );
      for (const field of closed) {
        conflict(
          `you changed its ${fieldNames[field]} to ${quoteText(here[field])}; ` +
            `the document changed it to ${quoteText(after[field])}`,
        );
      }
      if (open.length > 0) {
        edited.push({
          key,
          fields: Object.fromEntries(open.map((field) => [field, after[field]])),
        });
      }
    }
  }
  return { added, removed, edited, conflicts };
}

const fieldNames: Readonly<Record<(typeof decidingFields)[number], string>> = {
  need: "rule",
  catchAll: "`catchAll`",
  fallThrough: "`fallThrough`",
  slashes: "encoded slashes",
};

function show({ need }: RouteFacts): string {
  return quoteText(need);
}
