import type { ConditionType, MacroName } from "@gatewright/runtime/abi/conditions";
import { literal } from "../5-emit/literal.js";
import type { Checked } from "./checked.js";
import { arrowOf, callOf, chainOf, choiceOf, wrapped } from "./layout.js";
import type { Printed } from "./layout.js";
import { narrowedBy } from "./narrow.js";
import { printCall } from "./print-call.js";
import { printPattern } from "./print-pattern.js";
import { printType, printTypeValue } from "./print-type.js";
import type { Printer, RuntimeName } from "./printer.js";
import { pathOf, stepOf } from "./scope.js";
import { holdsDynamic, isDynamic } from "./types.js";

export interface PrintContext {
  readonly inputs: ReadonlyMap<string, string>;
  /** Variables of macros, by slot. */
  readonly locals: ReadonlyMap<number, string>;
  /** Optional attributes that TypeScript knows to be there, too. */
  readonly narrowed: ReadonlySet<string>;
  readonly usesSteps: { value: boolean };
}

export const atom = 20;
export const member = 17;
const unary = 14;
const equality = 8;
const conjunction = 4;
const disjunction = 3;
const conditional = 2;

export function wrap(printed: Printed, least: number): string {
  return wrapped(printed, least).code;
}

export function printNode(node: Checked, context: PrintContext, printer: Printer): Printed {
  const print = (part: Checked, inner = context) => printNode(part, inner, printer);
  switch (node.op) {
    case "literal":
      return printLiteral(node, printer);
    case "input":
      return printRead(
        node,
        { code: context.inputs.get(node.name) ?? node.name, level: atom },
        printer,
      );
    case "local":
      return { code: context.locals.get(node.slot) ?? node.label, level: atom };
    case "field":
      return printField(node, context, printer);
    case "has": {
      const of = wrap(print(node.of), member);
      return { code: `${of}${access(node.name)} != null`, level: equality };
    }
    case "not":
      if (node.of.op === "has") {
        const of = wrap(print(node.of.of), member);
        return { code: `${of}${access(node.of.name)} == null`, level: equality };
      }
      return { code: `!${wrap(print(node.of), unary)}`, level: unary };
    case "and":
    case "or":
      return printLogic(node, context, printer);
    case "and-absorbing":
    case "or-absorbing": {
      const name = printer.use(node.op === "and-absorbing" ? "andAbsorbing" : "orAbsorbing");
      const inner = { ...context, narrowed: new Set<string>() };
      const sides = [node.left, node.right].map((side) => arrowOf("", print(side, inner)));
      return callOf(name, sides, member);
    }
    case "choose": {
      const yes = print(node.yes, withNarrowed(context, narrowedBy(node.test, true)));
      const no = print(node.no, withNarrowed(context, narrowedBy(node.test, false)));
      return choiceOf(wrapped(print(node.test), 3), [wrapped(yes, 2), wrapped(no, 2)], conditional);
    }
    case "list":
      // `[a < b, c > (d)]` would be a call with type arguments, so comparisons stand in parentheses.
      return {
        code: `[${node.items.map((item) => wrap(print(item), node.items.length > 1 ? 10 : 0)).join(", ")}]`,
        level: atom,
      };
    case "map":
      return printMap(node, context, printer);
    case "call":
      return printCall(
        node,
        node.args.map((arg) => print(arg)),
        printer,
      );
    case "dynamic":
      return call(printer.use("callDynamic"), [
        literal(node.name),
        ...node.args.map((arg) => print(arg).code),
      ]);
    case "convert": {
      const result = printType(node.type, printer);
      const types = `${printTypeValue(node.of.type)}, ${printTypeValue(node.type)}`;
      const convert = printer.hoist(
        "convert",
        `${printer.use("createConvert")}<${result}>(${types})`,
      );
      return call(convert, [print(node.of).code]);
    }
    case "matches": {
      const matcher = `${printer.use("createMatcher")}(${printPattern(node.pattern)})`;
      return call(printer.hoist("matches", matcher), [print(node.of).code]);
    }
    case "each":
      return printEach(node, context, printer);
    case "spend":
      context.usesSteps.value = true;
      return call(printer.use("spend"), ["steps", print(node.of).code]);
    default:
      return call(printer.use("fail"), [literal(node.code)]);
  }
}

export function call(name: string, args: readonly string[]): Printed {
  return { code: `${name}(${args.join(", ")})`, level: member };
}

type Logic = Extract<Checked, { readonly left: Checked }>;

function printLogic(node: Logic, context: PrintContext, printer: Printer): Printed {
  return node.op === "and"
    ? chainOf(operandsOf(node, "and", context, printer), "&&", conjunction)
    : chainOf(operandsOf(node, "or", context, printer), "||", disjunction);
}

