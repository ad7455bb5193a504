import type { ConditionNode } from "../conditions/tree.js";
import type { ConditionInputs } from "../conditions/built.js";
import { isSameType } from "../conditions/types.js";
import { allOf, anyOf, oneOf } from "./combine.js";
import { compareWith, opposite, toConstant } from "./compare-with.js";
import type { Comparison } from "./compare-with.js";
import type { Filter, FilterOperand, FilterRelation, ScalarFilterType } from "./filter.js";
import { decided, isTotal, undecided } from "./outcomes.js";
import type { Outcomes } from "./outcomes.js";
import { attributeOf, buildFixed, evaluate, readsResource, refuse } from "./plan-node.js";
import type { Attribute, Plan, PlanScope } from "./plan-node.js";

type CallNode = Extract<ConditionNode, { op: "call" }>;

const relations: { readonly [verb: string]: FilterRelation } = {
  equal: "equal",
  differ: "differ",
  less: "less",
  "at-most": "at-most",
  more: "more",
  "at-least": "at-least",
};

const mirrored: { readonly [relation in FilterRelation]: FilterRelation } = {
  equal: "equal",
  differ: "differ",
  less: "more",
  "at-most": "at-least",
  more: "less",
  "at-least": "at-most",
};

const texts = {
  "string.starts-with": "starts-with",
  "string.ends-with": "ends-with",
  "string.contains": "contains",
} as const;

/** A function that is a test of attributes. */
export function planCall({ name, args }: CallNode, scope: PlanScope): Plan {
  const [a, b] = args;
  if (a === undefined || b === undefined) return refuse(`\`${name}\` of an attribute`);
  const relation = relations[name.split(".").at(-1) ?? ""];
  if (relation !== undefined) return planComparison(relation, [a, b], scope);
  if (name === "list.has") return planIn([a, b], scope);
  const text = Object.hasOwn(texts, name) ? texts[name as keyof typeof texts] : undefined;
  if (text === undefined) return refuse(`\`${name}\` of an attribute`);
  const [of, part] = [planText(a, scope), planText(b, scope)];
  return (inputs) => {
    const [left, right] = [of.find(inputs), part.find(inputs)];
    if (left === undefined || right === undefined) return undecided;
    const test: Filter = { op: "text", relation: text, of: left, part: right };
    return testOf({ holds: test, fails: opposite(test) }, [of.attribute, part.attribute]);
  };
}

function planComparison(
  relation: FilterRelation,
  [left, right]: readonly [ConditionNode, ConditionNode],
  scope: PlanScope,
): Plan {
  const attribute = attributeOf(left, scope);
  if (attribute === undefined) {
    if (attributeOf(right, scope) === undefined) return refuse("a value computed from the row");
    return planComparison(mirrored[relation], [right, left], scope);
  }
  const type = scalarOf(attribute);
  const other = attributeOf(right, scope);
  if (other !== undefined) {
    if (other.type !== attribute.type) return refuse("attributes of different types");
    const outcomes = compareAttributes(relation, type, [attribute, other]);
    return () => outcomes;
  }
  if (readsResource(right)) return refuse("a value computed from the row");
  const built = buildFixed(right, scope);
  if (built.type !== type) return refuse("a value of another type than the attribute");
  return (inputs) => {
    const value = evaluate(built, inputs);
    const test = compareWith({ attribute: attribute.name, relation, type }, value);
    return test === undefined ? undecided : testOf(test, [attribute]);
  };
}

function compareAttributes(
  relation: FilterRelation,
  type: ScalarFilterType,
  [attribute, other]: readonly [Attribute, Attribute],
): Outcomes {
  const to = { attribute: other.name };
  const test: Filter = { op: "compare", relation, type, attribute: attribute.name, to };
  return testOf({ holds: test, fails: opposite(test) }, [attribute, other]);
}

