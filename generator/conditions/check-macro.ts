import type { ConditionType, MacroName } from "@gatewright/runtime/abi/conditions";
import { quoteText } from "../diagnostics/quote-text.js";
import type { Checked } from "./checked.js";
import { measureRange } from "./measure.js";
import { callNode, convertTo, dynamicNode, place, toBool } from "./nodes.js";
import { mistaken } from "./scope.js";
import type { CheckNode, Scope } from "./scope.js";
import type { Syntax } from "./syntax.js";
import { isDynamic, isValue, typeText } from "./types.js";

type Call = Extract<Syntax, { kind: "call" }>;

const macros = new Map<string, MacroName>([
  ["all", "all"],
  ["exists", "exists"],
  ["exists_one", "exists-one"],
  ["filter", "filter"],
  ["map", "map"],
]);

/** More macros within each other than anybody reads. */
const MAX_DEPTH = 8;

export function isMacro(syntax: Call): boolean {
  return syntax.of !== undefined && macros.has(syntax.name) && syntax.args.length >= 2;
}

/** `list.all(x, …)` and the other macros; of a map they walk the keys. */
export function checkMacro(syntax: Call, scope: Scope, checkNode: CheckNode): Checked {
  const macro = macros.get(syntax.name) ?? "all";
  const { of, args } = syntax;
  const [variable, ...bodies] = args;
  const takes = macro === "map" ? [1, 2] : [1];
  if (
    of === undefined ||
    variable?.kind !== "name" ||
    variable.absolute ||
    !takes.includes(bodies.length)
  ) {
    const help = `write \`${syntax.name}(x, …)\` with one variable`;
    const message = `\`${syntax.name}\` is called otherwise`;
    return mistaken(scope, syntax, { code: "condition-unsupported", message, help });
  }
  if (scope.depth >= MAX_DEPTH) {
    const message = `more than ${MAX_DEPTH} macros within each other`;
    return mistaken(scope, syntax, { code: "condition-too-large", message });
  }
  const range = rangeOf(checkNode(of, scope).node, scope);
  if (range === undefined)
    return mistaken(scope, of, {
      code: "condition-types-differ",
      ...noRange(of, scope, checkNode),
    });
  const over = measureRange(range, scope);
  const type = typeof over.type === "object" && "list" in over.type ? over.type.list : "dyn";
  const slot = scope.depth;
  const locals = new Map([...scope.locals, [variable.name, { slot, type }] as const]);
  const facts = new Set([...scope.facts].filter((fact) => !fact.startsWith(`#${slot}.`)));
  const inner = { ...scope, locals, facts, depth: scope.depth + 1 };
  const common = { over, slot, label: variable.name };
  const [first, second] = bodies;
  if (first === undefined) return over;
  if (macro !== "map") {
    const body = bodyOf(first, inner, checkNode);
    return each(syntax, { ...common, macro, body });
  }
  if (second === undefined) {
    return each(syntax, { ...common, macro, body: valueOf(checkNode(first, inner).node, inner) });
  }
  // The test and the value see the same variable, one list after the other.
  const { node: test, whenTrue } = checkNode(first, inner);
  const filtered = each(syntax, { ...common, macro: "filter", body: boolOf(test, inner) });
  const known = { ...inner, facts: new Set([...inner.facts, ...whenTrue]) };
  const body = valueOf(checkNode(second, known).node, known);
  return each(syntax, { ...common, over: filtered, macro, body });
}

function each(
  at: Call,
  parts: {
    readonly over: Checked;
    readonly slot: number;
    readonly label: string;
    readonly macro: MacroName;
    readonly body: Checked;
  },
): Checked {
  const { over, body } = parts;
  const decides = parts.macro === "all" || parts.macro === "exists";
  const macro = decides && body.canFail ? (`${parts.macro}-absorbing` as MacroName) : parts.macro;
  const type: ConditionType =
    macro === "map" ? { list: body.type } : macro === "filter" ? over.type : "bool";
  return { op: "each", ...parts, macro, type, canFail: over.canFail || body.canFail, ...place(at) };
}

function rangeOf(node: Checked, scope: Scope): Checked | undefined {
  const { type } = node;
  if (isDynamic(type) || (scope.isLoose && isValue(type) && typeof type === "string")) {
    return dynamicNode(node, "range", [node], { list: "dyn" });
  }
  if (typeof type === "string" || "fields" in type) return undefined;
  if ("list" in type) return node;
  return callNode(node, { name: "map.keys", args: [node], type: { list: type.map[0] } });
}

function noRange(of: Syntax, scope: Scope, checkNode: CheckNode): { readonly message: string } {
  const { type } = checkNode(of, scope).node;
  return { message: `a macro walks a list or a map, and this is of type ${typeText(type)}` };
}

function bodyOf(syntax: Syntax, scope: Scope, checkNode: CheckNode): Checked {
  return boolOf(checkNode(syntax, scope).node, scope);
}

function boolOf(node: Checked, scope: Scope): Checked {
  if (node.type === "bool") return node;
  if (isDynamic(node.type) || (scope.isLoose && isValue(node.type))) return toBool(node);
  const message = `the test of a macro is a bool, and this is of type ${typeText(node.type)}`;
  return toBool(mistaken(scope, node, { code: "condition-types-differ", message }));
}

function valueOf(node: Checked, scope: Scope): Checked {
  if (isValue(node.type)) return node;
  const message = `attributes as a whole are no value; name one of them, not ${quoteText("…")}`;
  return convertTo(mistaken(scope, node, { code: "condition-types-differ", message }), "dyn");
}
