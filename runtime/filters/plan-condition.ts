import type { ConditionInputs } from "../conditions/built.js";
import type { ConditionNode, EachNode, SerializedCondition } from "../conditions/tree.js";
import type { ConditionType } from "../conditions/types.js";
import { all, not } from "./combine.js";
import type { Filter } from "./filter.js";
import { FilterError } from "./filter-error.js";
import { chosen, decided, every, negated, some, undecided } from "./outcomes.js";
import type { Evaluation, Outcomes } from "./outcomes.js";
import { planCall } from "./plan-call.js";
import { attributeOf, buildFixed, evaluate, readsResource, refuse, spends } from "./plan-node.js";
import type { Plan, PlanScope } from "./plan-node.js";

/** Items of a list of the principal that a macro may walk: each becomes a part of the filter. */
const MAX_ITEMS = 1000;

/**
 * Prepares a condition to be decided for all rows at once. What reads nothing of the row is evaluated as ever;
 * the rest is taken apart down to tests of attributes.
 *
 * @throws FilterError `not-filterable` where a part that reads the row can be no test.
 */
export function planCondition({ inputs, node }: SerializedCondition): Plan {
  if (readsResource(node) && spends(node)) refuse("a macro whose cost depends on the row");
  return planNode(node, { inputs });
}

function planNode(node: ConditionNode, scope: PlanScope): Plan {
  if (!readsResource(node)) return planFixed(node, scope);
  switch (node.op) {
    case "has":
      return planHas(node, scope);
    case "field":
      return planFlag(node, scope);
    case "not": {
      const of = planNode(node.of, scope);
      return (inputs) => negated(of(inputs));
    }
    case "and":
    case "or":
    case "and-absorbing":
    case "or-absorbing": {
      const parts = [planNode(node.left, scope), planNode(node.right, scope)];
      const join = node.op.startsWith("and") ? every : some;
      const evaluation = evaluationOf(node.op);
      return (inputs) => join(decideAll(parts, inputs), evaluation);
    }
    case "choose": {
      const [test, yes, no] = [node.test, node.yes, node.no].map((part) => planNode(part, scope));
      if (test === undefined || yes === undefined || no === undefined) return () => undecided;
      return (inputs) => chosen(test(inputs), yes(inputs), no(inputs));
    }
    case "call":
      return planCall(node, scope);
    case "each":
      return planEach(node, scope);
    case "matches":
      return refuse("`matches` of an attribute");
    default:
      return refuse("a value that is computed from the row");
  }
}

function decideAll(parts: readonly Plan[], inputs: ConditionInputs): readonly Outcomes[] {
  return parts.map((part) => part(inputs));
}

function evaluationOf(op: string): Evaluation {
  return op.endsWith("absorbing") ? "absorbing" : "strict";
}

function planFixed(node: ConditionNode, scope: PlanScope): Plan {
  const built = buildFixed(node, scope);
  return (inputs) => {
    const value = evaluate(built, inputs);
    return typeof value === "boolean" ? decided(value) : undecided;
  };
}

function planHas(node: ConditionNode, scope: PlanScope): Plan {
  const attribute = attributeOf(node, scope) ?? refuse("`has` of what is no attribute of the row");
  if (attribute.optional !== true) return () => decided(true);
  const present: Filter = { op: "present", attribute: attribute.name };
  return () => ({ whenTrue: present, whenFalse: not(present), decided: all });
}

/** An attribute that is true or false itself. */
function planFlag(node: ConditionNode, scope: PlanScope): Plan {
  const { name, type, optional } =
    attributeOf(node, scope) ?? refuse("what is no attribute of the row");
  if (type !== "bool") refuse("an attribute that is no test");
  const is = (value: boolean): Filter => {
    return { op: "compare", relation: "equal", type: "bool", attribute: name, to: { value } };
  };
  const present: Filter = { op: "present", attribute: name };
  const known = optional === true ? present : all;
  const outcomes = { whenTrue: is(true), whenFalse: is(false), decided: known };
  return () => outcomes;
}

/** A macro over a list that is known before the rows are: its test is asked for each item. */
function planEach(node: EachNode, scope: PlanScope): Plan {
  const { macro, over, slot } = node;
  if (readsResource(over)) return refuse("a macro over a list of the row");
  const [kind] = macro.split("-absorbing");
  if (kind !== "all" && kind !== "exists") return refuse(`the macro \`${macro}\` over the row`);
  const list = buildFixed(over, scope);
  const name = `#${slot}`;
  const item = itemType(list.type);
  const body = planNode(bindLocal(node.body, slot, name), {
    inputs: { ...scope.inputs, [name]: item },
  });
  const join = kind === "all" ? every : some;
  const evaluation = evaluationOf(macro);
  return (inputs) => {
    const items = evaluate(list, inputs);
    if (!Array.isArray(items)) return undecided;
    if (items.length > MAX_ITEMS) {
      throw new FilterError("too-large", `a macro walks a list of more than ${MAX_ITEMS} items`);
    }
    const outcomes = items.map((value) => body({ ...inputs, [name]: value }));
    return join(outcomes, evaluation);
  };
}

/** Items that are read from an input in the form that they are computed with. */
function itemType(type: ConditionType): ConditionType {
  const item = typeof type === "object" && "list" in type ? type.list : "dyn";
  const isPlain = ["string", "int", "uint", "double", "bool"].some((name) => name === item);
  return isPlain ? item : refuse("a macro over a list of values that are neither text nor number");
}

/** Lets a variable of a macro be an input of that name. */
function bindLocal<Node>(node: Node, slot: number, name: string): Node {
  if (Array.isArray(node)) return node.map((part) => bindLocal(part, slot, name)) as Node;
  if (typeof node !== "object" || node === null) return node;
  if ("op" in node && node.op === "local" && "slot" in node && node.slot === slot) {
    return { op: "input", name } as Node;
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, part]) => [key, bindLocal<unknown>(part, slot, name)]),
  ) as Node;
}
