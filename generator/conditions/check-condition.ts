import { checkNode } from "./check-node.js";
import type { Checked } from "./checked.js";
import { createMistakes } from "./mistake.js";
import type { ConditionMistake } from "./mistake.js";
import { toBool } from "./nodes.js";
import { parseCondition } from "./parse-condition.js";
import { noFacts } from "./scope.js";
import type { ConditionDeclarations, Scope } from "./scope.js";
import { typeText } from "./types.js";

export interface CheckOptions {
  readonly declarations: ConditionDeclarations;
  /** `loose` leaves types that do not fit to the evaluation, as CEL does without its checker. */
  readonly typing?: "strict" | "loose";
  /** A condition is a bool; the tests of the language need expressions of all types. */
  readonly result?: "bool" | "any";
}

/** An expression that was read and fits its declarations. */
export interface CheckedCondition {
  readonly text: string;
  readonly root: Checked;
  /** The declared variables that it reads, sorted. */
  readonly reads: readonly string[];
  readonly declarations: ConditionDeclarations;
}

export type CheckResult =
  | { readonly condition: CheckedCondition; readonly mistakes: readonly [] }
  | { readonly condition?: undefined; readonly mistakes: readonly ConditionMistake[] };

/** Reads and checks a condition, and gives all its mistakes, or the tree that both back ends are made of. */
export function checkCondition(text: string, options: CheckOptions): CheckResult {
  const { syntax, mistakes: found } = parseCondition(text);
  const mistakes = createMistakes();
  for (const mistake of found) mistakes.add(mistake);
  const { declarations } = options;
  const scope: Scope = {
    declarations,
    mistakes,
    isLoose: options.typing === "loose",
    locals: new Map(),
    depth: 0,
    facts: noFacts,
    read: new Set(),
  };
  const { node } = checkNode(syntax, scope);
  if (
    found.length === 0 &&
    options.result !== "any" &&
    node.type !== "bool" &&
    node.type !== "dyn"
  ) {
    const message = `a condition is true or false, and this is of type ${typeText(node.type)}`;
    mistakes.add({ code: "condition-not-bool", message, start: node.start, end: node.end });
  }
  if (mistakes.list.length > 0) {
    return { mistakes: mistakes.list.toSorted((a, b) => a.start - b.start || a.end - b.end) };
  }
  const root = options.result === "any" ? node : toBool(node);
  const reads = [...scope.read].toSorted();
  return { condition: { text, root, reads, declarations }, mistakes: [] };
}
