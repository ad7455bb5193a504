import { refuseTree } from "./built.js";
import type { Built, BuildNode, Scope } from "./built.js";
import type { Boxed } from "./boxed.js";
import { collections } from "./collections.js";
import type { Chosen } from "./collections.js";
import { callDynamic, isDynamicName } from "./dynamic.js";
import { compareAttributes, compareOwnership } from "./compare-attributes.js";
import { operations } from "./operations.js";
import { createMatcher } from "./pattern.js";
import { readList, readPattern, readText } from "./read-tree.js";
import type { Plain } from "./read-tree.js";
import { isPlain, isSameType } from "./types.js";
import type { ConditionType } from "./types.js";

const byName = new Map(operations.map((operation) => [operation.name, operation]));

/** A function on values of known types. Comparisons of attributes are made without a call for each of them. */
export function buildCall(node: Plain, scope: Scope, buildNode: BuildNode): Built {
  const name = readText(node["name"]);
  const args = readList(node["args"]).map((arg) => buildNode(arg, scope));
  const { result, run } = choose(
    name,
    args.map(({ type }) => type),
  );
  const [a, b] = args;
  if (a === undefined || args.length > 2) return refuseTree("a function is called otherwise");
  const isFixed = args.every(({ constant }) => constant !== undefined);
  const folded = isFixed ? { constant: { value: undefined } } : {};
  if (b === undefined) {
    const call = run as (value: unknown) => unknown;
    const { run: of } = a;
    return { type: result, run: (inputs, frame) => call(of(inputs, frame)), ...folded };
  }
  const direct = isPlain(a.type) ? buildComparison(name, a, b) : undefined;
  if (direct !== undefined) return { type: result, ...direct, ...folded };
  const call = run as (one: unknown, other: unknown) => unknown;
  const { run: left } = a;
  const { run: right } = b;
  if (b.constant !== undefined) {
    const { value } = b.constant;
    return { type: result, run: (inputs, frame) => call(left(inputs, frame), value), ...folded };
  }
  return {
    type: result,
    run: (inputs, frame) => call(left(inputs, frame), right(inputs, frame)),
  };
}

function choose(name: string, types: readonly ConditionType[]): Chosen {
  const operation = byName.get(name);
  if (operation !== undefined) {
    const { args } = operation;
    const fits =
      args.length === types.length &&
      args.every((type, index) => isSameType(type, types[index] ?? "never"));
    return fits ? operation : refuseTree("a function is called otherwise");
  }
  const collection = Object.hasOwn(collections, name) ? collections[name] : undefined;
  return collection?.(types) ?? refuseTree("a function is unknown, or called otherwise");
}

type Comparison = Pick<Built, "run" | "whole">;

function buildComparison(name: string, a: Built, b: Built): Comparison | undefined {
  const isWanted = name === "equal";
  if (!isWanted && name !== "differ") return undefined;
  const [left, right] = [a.path, b.path];
  if (left !== undefined && right !== undefined) {
    const run = compareAttributes(left, right, isWanted);
    const whole = isWanted ? compareOwnership(left, right) : undefined;
    return whole === undefined ? { run } : { run, whole };
  }
  const { run: first } = a;
  const { run: second } = b;
  return {
    run: (inputs, frame) => (first(inputs, frame) === second(inputs, frame)) === isWanted,
  };
}

export function buildDynamic(node: Plain, scope: Scope, buildNode: BuildNode): Built {
  const name = readText(node["name"]);
  if (!isDynamicName(name)) return refuseTree("a function is unknown");
  const args = readList(node["args"]).map((arg) => {
    const { type, run } = buildNode(arg, scope);
    return type === "dyn" || type === "never" ? run : refuseTree("a part is of another type");
  });
  return {
    type: "dyn",
    run: (inputs, frame) => callDynamic(name, ...args.map((run) => run(inputs, frame) as Boxed)),
  };
}

export function buildMatches(node: Plain, scope: Scope, buildNode: BuildNode): Built {
  const { type, run } = buildNode(node["of"], scope);
  if (type !== "string") return refuseTree("a part is of another type");
  const matches = createMatcher(readPattern(node["pattern"]));
  return {
    type: "bool",
    run: (inputs, frame) => matches(run(inputs, frame) as string),
  };
}
