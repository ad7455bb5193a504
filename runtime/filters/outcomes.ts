import { all, allOf, anyOf, none } from "./combine.js";
import type { Filter } from "./filter.js";

/**
 * How a condition comes out, by rows: those for which it is true, and those for which it is false. For what is
 * in neither it cannot be decided.
 */
export interface Outcomes {
  readonly whenTrue: Filter;
  readonly whenFalse: Filter;
  /** Every row is in one of them. */
  readonly isTotal: boolean;
}

/** Whether the right side is asked where the left one cannot be decided, as CEL's `&&` and `||` do. */
export type Evaluation = "strict" | "absorbing";

export const undecided: Outcomes = { whenTrue: none, whenFalse: none, isTotal: false };

export function decided(value: boolean): Outcomes {
  return value
    ? { whenTrue: all, whenFalse: none, isTotal: true }
    : { whenTrue: none, whenFalse: all, isTotal: true };
}

export function negated({ whenTrue, whenFalse, isTotal }: Outcomes): Outcomes {
  return { whenTrue: whenFalse, whenFalse: whenTrue, isTotal };
}

/** `&&`, and `all` of a macro. */
export function every(parts: readonly Outcomes[], evaluation: Evaluation): Outcomes {
  const isTotal = parts.every((part) => part.isTotal);
  const whenTrue = allOf(parts.map((part) => part.whenTrue));
  if (isTotal || evaluation === "absorbing") {
    return { whenTrue, whenFalse: anyOf(parts.map((part) => part.whenFalse)), isTotal };
  }
  // False is what comes first behind nothing but true.
  const whenFalse = parts.reduceRight<Filter>(
    (rest, part) => anyOf([part.whenFalse, part.isTotal ? rest : allOf([part.whenTrue, rest])]),
    none,
  );
  return { whenTrue, whenFalse, isTotal };
}

/** `||`, and `exists` of a macro. */
export function some(parts: readonly Outcomes[], evaluation: Evaluation): Outcomes {
  return negated(every(parts.map(negated), evaluation));
}

/** `test ? yes : no` */
export function chosen(test: Outcomes, yes: Outcomes, no: Outcomes): Outcomes {
  return {
    whenTrue: anyOf([allOf([test.whenTrue, yes.whenTrue]), allOf([test.whenFalse, no.whenTrue])]),
    whenFalse: anyOf([
      allOf([test.whenTrue, yes.whenFalse]),
      allOf([test.whenFalse, no.whenFalse]),
    ]),
    isTotal: test.isTotal && yes.isTotal && no.isTotal,
  };
}
