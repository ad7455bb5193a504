import type { CheckedCondition } from "./check-condition.js";
import { partsOf } from "./checked.js";
import type { Checked } from "./checked.js";

/** The parts of a condition between its `&&` and `||`, each as a condition of its own. */
export function listAtoms(condition: CheckedCondition): readonly CheckedCondition[] {
  return split(condition, /^(?:and|or)/);
}

/** The parts that must all hold. */
export function listConjuncts(condition: CheckedCondition): readonly CheckedCondition[] {
  return split(condition, /^and/);
}

function split(condition: CheckedCondition, operators: RegExp): readonly CheckedCondition[] {
  return leavesOf(condition.root, operators).map((root) => ({
    ...condition,
    root,
    reads: [...new Set(inputsOf(root))].toSorted(),
  }));
}

function leavesOf(node: Checked, operators: RegExp): readonly Checked[] {
  const parts = partsOf(node);
  // What is not true or false by itself stays with what makes it so.
  const isSplit = operators.test(node.op) && parts.every(({ type }) => type === "bool");
  return isSplit ? parts.flatMap((part) => leavesOf(part, operators)) : [node];
}

function inputsOf(node: Checked): readonly string[] {
  return node.op === "input" ? [node.name] : partsOf(node).flatMap(inputsOf);
}
