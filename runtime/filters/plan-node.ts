import { buildExpression } from "../conditions/build-condition.js";
import type { BuiltExpression } from "../conditions/build-condition.js";
import type { ConditionInputs } from "../conditions/built.js";
import { ConditionError } from "../conditions/condition-error.js";
import { CONDITION_FORMAT } from "../conditions/tree.js";
import type { ConditionNode } from "../conditions/tree.js";
import type { ConditionField, ConditionType } from "../conditions/types.js";
import { FilterError } from "./filter-error.js";
import type { Outcomes } from "./outcomes.js";

/** What is known where a node stands: the types of the inputs, the variables of macros among them. */
export interface PlanScope {
  readonly inputs: { readonly [name: string]: ConditionType };
}

/** Decides a part of a condition for all rows, once it is known who asks. */
export type Plan = (inputs: ConditionInputs) => Outcomes;

export function refuse(reason: string): never {
  throw new FilterError("not-filterable", reason);
}

export function readsResource(node: unknown): boolean {
  return contains(node, (part) => part.op === "input" && part.name === "resource");
}

/** Whether a part of it takes from the budget of an evaluation, which depends on the sizes of the row. */
export function spends(node: unknown): boolean {
  return contains(node, ({ op }) => op === "spend");
}

function contains(
  node: unknown,
  wanted: (node: { op?: unknown; name?: unknown }) => boolean,
): boolean {
  if (Array.isArray(node)) return node.some((part) => contains(part, wanted));
  if (typeof node !== "object" || node === null) return false;
  return wanted(node) || Object.values(node).some((part) => contains(part, wanted));
}

/** A part that reads nothing of the row, ready to be evaluated. */
export function buildFixed(node: ConditionNode, { inputs }: PlanScope): BuiltExpression {
  return buildExpression({ format: CONDITION_FORMAT, inputs, node });
}

/** Undefined where it has no value. */
export function evaluate({ evaluate: run }: BuiltExpression, inputs: ConditionInputs): unknown {
  const value = run(inputs);
  return value instanceof ConditionError ? undefined : value;
}

export interface Attribute extends ConditionField {
  readonly name: string;
}

/** The attribute of the row that a node reads; undefined for every other node. */
export function attributeOf(node: ConditionNode, { inputs }: PlanScope): Attribute | undefined {
  if (node.op !== "field" && node.op !== "has") return undefined;
  if (node.of.op !== "input" || node.of.name !== "resource") return undefined;
  const { resource } = inputs;
  if (typeof resource !== "object" || !("fields" in resource)) return undefined;
  const field = Object.hasOwn(resource.fields, node.name) ? resource.fields[node.name] : undefined;
  return field === undefined ? undefined : { ...field, name: node.name };
}
