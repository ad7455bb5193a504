import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import { literal } from "../5-emit/literal.js";
import type { Printer } from "./printer.js";
import { isDynamic } from "./types.js";

/** The TypeScript type of the form in which conditions compute with values of a type. */
export function printType(type: ConditionType, printer: Printer): string {
  switch (type) {
    case "bool":
      return "boolean";
    case "int":
    case "uint":
    case "timestamp":
    case "duration":
      return printer.useType("Int");
    case "double":
      return "number";
    case "string":
    case "type":
      return "string";
    case "bytes":
      return "Uint8Array";
    case "null":
      return "null";
    case "dyn":
      return printer.useType("Boxed");
    case "never":
      return "never";
    default:
  }
  if ("list" in type) return `readonly (${printType(type.list, printer)})[]`;
  if (!("map" in type)) return "unknown";
  const [key, value] = type.map;
  if (isDynamic(key)) return printer.useType("BoxedMap");
  return key === "string"
    ? `{ readonly [key: string]: ${printType(value, printer)} }`
    : `ReadonlyMap<${printer.useType("Key")}, ${printType(value, printer)}>`;
}

/** The type itself as a value. */
export function printTypeValue(type: ConditionType): string {
  if (typeof type === "string") return literal(type);
  if ("list" in type) return `{ list: ${printTypeValue(type.list)} }`;
  if ("map" in type) return `{ map: [${type.map.map(printTypeValue).join(", ")}] }`;
  const fields = Object.entries(type.fields).map(([name, field]) => {
    const optional = field.optional === true ? ", optional: true" : "";
    return `${literal(name)}: { type: ${printTypeValue(field.type)}${optional} }`;
  });
  return `{ fields: { ${fields.join(", ")} } }`;
}
