import type { Checked } from "./checked.js";
import { pathOf, stepOf } from "./scope.js";

/** Paths of optional attributes that are there where a test is true, or where it is false. */
export function narrowedBy(test: Checked, value: boolean): readonly string[] {
  switch (test.op) {
    case "has": {
      const path = value ? pathOf(test.of) : undefined;
      return path === undefined ? [] : [stepOf(path, test.name)];
    }
    case "not":
      return narrowedBy(test.of, !value);
    case "and":
    case "or":
      // Only where both sides are known.
      return (test.op === "and") === value
        ? [...narrowedBy(test.left, value), ...narrowedBy(test.right, value)]
        : [];
    default:
      return [];
  }
}
