import { buildNode } from "./build-node.js";
import { refuseTree } from "./built.js";
import type { ConditionInputs, Evaluate, Frame } from "./built.js";
import { ConditionError, toConditionError } from "./condition-error.js";
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
  const { type, evaluate } = buildExpression(tree);
  if (type !== "bool") return refuseTree("it is neither true nor false");
  return (inputs) => {
    const value = evaluate(inputs);
    return typeof value === "boolean" || value instanceof ConditionError
      ? value
      : new ConditionError("internal");
  };
}

/** As {@link buildCondition}, for an expression of any type; a `ConditionError` is its value where it fails. */
export function buildExpression(tree: unknown): BuiltExpression {
  const { format, inputs, node } = readObject(tree);
  if (format !== CONDITION_FORMAT) return refuseTree("it has another format");
  const types = Object.fromEntries(
    Object.entries(readObject(inputs)).map(([name, type]) => {
      if (name in Object.prototype) return refuseTree("an input has a reserved name");
      return [name, readType(type)];
    }),
  );
  const scope = { inputs: types, locals: new Map(), depth: 0, count: { nodes: 0 } };
  const { type, run } = buildNode(node, scope);
  return { type, evaluate: createEvaluate(run, hasMacros(node)) };
}

/** Without macros there are no variables and nothing to spend, so all evaluations share one frame. */
function createEvaluate(run: Evaluate, usesFrame: boolean): BuiltExpression["evaluate"] {
  if (usesFrame) {
    return (inputs) => {
      try {
        return run(inputs, { slots: [], steps: startSteps() });
      } catch (error) {
        return toConditionError(error);
      }
    };
  }
  const frame: Frame = { slots: [], steps: startSteps() };
  return (inputs) => {
    try {
      return run(inputs, frame);
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
