import { fail } from "./condition-error.js";
import { checkInt, checkUint } from "./int.js";
import type { Int } from "./int.js";

export function intOfText(text: string): Int {
  return /^[+-]?[0-9]{1,40}$/.test(text)
    ? checkInt(BigInt(text.replace(/^\+/, "")))
    : fail("invalid-value");
}

export function uintOfText(text: string): Int {
  return /^[0-9]{1,40}$/.test(text) ? checkUint(BigInt(text)) : fail("invalid-value");
}

export function doubleOfText(text: string): number {
  const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
  if (special !== null) {
    if (special[2] !== undefined) return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const isNumber = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text);
  return isNumber ? Number(text) : fail("invalid-value");
}

export function boolOfText(text: string): boolean {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : fail("invalid-value");
}

/** Towards zero. The bounds themselves are refused: a double cannot tell them from what lies beyond. */
export function intOfDouble(value: number): Int {
  return Math.abs(value) < 2 ** 63 ? checkInt(BigInt(Math.trunc(value))) : fail("overflow");
}

export function uintOfDouble(value: number): Int {
  return value >= 0 && value < 2 ** 64 ? checkUint(BigInt(Math.trunc(value))) : fail("overflow");
}

export function intOfUint(value: Int): Int {
  return typeof value === "number" ? value : checkInt(value);
}

export function uintOfInt(value: Int): Int {
  return value >= 0 ? value : fail("overflow");
}

/** The shortest decimal that reads as the same double. */
export function textOfDouble(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
