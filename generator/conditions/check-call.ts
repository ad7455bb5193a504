import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import { closest } from "../diagnostics/did-you-mean.js";
import { quoteText } from "../diagnostics/quote-text.js";
import { checkOverloads } from "./check-operator.js";
import type { Checked } from "./checked.js";
import { compilePattern } from "./compile-pattern.js";
import { measure } from "./measure.js";
import { callNode, convertTo, dynamicNode, place } from "./nodes.js";
import { mistaken } from "./scope.js";
import type { CheckNode, Scope } from "./scope.js";
import type { Span, Syntax } from "./syntax.js";
import { isDynamic, isValue, typeText } from "./types.js";

type Call = Extract<Syntax, { kind: "call" }>;

const conversions = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "timestamp",
  "duration",
  "type",
  "dyn",
];
const methods = [
  "contains",
  "startsWith",
  "endsWith",
  "matches",
  "size",
  "getFullYear",
  "getMonth",
  "getDate",
  "getDayOfMonth",
  "getDayOfWeek",
  "getDayOfYear",
  "getHours",
  "getMinutes",
  "getSeconds",
  "getMilliseconds",
];
const functions = [...conversions, "size", "matches"];

/** Functions of CEL's extensions, which other implementations may have. */
const extensions = new Set(
  (
    "charAt indexOf lastIndexOf lowerAscii upperAscii replace split substring trim join format quote reverse " +
    "transformList transformMap transformMapEntry existsOne sort sortBy distinct flatten slice first last " +
    "range orValue or value hasValue optMap optFlatMap bind block"
  ).split(" "),
);
const namespaces = new Set([
  "math",
  "strings",
  "optional",
  "base64",
  "cel",
  "sets",
  "lists",
  "proto",
  "regex",
  "ip",
  "cidr",
]);

/** A function, or a method of the value before the dot. */
export function checkCall(syntax: Call, scope: Scope, checkNode: CheckNode): Checked {
  const { of, name } = syntax;
  const isKnown = (of === undefined ? functions : methods).includes(name);
  if (!isKnown) return unknownFunction(syntax, scope, checkNode);
  const all = of === undefined ? syntax.args : [of, ...syntax.args];
  const args = all.map((arg) => checkNode(arg, scope).node);
  const [first] = args;
  if (name === "matches") return checkMatches(syntax, all, args, scope);
  const structure = args.find(({ type }) => !isValue(type));
  if (structure !== undefined) {
    const message = "attributes as a whole are no value; name one of them";
    return mistaken(scope, structure, { code: "condition-types-differ", message });
  }
  if (first !== undefined && args.length === 1) {
    if (name === "dyn") return convertTo(first, "dyn");
    if (name === "type") return callNode(syntax, { name: "type", args: [first], type: "type" });
    if (name === "size") return checkSize(syntax, first, scope);
  }
  const expected = of === undefined ? "one argument" : "other arguments";
  if (args.length === 0 || args.length > 2) {
    const message = `\`${name}\` takes ${expected}`;
    return mistaken(scope, syntax, { code: "condition-types-differ", message });
  }
  return checkOverloads({ ...place(syntax), name }, args, scope);
}

function checkSize(at: Span, arg: Checked, scope: Scope): Checked {
  const { type } = arg;
  if (isDynamic(type)) return dynamicNode(at, "size", [arg], "int");
  if (typeof type === "object") {
    const name = "list" in type ? "list.size" : "map.size";
    return callNode(at, {
      name,
      args: [name === "map.size" ? measure(arg, scope) : arg],
      type: "int",
    });
  }
  return checkOverloads({ ...place(at), name: "size" }, [arg], scope);
}

/** Patterns are written out, so that the compiler reads them and the runtime needs no reader of patterns. */
function checkMatches(
  at: Call,
  syntax: readonly Syntax[],
  args: readonly Checked[],
  scope: Scope,
): Checked {
  const [text, pattern] = args;
  const written = syntax[1];
  if (text === undefined || pattern === undefined || args.length !== 2) {
    const message = "`matches` takes a text and a pattern";
    return mistaken(scope, at, { code: "condition-types-differ", message });
  }
  const type: ConditionType = text.type;
  const isText = type === "string" || isDynamic(type) || (scope.isLoose && isValue(type));
  if (!isText) {
    const message = `\`matches\` needs a string, and this is of type ${typeText(type)}`;
    return mistaken(scope, text, { code: "condition-types-differ", message });
  }
  if (written?.kind !== "literal" || written.value.type !== "string") {
    const message = "a pattern must be written out as one string";
    return mistaken(scope, pattern, { code: "condition-pattern", message });
  }
  const { value, offsets } = written.value;
  const compiled = compilePattern(value);
  if (compiled.program === undefined) {
    const start = offsets[compiled.start] ?? written.end - 1;
    const end = offsets[compiled.end] ?? written.end - 1;
    const { message } = compiled;
    const span = { start: Math.min(start, end), end: Math.max(end, start + 1) };
    return mistaken(scope, span, { code: "condition-pattern", message });
  }
  const boxed = type === "string" || isDynamic(type) ? text : convertTo(text, "dyn");
  const of = measure(convertTo(boxed, "string"), scope);
  const { program } = compiled;
  return { op: "matches", of, pattern: program, type: "bool", canFail: of.canFail, ...place(at) };
}

function unknownFunction(syntax: Call, scope: Scope, checkNode: CheckNode): Checked {
  const { of, name, nameAt } = syntax;
  if (scope.isLoose) {
    return { op: "fail", code: "no-such-overload", type: "dyn", canFail: true, ...place(syntax) };
  }
  const namespace = of?.kind === "name" && namespaces.has(of.name) ? of.name : undefined;
  if (namespace !== undefined || extensions.has(name)) {
    const full = namespace === undefined ? name : `${namespace}.${name}`;
    const message = `\`${full}\` belongs to an extension of CEL, which is not supported`;
    const at = namespace === undefined ? nameAt : { start: syntax.start, end: nameAt.end };
    return mistaken(scope, at, { code: "condition-unsupported", message });
  }
  for (const part of of === undefined ? syntax.args : [of, ...syntax.args]) checkNode(part, scope);
  const isMisplaced = (of === undefined ? methods : functions).includes(name);
  const misplaced = of === undefined ? `write \`value.${name}(…)\`` : `write \`${name}(…)\``;
  const near = closest(
    name,
    of === undefined ? functions : [...methods, "all", "exists", "exists_one", "filter", "map"],
  );
  const help = isMisplaced
    ? misplaced
    : near === undefined
      ? undefined
      : `did you mean \`${near}\`?`;
  return mistaken(scope, nameAt, {
    code: "condition-unknown-function",
    message: `unknown function ${quoteText(name)}`,
    ...(help === undefined ? {} : { help }),
  });
}
