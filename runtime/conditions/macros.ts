import { fail, isFinal } from "./condition-error.js";

type Test<T> = (item: T) => boolean;

/** What one evaluation may spend on macros within macros, in items and characters. */
export const MAX_STEPS = 100_000;

/** What is left to spend in one evaluation. */
export interface Steps {
  left: number;
}

export function startSteps(): Steps {
  return { left: MAX_STEPS };
}

/** Takes the size of a value from the budget, and gives the value. */
export function spend<T>(steps: Steps, value: T): T {
  steps.left -= weigh(value) + 1;
  return steps.left < 0 ? fail("too-costly") : value;
}

/** Characters, bytes or items, with what is in them; as much as an operation on the value can touch. */
function weigh(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return 1;
  if (Array.isArray(value)) return weighAll(value);
  if (value instanceof Map) return weighAll([...value.values()]);
  if ("tag" in value) {
    return "entries" in value && value.entries instanceof Map
      ? weighAll([...value.entries.values()])
      : 1;
  }
  return weighAll(Object.values(value));
}

function weighAll(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + weigh(value), values.length);
}

// The macros of CEL. Where the test can fail, the absorbing forms let one item decide against errors of others.

export function existsOne<T>(items: readonly T[], test: Test<T>): boolean {
  let count = 0;
  for (const item of items) if (test(item)) count += 1;
  return count === 1;
}

export function existsAbsorbing<T>(items: readonly T[], test: Test<T>): boolean {
  return anyAbsorbing(items, test, true);
}

export function allAbsorbing<T>(items: readonly T[], test: Test<T>): boolean {
  return !anyAbsorbing(items, test, false);
}

function anyAbsorbing<T>(items: readonly T[], test: Test<T>, wanted: boolean): boolean {
  let error: unknown;
  let hasFailed = false;
  for (const item of items) {
    try {
      if (test(item) === wanted) return true;
    } catch (caught) {
      if (isFinal(caught)) throw caught;
      error = caught;
      hasFailed = true;
    }
  }
  if (hasFailed) throw error;
  return false;
}

/** `&&` whose left side can fail: false on either side decides, else the first error counts. */
export function andAbsorbing(left: () => boolean, right: () => boolean): boolean {
  return logicAbsorbing(left, right, false);
}

export function orAbsorbing(left: () => boolean, right: () => boolean): boolean {
  return logicAbsorbing(left, right, true);
}

function logicAbsorbing(left: () => boolean, right: () => boolean, decisive: boolean): boolean {
  let decided: boolean;
  try {
    decided = left();
  } catch (error) {
    if (isFinal(error)) throw error;
    if (right() === decisive) return decisive;
    throw error;
  }
  return decided === decisive ? decisive : right();
}
