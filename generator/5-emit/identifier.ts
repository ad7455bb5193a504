import { literal } from "./literal.js";

/** A property name of TypeScript for any text: bare where it is a plain ASCII identifier, else quoted. */
export function identifier(name: string): string {
  // As a bare or quoted key of an object literal, `__proto__` would set the prototype.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : literal(name);
}
