import type {
  ConditionField,
  ConditionFields,
  ConditionType,
} from "@gatewright/runtime/abi/conditions";
import { closest } from "../diagnostics/did-you-mean.js";
import { quoteText } from "../diagnostics/quote-text.js";
import type { Checked } from "./checked.js";
import { callNode, dynamicNode, literalNode, place } from "./nodes.js";
import { judge, mistaken, noFacts, pathOf, stepOf } from "./scope.js";
import type { CheckNode, Judgement, Scope } from "./scope.js";
import type { Span, Syntax } from "./syntax.js";
import { isDynamic, isValue, typeText } from "./types.js";

type Select = Extract<Syntax, { kind: "select" }>;
type Name = Extract<Syntax, { kind: "name" }>;
type Call = Extract<Syntax, { kind: "call" }>;

/** Names of types, which are values too. */
const typeNames = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
]);

export function checkName(syntax: Name, scope: Scope): Checked {
  const local = syntax.absolute ? undefined : scope.locals.get(syntax.name);
  if (local !== undefined) {
    const { slot, type } = local;
    return { op: "local", slot, label: syntax.name, type, canFail: false, ...place(syntax) };
  }
  const found = lookUp(syntax.name, syntax, scope);
  if (found !== undefined) return found;
  if (scope.isLoose) {
    return { op: "fail", code: "unknown-name", type: "dyn", canFail: true, ...place(syntax) };
  }
  const names = [...scope.locals.keys(), ...Object.keys(scope.declarations.variables)];
  return mistaken(scope, syntax, {
    code: "condition-unknown-name",
    message: `unknown name ${quoteText(syntax.name)}`,
    ...suggest(syntax.name, names, helpForName(syntax.name)),
  });
}

/** A declared variable, in the container first, or the name of a type. */
function lookUp(name: string, at: Span, scope: Scope): Checked | undefined {
  const { variables, container = "" } = scope.declarations;
  const parts = container === "" ? [] : container.split(".");
  const candidates = parts.map((_, index) =>
    [...parts.slice(0, parts.length - index), name].join("."),
  );
  for (const candidate of [...candidates, name]) {
    const type = Object.hasOwn(variables, candidate) ? variables[candidate] : undefined;
    if (type !== undefined) {
      scope.read.add(candidate);
      return { op: "input", name: candidate, type, canFail: false, ...place(at) };
    }
  }
  if (!typeNames.has(name)) return undefined;
  const value = { type: "type" as const, value: name };
  return { op: "literal", value, type: "type", canFail: false, ...place(at) };
}

/** An attribute; a name with dots is looked up as a whole first, then without its last part, and so on. */
export function checkSelect(syntax: Select, scope: Scope, checkNode: CheckNode): Checked {
  const dotted = dottedName(syntax, scope);
  const whole = dotted === undefined ? undefined : lookUp(dotted, syntax, scope);
  if (whole !== undefined) return whole;
  const { node } = checkNode(syntax.of, scope);
  return selectFrom(node, syntax.name, { at: syntax, nameAt: syntax.nameAt }, scope);
}

function dottedName(syntax: Syntax, scope: Scope): string | undefined {
  if (syntax.kind === "name") {
    return !syntax.absolute && scope.locals.has(syntax.name) ? undefined : syntax.name;
  }
  if (syntax.kind !== "select") return undefined;
  const of = dottedName(syntax.of, scope);
  return of === undefined ? undefined : `${of}.${syntax.name}`;
}

interface Places {
  readonly at: Span;
  readonly nameAt: Span;
}

export function selectFrom(
  of: Checked,
  name: string,
  { at, nameAt }: Places,
  scope: Scope,
): Checked {
  const { type } = of;
  if (isDynamic(type)) return dynamicNode(at, "_._", [of, literalNode(nameAt, name)]);
  if (typeof type === "object" && "fields" in type) return field(of, name, { at, nameAt }, scope);
  if (typeof type === "object" && "map" in type && acceptsText(type.map[0])) {
    if (type.map[0] !== "string") {
      return dynamicNode(at, "_._", [of, literalNode(nameAt, name)], type.map[1]);
    }
    return valueOf(of, literalNode(nameAt, name), at, scope);
  }
  if (scope.isLoose && isValue(type))
    return dynamicNode(at, "_._", [of, literalNode(nameAt, name)]);
  const message = `a value of type ${typeText(type)} has no attributes`;
  return mistaken(scope, nameAt, { code: "condition-types-differ", message });
}

function acceptsText(key: ConditionType): boolean {
  return key === "string" || isDynamic(key);
}

/** The value of a map for a text; it cannot fail where the key is known to be there. */
export function valueOf(map: Checked, key: Checked, at: Span, scope: Scope): Checked {
  const type = typeof map.type === "object" && "map" in map.type ? map.type.map[1] : "dyn";
  const node = callNode(at, { name: "map.at", args: [map, key], type });
  const path = pathOf(node);
  const isKnown = path !== undefined && scope.facts.has(path);
  return isKnown ? node : { ...node, canFail: true };
}

