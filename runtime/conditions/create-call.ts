import { collections } from "./collections.js";
import { fail } from "./condition-error.js";
import type { ConditionType } from "./types.js";

/** A function on lists, maps and other values of these types, for generated code. */
export function createCall<Result>(
  name: string,
  types: readonly ConditionType[],
): (...values: readonly unknown[]) => Result {
  const chosen = Object.hasOwn(collections, name) ? collections[name]?.(types) : undefined;
  const run = chosen?.run ?? (() => fail("internal"));
  return run as (...values: readonly unknown[]) => Result;
}