/** All operands of a chain; an `&&` inside a `||` stands in parentheses, for readers. */
function operandsOf(
  node: Checked,
  op: "and" | "or",
  context: PrintContext,
  printer: Printer,
): readonly Printed[] {
  if (!("left" in node) || node.op !== op) {
    const printed = printNode(node, context, printer);
    return [wrapped(printed, op === "and" ? conjunction : conjunction + 1)];
  }
  const known = narrowedBy(node.left, op === "and");
  return [
    ...operandsOf(node.left, op, context, printer),
    ...operandsOf(node.right, op, withNarrowed(context, known), printer),
  ];
}

function withNarrowed(context: PrintContext, paths: readonly string[]): PrintContext {
  return paths.length === 0
    ? context
    : { ...context, narrowed: new Set([...context.narrowed, ...paths]) };
}

export function access(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? `.${name}` : `[${literal(name)}]`;
}

function printField(
  node: Extract<Checked, { op: "field" }>,
  context: PrintContext,
  printer: Printer,
): Printed {
  const of = wrap(printNode(node.of, context, printer), member);
  const plain = { code: `${of}${access(node.name)}`, level: member };
  const path = pathOf(node.of);
  const isKnown = path !== undefined && context.narrowed.has(stepOf(path, node.name));
  const value = node.optional && !isKnown ? call(printer.use("required"), [plain.code]) : plain;
  return printRead(node, value, printer);
}

/** Moments, durations and values of any type come in another form than conditions compute with. */
function printRead({ type, op }: Checked, value: Printed, printer: Printer): Printed {
  if (type === "timestamp") return call(printer.use("timestampOfDate"), [value.code]);
  if (type === "duration") return call(printer.use("durationOfMillis"), [value.code]);
  // A variable of any type says its type already.
  const hasForm = op === "input" && holdsDynamic(type);
  if (hasForm || typeof type === "string" || !needsRead(type)) {
    return type === "dyn" && !hasForm ? call(printer.use("boxValue"), [value.code]) : value;
  }
  const reader = `${printer.use("createReader")}<${printType(type, printer)}>(${printTypeValue(type)})`;
  return call(printer.hoist("read", reader), [value.code]);
}

function needsRead(type: ConditionType): boolean {
  if (typeof type === "string") return ["timestamp", "duration", "dyn"].includes(type);
  if ("list" in type) return needsRead(type.list);
  return "map" in type && needsRead(type.map[1]);
}

function printLiteral({ value }: Extract<Checked, { op: "literal" }>, printer: Printer): Printed {
  switch (value.type) {
    case "string":
    case "type":
      return { code: literal(value.value), level: atom };
    case "bytes": {
      const text = literal(Buffer.from(value.value).toString("base64"));
      return { code: printer.hoist("bytes", `${printer.use("fromBase64")}(${text})`), level: atom };
    }
    case "int":
    case "uint": {
      const end = Number.isSafeInteger(Number(value.value)) ? "" : "n";
      return { code: `${value.value}${end}`, level: value.value < 0n ? unary : atom };
    }
    case "double": {
      const isNegative = value.value < 0 || Object.is(value.value, -0);
      const size = String(Math.abs(value.value));
      return { code: `${isNegative ? "-" : ""}${size}`, level: isNegative ? unary : atom };
    }
    default:
      return { code: String(value.value), level: atom };
  }
}

function printMap(
  node: Extract<Checked, { op: "map" }>,
  context: PrintContext,
  printer: Printer,
): Printed {
  const name = node.key === "string" ? "record" : isDynamic(node.key) ? "boxedMap" : "plainMap";
  const entries = node.entries.map(([key, value]) => {
    return `[${printNode(key, context, printer).code}, ${printNode(value, context, printer).code}]`;
  });
  return call(printer.use(name), [`[${entries.join(", ")}]`]);
}

const methods: {
  readonly [macro in MacroName]: { readonly method: string } | { readonly name: RuntimeName };
} = {
  all: { method: "every" },
  exists: { method: "some" },
  filter: { method: "filter" },
  map: { method: "map" },
  "exists-one": { name: "existsOne" },
  "all-absorbing": { name: "allAbsorbing" },
  "exists-absorbing": { name: "existsAbsorbing" },
};

function printEach(
  node: Extract<Checked, { op: "each" }>,
  context: PrintContext,
  printer: Printer,
): Printed {
  const taken = new Set([...context.inputs.values(), ...context.locals.values()]);
  const name = printer.nameFor(node.label, taken);
  const locals = new Map([...context.locals, [node.slot, name] as const]);
  const inner = { ...context, locals, narrowed: new Set<string>() };
  const over = printNode(node.over, context, printer);
  const body = arrowOf(name, wrapped(printNode(node.body, inner, printer), conditional));
  const how = methods[node.macro];
  return "method" in how
    ? callOf(`${wrap(over, member)}.${how.method}`, [body], member)
    : callOf(printer.use(how.name), [over, body], member);
}
