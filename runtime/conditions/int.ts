import { fail } from "./condition-error.js";

/**
 * An integer of CEL: a number where that is exact (a safe integer), a bigint else, never the other way round.
 * So `===` and `<` are right for any two of them, and arithmetic on numbers costs one check.
 */
export type Int = number | bigint;

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

export function toInt(value: bigint): Int {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Brings an integer into its one form, and refuses what no int64 holds. */
export function checkInt(value: bigint): Int {
  if (value < INT_MIN || value > INT_MAX) fail("overflow");
  return toInt(value);
}

export function checkUint(value: bigint): Int {
  if (value < 0n || value > UINT_MAX) fail("overflow");
  return toInt(value);
}

// A sum, difference or product of numbers that is a safe integer is exact: one that had to be rounded
// lies beyond 2^53. Adding zero turns -0 into 0.

export function addInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checkInt(BigInt(a) + BigInt(b));
}

export function subtractInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checkInt(BigInt(a) - BigInt(b));
}

export function multiplyInt(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return checkInt(BigInt(a) * BigInt(b));
}

export function divideInt(a: Int, b: Int): Int {
  if (b === 0) fail("divide-by-zero");
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b) + 0;
  return checkInt(BigInt(a) / BigInt(b));
}

export function remainderInt(a: Int, b: Int): Int {
  if (b === 0) fail("divide-by-zero");
  if (typeof a === "number" && typeof b === "number") return (a % b) + 0;
  return checkInt(BigInt(a) % BigInt(b));
}

export function negateInt(a: Int): Int {
  return typeof a === "number" ? 0 - a : checkInt(-a);
}

export function addUint(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checkUint(BigInt(a) + BigInt(b));
}

export function subtractUint(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    return a >= b ? a - b : fail("overflow");
  }
  return checkUint(BigInt(a) - BigInt(b));
}

export function multiplyUint(a: Int, b: Int): Int {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return checkUint(BigInt(a) * BigInt(b));
}

export function divideUint(a: Int, b: Int): Int {
  if (b === 0) fail("divide-by-zero");
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b);
  return checkUint(BigInt(a) / BigInt(b));
}

export function remainderUint(a: Int, b: Int): Int {
  if (b === 0) fail("divide-by-zero");
  if (typeof a === "number" && typeof b === "number") return a % b;
  return checkUint(BigInt(a) % BigInt(b));
}