function field(of: Checked, name: string, places: Places, scope: Scope): Checked {
  const found = findField(of, name);
  if (found === undefined) return unknownAttribute(of, name, places.nameAt, scope);
  const optional = found.optional === true;
  const { type } = found;
  const node = { op: "field", of, name, optional, type, ...place(places.at) } as const;
  const path = pathOf({ ...node, canFail: false });
  const isGuarded = !optional || (path !== undefined && scope.facts.has(path));
  if (!isGuarded && !scope.isLoose) {
    const shown = `${textOf(of)}.${writeName(name)}`;
    return mistaken(scope, places.at, {
      code: "condition-missing-guard",
      message: `${quoteText(shown)} may be missing`,
      help: `guard it with ${quoteText(`has(${shown}) && …`)}`,
    });
  }
  return { ...node, canFail: of.canFail || !isGuarded };
}

function unknownAttribute(of: Checked, name: string, nameAt: Span, scope: Scope): Checked {
  const message = `${quoteText(textOf(of))} has no attribute ${quoteText(name)}`;
  const help = suggest(name, Object.keys(fieldsOf(of)));
  return mistaken(scope, nameAt, { code: "condition-unknown-attribute", message, ...help });
}

/** Names that every object inherits are no attributes: a value that lacks one would still have it. */
function findField(of: Checked, name: string): ConditionField | undefined {
  const fields = fieldsOf(of);
  return Object.hasOwn(fields, name) && !(name in Object.prototype) ? fields[name] : undefined;
}

function fieldsOf(of: Checked): ConditionFields {
  return typeof of.type === "object" && "fields" in of.type ? of.type.fields : {};
}

function textOf(node: Checked): string {
  if (node.op === "input") return node.name;
  if (node.op === "local") return node.label;
  return node.op === "field" ? `${textOf(node.of)}.${writeName(node.name)}` : "this value";
}

/** A name as it is written behind a dot. */
function writeName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name}\``;
}

/** `has(a.b)`: where it is true, `a.b` can be read. */
export function checkHas(syntax: Call, scope: Scope, checkNode: CheckNode): Judgement {
  const [arg] = syntax.args;
  if (arg?.kind !== "select" || syntax.args.length !== 1) {
    const help = "write an attribute, as in `has(principal.tenant)`";
    const message = "`has()` takes one attribute";
    return judge(mistaken(scope, syntax, { code: "condition-syntax", message, help }));
  }
  const { node: of } = checkNode(arg.of, scope);
  const key = literalNode(arg.nameAt, arg.name);
  const { type } = of;
  if (typeof type === "object" && "fields" in type) {
    if (findField(of, arg.name) === undefined) {
      return judge(unknownAttribute(of, arg.name, arg.nameAt, scope));
    }
    const { canFail } = of;
    return known(
      { op: "has", of, name: arg.name, type: "bool", canFail, ...place(syntax) },
      of,
      arg.name,
    );
  }
  if (typeof type === "object" && "map" in type && type.map[0] === "string") {
    return known(
      callNode(syntax, { name: "map.has", args: [key, of], type: "bool" }),
      of,
      arg.name,
    );
  }
  const isMap = typeof type === "object" && "map" in type && isDynamic(type.map[0]);
  if (isDynamic(type) || isMap || (scope.isLoose && isValue(type))) {
    return judge(dynamicNode(syntax, "has", [of, key], "bool"));
  }
  const message = `a value of type ${typeText(type)} has no attributes`;
  return judge(mistaken(scope, arg, { code: "condition-types-differ", message }));
}

/** A test that is true only if the attribute is there. */
export function known(node: Checked, of: Checked, name: string): Judgement {
  const path = pathOf(of);
  if (path === undefined) return judge(node);
  return { node, whenTrue: new Set([stepOf(path, name)]), whenFalse: noFacts };
}

function suggest(
  name: string,
  names: readonly string[],
  otherwise?: string,
): { readonly help?: string } {
  const near = closest(name, names);
  if (near !== undefined) return { help: `did you mean ${quoteText(near)}?` };
  if (otherwise !== undefined) return { help: otherwise };
  const shown = names.toSorted().slice(0, 10).map(quoteText).join(", ");
  return shown === ""
    ? {}
    : { help: `known here: ${shown}${names.length > 10 ? " and more" : ""}` };
}

function helpForName(name: string): string | undefined {
  const meant = {
    user: "principal",
    claims: "principal",
    token: "principal",
    req: "request",
    now: "request.time",
  };
  const found = Object.hasOwn(meant, name)
    ? Object.entries(meant).find(([key]) => key === name)
    : undefined;
  return found === undefined ? undefined : `did you mean ${quoteText(found[1])}?`;
}
