import type { Checked } from "./checked.js";
import { place } from "./nodes.js";
import type { Scope } from "./scope.js";
import { hasSize } from "./types.js";

/**
 * An operand of something that takes time by its size. Inside a macro, where that happens for every item, the
 * size is taken from the budget of the evaluation; what the innermost variable holds was counted as the list
 * that it comes from. `always` counts that too: results of concatenations can grow.
 */
export function measure(node: Checked, scope: Scope, how?: "always"): Checked {
  if (scope.depth === 0 || !hasSize(node.type) || isFixed(node)) return node;
  if (how === undefined && isInnermost(node, scope)) return node;
  return { op: "spend", of: node, type: node.type, canFail: true, ...place(node) };
}

/** As {@link measure}, for what takes only as long as its shorter operand. */
export function measureShort(args: readonly Checked[], scope: Scope): readonly Checked[] {
  if (args.some((arg) => isFixed(arg) || isInnermost(arg, scope))) return args;
  return args.map((arg) => measure(arg, scope));
}

/** The list that a macro walks. One that was computed can be larger than what was sent. */
export function measureRange(node: Checked, scope: Scope): Checked {
  if (isFixed(node) || (scope.depth === 0 && isRead(node))) return node;
  return { op: "spend", of: node, type: node.type, canFail: true, ...place(node) };
}

function isFixed(node: Checked): boolean {
  if (node.op === "literal") return true;
  if (node.op === "list") return node.items.every(isFixed);
  if (node.op === "convert") return isFixed(node.of);
  return node.op === "map" && node.entries.flat().every(isFixed);
}

function isRead(node: Checked): boolean {
  if (node.op === "field") return isRead(node.of);
  if (node.op === "convert") return isRead(node.of);
  if (node.op === "call" && ["map.keys", "map.at", "list.at"].includes(node.name)) {
    return node.args.every((arg) => isRead(arg) || isFixed(arg));
  }
  return node.op === "input" || node.op === "local";
}

function isInnermost(node: Checked, scope: Scope): boolean {
  if (node.op === "field" || node.op === "convert") return isInnermost(node.of, scope);
  return node.op === "local" && node.slot === scope.depth - 1;
}
