import { buildNode } from "./build-node.js";
import { refuseTree } from "./built.js";
import type { Built, ConditionInputs, Evaluate, Frame } from "./built.js";
import type { ConditionError } from "./condition-error.js";
import { toConditionError } from "./condition-error.js";
import { startSteps } from "./macros.js";
import { readObject, readType } from "./read-tree.js";
import { CONDITION_FORMAT } from "./tree.js";
import type { ConditionType } from "./types.js";

/** True, false, or why it cannot be decided. It does not throw. */
export type Condition = (inputs: ConditionInputs) => boolean | ConditionError;

export interface BuiltExpression {
  readonly type: ConditionType;
  readonly evaluate: (inputs: ConditionInputs) => unknown;
}

/**
 * Makes a condition of a snapshot ready to run. The tree is checked completely, since it may come from
 * elsewhere: every name, type and number of arguments.
 *
 * @throws GateError `snapshot-invalid` for a tree that is none.
 */
export function buildCondition(tree: unknown): Condition {
  const { built, usesFrame } = buildTree(tree);
  if (built.type !== "bool") return refuseTree("it is neither true nor false");
  return built.whole ?? createEvaluate(built.run, usesFrame, toAnswer);
}

/** What is neither true nor false does not pass. */
function toAnswer(value: unknown): boolean | ConditionError {
  return value === true || value === false ? value : toConditionError(value);
}

/** As {@link buildCondition}, for an expression of any type; a `ConditionError` is its value where it fails. */
export function buildExpression(tree: unknown): BuiltExpression {
  const { built, usesFrame } = buildTree(tree);
  return { type: built.type, evaluate: createEvaluate(built.run, usesFrame, (value) => value) };
}

function buildTree(tree: unknown): { readonly built: Built; readonly usesFrame: boolean } {
  const { format, inputs, node } = readObject(tree);
  if (format !== CONDITION_FORMAT) return refuseTree("it has another format");
  const types = Object.fromEntries(
    Object.entries(readObject(inputs)).map(([name, type]) => {
      if (name in Object.prototype) return refuseTree("an input has a reserved name");
      return [name, readType(type)];
    }),
  );
  const scope = { inputs: types, locals: new Map(), depth: 0, count: { nodes: 0 } };
  return { built: buildNode(node, scope), usesFrame: hasMacros(node) };
}

/** Without macros there are no variables and nothing to spend, so all evaluations share one frame. */
function createEvaluate<Answer>(
  run: Evaluate,
  usesFrame: boolean,
  answer: (value: unknown) => Answer,
): (inputs: ConditionInputs) => Answer | ConditionError {
  const shared: Frame = { slots: [], steps: startSteps() };
  return (inputs) => {
    try {
      return answer(run(inputs, usesFrame ? { slots: [], steps: startSteps() } : shared));
    } catch (error) {
      return toConditionError(error);
    }
  };
}

function hasMacros(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasMacros);
  if (typeof node !== "object" || node === null) return false;
  if ("op" in node && (node.op === "each" || node.op === "spend")) return true;
  return Object.values(node).some(hasMacros);
}
