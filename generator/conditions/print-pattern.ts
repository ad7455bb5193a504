import type { PatternProgram } from "@gatewright/runtime/abi/conditions";
import { literal } from "../5-emit/literal.js";

/** A program of a pattern as a literal, a step to a line. */
export function printPattern({ source, code }: PatternProgram): string {
  const steps = code.map(printValue);
  const line = `[${steps.join(", ")}]`;
  // A list whose parts all have several parts of their own is broken by the formatter, this one by its width alone.
  const list =
    line.length + 8 < 100 ? line : `[\n${steps.map((step) => `    ${step},\n`).join("")}  ]`;
  return `{\n  source: ${literal(source)},\n  code: ${list},\n}`;
}

function printValue(value: unknown): string {
  if (typeof value === "string") return literal(value);
  return Array.isArray(value) ? `[${value.map(printValue).join(", ")}]` : String(value);
}