/** `x in list`, where one of them or what is in the list is of the row. */
function planIn([item, list]: readonly [ConditionNode, ConditionNode], scope: PlanScope): Plan {
  const within = attributeOf(list, scope);
  if (within !== undefined) {
    if (!isSameType(within.type, { list: "string" })) return refuse("an attribute that is no list");
    const of = planText(item, scope);
    return (inputs) => {
      const found = of.find(inputs);
      if (found === undefined) return undecided;
      const test: Filter = { op: "includes", attribute: within.name, item: found };
      return testOf({ holds: test, fails: opposite(test) }, [within, of.attribute]);
    };
  }
  if (list.op === "list" && readsResource(list)) return planItems(item, list.items, scope);
  const attribute = attributeOf(item, scope);
  if (attribute === undefined || readsResource(list)) {
    return refuse("a value computed from the row");
  }
  const type = scalarOf(attribute);
  const built = buildFixed(list, scope);
  return (inputs) => {
    const values = evaluate(built, inputs);
    if (!Array.isArray(values)) return undecided;
    const constants = values.map((value) => toConstant(type, value));
    const test = oneOf(
      attribute.name,
      type,
      constants.flatMap((constant) => (constant === undefined ? [] : [constant])),
    );
    return testOf({ holds: test, fails: opposite(test) }, [attribute]);
  };
}

/** In a list that is written out: equal to one of its items, all of which must be there. */
function planItems(item: ConditionNode, items: readonly ConditionNode[], scope: PlanScope): Plan {
  const tests = items.map((other) => planEqual(item, other, scope));
  return (inputs) => {
    const outcomes = tests.map((test) => test(inputs));
    const known = allOf(outcomes.map((outcome) => outcome.decided));
    const found = anyOf(outcomes.map(({ whenTrue }) => whenTrue));
    const isDecided = outcomes.map(({ whenTrue, whenFalse }) => anyOf([whenTrue, whenFalse]));
    return {
      whenTrue: outcomes.every(isTotal) ? found : allOf([...isDecided, found]),
      whenFalse: allOf(outcomes.map(({ whenFalse }) => whenFalse)),
      decided: known,
    };
  };
}

function planEqual(item: ConditionNode, other: ConditionNode, scope: PlanScope): Plan {
  if (readsResource(item) || readsResource(other)) {
    return planComparison("equal", [item, other], scope);
  }
  const built = buildFixed({ op: "call", name: "equal", args: [item, other] }, scope);
  return (inputs) => {
    const value = evaluate(built, inputs);
    return typeof value === "boolean" ? decided(value) : undecided;
  };
}

interface PlannedOperand {
  readonly attribute?: Attribute;
  /** Undefined where it has no value. */
  readonly find: (inputs: ConditionInputs) => FilterOperand | undefined;
}

function planText(node: ConditionNode, scope: PlanScope): PlannedOperand {
  const attribute = attributeOf(node, scope);
  if (attribute !== undefined) {
    if (attribute.type !== "string") return refuse("an attribute that is no text");
    const operand = { attribute: attribute.name };
    return { attribute, find: () => operand };
  }
  if (readsResource(node)) return refuse("a value computed from the row");
  const built = buildFixed(node, scope);
  const find = (inputs: ConditionInputs) => {
    const value = evaluate(built, inputs);
    return typeof value === "string" ? { value } : undefined;
  };
  return { find };
}

/** A test of attributes; where one that may be missing is, nothing can be decided. */
function testOf(
  { holds, fails }: Comparison,
  attributes: readonly (Attribute | undefined)[],
): Outcomes {
  const guards = attributes.flatMap((attribute): readonly Filter[] =>
    attribute?.optional === true ? [{ op: "present", attribute: attribute.name }] : [],
  );
  // A test is false where its attribute is missing; its negation and what was decided already are not.
  const guarded = (test: Filter) =>
    test.op === "not" || test.op === "all" ? allOf([...guards, test]) : test;
  return { whenTrue: guarded(holds), whenFalse: guarded(fails), decided: allOf(guards) };
}

function scalarOf({ type }: Attribute): ScalarFilterType {
  const scalar = scalars.find((name) => name === type);
  return scalar ?? refuse("an attribute that is a list, compared as a whole");
}

const scalars: readonly ScalarFilterType[] = ["string", "int", "double", "bool", "timestamp"];
