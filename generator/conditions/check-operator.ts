import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import { canOverloadFail } from "./bounds.js";
import type { Checked } from "./checked.js";
import { measure, measureShort } from "./measure.js";
import { callNode, convertTo, dynamicNode } from "./nodes.js";
import { overloads } from "./operations.js";
import type { Overload } from "./operations.js";
import { mistaken } from "./scope.js";
import type { Scope } from "./scope.js";
import type { Span } from "./syntax.js";
import { commonType, isDynamic, isSameType, isValue, typeText } from "./types.js";

const relations = new Set(["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"]);

/** An operator on values that are checked already. */
export function checkOperator(
  syntax: Span & { readonly name: string },
  args: readonly Checked[],
  scope: Scope,
): Checked {
  const [a, b] = args;
  const { name } = syntax;
  if (a !== undefined && b !== undefined) {
    if (name === "_==_" || name === "_!=_") return checkEqual(syntax, [a, b], scope);
    if (name === "@in") return checkIn(syntax, [a, b], scope);
    if (name === "_+_" && isList(a.type) && isList(b.type)) {
      return addLists(syntax, [a, b], scope);
    }
  }
  return checkOverloads(syntax, args, scope);
}

/** A function on scalar values. Where a type is known only at evaluation, so is the overload. */
export function checkOverloads(
  at: Span & { readonly name: string },
  args: readonly Checked[],
  scope: Scope,
): Checked {
  const { name } = at;
  const candidates = overloads.filter(({ of, args: wanted }) => of === name && fits(wanted, args));
  const [first] = candidates;
  const hasDynamic = args.some(({ type }) => isDynamic(type));
  if (first !== undefined && !hasDynamic) {
    const { name: called, result: type } = first;
    const canFail = canOverloadFail(first, args);
    const measured =
      first.isShort === true ? measureShort(args, scope) : measureAll(first, args, scope);
    return callNode(at, { name: called, args: measured, type, canFail });
  }
  const takesLists = name === "_+_" && args.some(({ type }) => isList(type));
  const isCallable = first !== undefined || (hasDynamic && takesLists);
  if (isCallable || (scope.isLoose && args.every(({ type }) => isValue(type)))) {
    const measured = args.map((arg) => measure(arg, scope));
    return dynamicNode(at, name, measured, resultOf(name, candidates));
  }
  return mistaken(scope, at, {
    code: "condition-types-differ",
    message: `\`${shownName(name)}\` does not take ${args.map(({ type }) => typeText(type)).join(" and ")}`,
    ...helpFor(args),
  });
}

function fits(wanted: readonly ConditionType[], args: readonly Checked[]): boolean {
  return (
    wanted.length === args.length &&
    wanted.every((type, index) => {
      const given = args[index]?.type ?? "null";
      return isDynamic(given) || isSameType(type, given);
    })
  );
}

/** Concatenations make values larger, so that a limit for their operands is no limit for their results. */
function measureAll(
  overload: Overload,
  args: readonly Checked[],
  scope: Scope,
): readonly Checked[] {
  const how = overload.of === "_+_" ? "always" : undefined;
  return args.map((arg) => measure(arg, scope, how));
}

function resultOf(name: string, candidates: readonly Overload[]): ConditionType {
  if (relations.has(name)) return "bool";
  const results = new Set(candidates.map(({ result }) => result));
  const [only] = results;
  return results.size === 1 && only !== undefined && name !== "_+_" ? only : sumOf(name, results);
}

/** `+` with a value of unknown type is also one of lists. */
function sumOf(name: string, results: ReadonlySet<ConditionType>): ConditionType {
  const [only] = results;
  return name === "_+_" && results.size === 1 && only !== undefined ? only : "dyn";
}

function checkEqual(
  at: Span & { readonly name: string },
  [a, b]: readonly [Checked, Checked],
  scope: Scope,
): Checked {
  const common = commonType(a.type, b.type);
  if (common !== undefined && isValue(common)) {
    const args = measureShort([convertTo(a, common), convertTo(b, common)], scope);
    return callNode(at, { name: at.name === "_==_" ? "equal" : "differ", args, type: "bool" });
  }
  if (scope.isLoose && isValue(a.type) && isValue(b.type)) {
    return dynamicNode(at, at.name, [measure(a, scope), measure(b, scope)], "bool");
  }
  const message =
    isValue(a.type) && isValue(b.type)
      ? `${typeText(a.type)} is never equal to ${typeText(b.type)}`
      : "attributes as a whole cannot be compared; name one of them";
  return mistaken(scope, at, { code: "condition-types-differ", message, ...helpFor([a, b]) });
}

function checkIn(
  at: Span & { readonly name: string },
  [item, all]: readonly [Checked, Checked],
  scope: Scope,
): Checked {
  const { type } = all;
  if (typeof type === "object" && ("list" in type || "map" in type)) {
    const [key, value] = "list" in type ? [type.list] : type.map;
    const common = commonType(item.type, key);
    if (common !== undefined && isValue(common)) {
      const collection = value === undefined ? { list: common } : { map: [common, value] as const };
      const name = value === undefined ? "list.has" : "map.has";
      const args = [
        measure(convertTo(item, common), scope),
        measure(convertTo(all, collection), scope),
      ];
      return callNode(at, { name, args, type: "bool" });
    }
    if (!scope.isLoose || !isValue(item.type)) {
      const message = `${typeText(type)} never holds ${typeText(item.type)}`;
      return mistaken(scope, at, {
        code: "condition-types-differ",
        message,
        ...helpFor([item, all]),
      });
    }
  }
  if (isDynamic(type) || (scope.isLoose && isValue(type) && isValue(item.type))) {
    return dynamicNode(at, "@in", [measure(item, scope), measure(all, scope)], "bool");
  }
  const message = `\`in\` needs a list or a map, and this is of type ${typeText(type)}`;
  return mistaken(scope, all, { code: "condition-types-differ", message });
}

function addLists(at: Span, [a, b]: readonly [Checked, Checked], scope: Scope): Checked {
  const common = commonType(a.type, b.type) ?? { list: "dyn" };
  const args = [a, b].map((list) => measure(convertTo(list, common), scope, "always"));
  return callNode(at, { name: "list.add", args, type: common });
}

function isList(type: ConditionType): boolean {
  return typeof type === "object" && "list" in type;
}

function shownName(name: string): string {
  return name.startsWith("_") || name.endsWith("_") ? name.replaceAll("_", "") : name;
}

const numbers: readonly ConditionType[] = ["int", "uint", "double"];

function helpFor(args: readonly Checked[]): { readonly help?: string } {
  const types = args.map(({ type }) => type);
  if (types.includes("null"))
    return { help: "to ask whether an attribute is there, write `has()`" };
  const [a, b] = types;
  if (a === undefined || b === undefined || typeof a !== "string" || typeof b !== "string")
    return {};
  const whole = args.find((arg) => arg.op === "literal" && arg.type === "int");
  if (whole?.op === "literal" && (a === "double" || b === "double")) {
    return { help: `write \`${whole.value.value}.0\`` };
  }
  if (numbers.includes(a) && numbers.includes(b))
    return { help: `convert one of them, as in \`${b}(…)\`` };
  return {};
}
