import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import { literal } from "../5-emit/literal.js";
import type { Checked } from "./checked.js";
import { overloads } from "./operations.js";
import type { Print } from "./operations.js";
import type { Printed } from "./layout.js";
import { call, member, wrap } from "./print-node.js";
import { printType, printTypeValue } from "./print-type.js";
import { isRuntimeName } from "./printer.js";
import type { Printer } from "./printer.js";
import { isDynamic, isPlain } from "./types.js";

type Call = Extract<Checked, { op: "call" }>;

const printed = new Map(overloads.map(({ name, print }) => [name, print]));
const equality = 8;
const relation = 9;
const unary = 14;

/** A function on values of known types, as plain as the types allow. */
export function printCall(node: Call, args: readonly Printed[], printer: Printer): Printed {
  const [first, second] = args;
  const print = printed.get(node.name);
  if (first === undefined) return call("undefined", []);
  if (print !== undefined)
    return printConstant(node, args, printer) ?? printOverload(print, args, printer);
  return (
    printCollection(node, [first, second ?? first], printer) ?? printChosen(node, args, printer)
  );
}

/** A moment or duration that is written out, and is one: read once, when the file is loaded. */
function printConstant(
  node: Call,
  args: readonly Printed[],
  printer: Printer,
): Printed | undefined {
  const [text] = node.args;
  if (text?.op !== "literal" || node.canFail) return undefined;
  const kind = { "duration.of-string": "duration", "timestamp.of-string": "moment" }[node.name];
  if (kind === undefined) return undefined;
  const read = printer.use(kind === "duration" ? "durationOfText" : "timestampOfText");
  return { code: printer.hoist(kind, `${read}(${args[0]?.code ?? ""})`), level: 20 };
}

function printOverload(print: Print, args: readonly Printed[], printer: Printer): Printed {
  const [a, b] = args;
  if (a === undefined) return call("undefined", []);
  if (print === "same") return a;
  if ("infix" in print && b !== undefined) {
    const { infix, level } = print;
    // `a < b > (c)` would be a call with type arguments.
    const left = wrap(a, level === relation ? level + 1 : level);
    return { code: `${left} ${infix} ${wrap(b, level + 1)}`, level };
  }
  if ("compare" in print && b !== undefined) {
    const { code } = call(useName(print.compare, printer), [a.code, b.code]);
    return { code: `${code} ${print.sign} 0`, level: relation };
  }
  if ("prefix" in print) {
    // Two signs in a row would be another operator.
    const of = a.code.startsWith(print.prefix) ? `(${a.code})` : wrap(a, unary);
    return { code: `${print.prefix}${of}`, level: unary };
  }
  if ("method" in print)
    return call(`${wrap(a, member)}.${print.method}`, b === undefined ? [] : [b.code]);
  if ("property" in print) return { code: `${wrap(a, member)}.${print.property}`, level: member };
  if (!("call" in print)) return a;
  const codes = args.map(({ code }) => code);
  const more = print.more === undefined ? [] : [print.more];
  const [one = "", ...others] = print.swap === true ? codes.toReversed() : codes;
  return call(useName(print.call, printer), [one, ...more, ...others]);
}

function useName(name: string, printer: Printer): string {
  return isRuntimeName(name) ? printer.use(name) : name;
}

function printCollection(
  { name, args }: Call,
  [a, b]: readonly [Printed, Printed],
  printer: Printer,
): Printed | undefined {
  const types = args.map(({ type }) => type);
  const [type = "dyn", other = "dyn"] = types;
  switch (name) {
    case "equal":
    case "differ": {
      if (!isPlain(type)) return undefined;
      const sign = name === "equal" ? "===" : "!==";
      return { code: `${wrap(a, equality + 1)} ${sign} ${wrap(b, equality + 1)}`, level: equality };
    }
    case "list.size":
      return { code: `${wrap(a, member)}.length`, level: member };
    case "list.at":
      return call(printer.use("itemAt"), [a.code, b.code]);
    case "list.add":
      return { code: `[...${wrap(a, 2)}, ...${wrap(b, 2)}]`, level: 20 };
    case "list.has":
      return isPlain(type) && type !== "double"
        ? call(`${wrap(b, member)}.includes`, [a.code])
        : undefined;
    case "map.at": {
      const key = keyOf(type);
      if (isDynamic(key)) return undefined;
      return call(printer.use(key === "string" ? "valueAt" : "entryAt"), [a.code, b.code]);
    }
    case "map.has": {
      const key = keyOf(other);
      if (isDynamic(key)) return undefined;
      return key === "string"
        ? call(printer.use("hasKey"), [b.code, a.code])
        : call(`${wrap(b, member)}.has`, [a.code]);
    }
    case "map.keys":
      return keyOf(type) === "string" ? call("Object.keys", [a.code]) : undefined;
    default:
      return undefined;
  }
}

function keyOf(type: ConditionType): ConditionType {
  return typeof type === "object" && "map" in type ? type.map[0] : "dyn";
}

/** A function that the runtime makes for these types. */
function printChosen(node: Call, args: readonly Printed[], printer: Printer): Printed {
  const types = node.args.map(({ type }) => printTypeValue(type)).join(", ");
  const result = printType(node.type, printer);
  const made = `${printer.use("createCall")}<${result}>(${literal(node.name)}, [${types}])`;
  return call(
    printer.hoist("call", made),
    args.map(({ code }) => code),
  );
}
