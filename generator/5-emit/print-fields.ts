import type { ConditionFields, ConditionType } from "@gatewright/runtime/abi/conditions";
import { identifier } from "./identifier.js";

/** The TypeScript type of values as the application hands them over, on lines below `indent`. */
export function printFields(fields: ConditionFields, indent: number): string {
  const entries = Object.entries(fields);
  if (entries.length === 0) return "Readonly<Record<never, never>>";
  const margin = " ".repeat(indent + 2);
  const lines = entries.map(([name, { type, optional }]) => {
    const printed = printType(type, indent + 2);
    const mark = optional === true ? "?" : "";
    const missing = optional === true ? " | null | undefined" : "";
    return `${margin}readonly ${identifier(name)}${mark}: ${printed}${missing};`;
  });
  return `{\n${lines.join("\n")}\n${" ".repeat(indent)}}`;
}

function printType(type: ConditionType, indent: number): string {
  if (typeof type === "string") return scalars[type] ?? "unknown";
  if ("list" in type) return `readonly ${printType(type.list, indent)}[]`;
  return "fields" in type ? printFields(type.fields, indent) : "unknown";
}

const scalars: Readonly<Record<string, string>> = {
  bool: "boolean",
  int: "number",
  double: "number",
  string: "string",
  timestamp: "Date",
};
