import { all, allOf, anyOf, none } from "./combine.js";
import type { Filter } from "./filter.js";

/**
 * How a condition comes out, by rows: those for which it is true, and those for which it is false. For what is
 * in neither it cannot be decided.
 */
export interface Outcomes {
  readonly whenTrue: Filter;
  readonly whenFalse: Filter;
  /** Rows for which it is decided for sure, as far as that is known; `all` where every row is in one of them. */
  readonly decided: Filter;
}

/** Whether the right side is asked where the left one cannot be decided, as CEL's `&&` and `||` do. */
export type Evaluation = "strict" | "absorbing";

export const undecided: Outcomes = { whenTrue: none, whenFalse: none, decided: none };

export function decided(value: boolean): Outcomes {
  return value
    ? { whenTrue: all, whenFalse: none, decided: all }
    : { whenTrue: none, whenFalse: all, decided: all };
}

export function isTotal(outcomes: Outcomes): boolean {
  return outcomes.decided.op === "all";
}

export function negated({ whenTrue, whenFalse, decided: known }: Outcomes): Outcomes {
  return { whenTrue: whenFalse, whenFalse: whenTrue, decided: known };
}

/** `&&`, and `all` of a macro. */
export function every(parts: readonly Outcomes[], evaluation: Evaluation): Outcomes {
  const whenTrue = allOf(parts.map((part) => part.whenTrue));
  const whenFalse =
    evaluation === "absorbing" || parts.every(isTotal)
      ? anyOf(parts.map((part) => part.whenFalse))
      : firstFalse(parts);
  const known = anyOf([whenFalse, allOf(parts.map((part) => part.decided))]);
  return { whenTrue, whenFalse, decided: keepShort(known) };
}

/** `||`, and `exists` of a macro. */
export function some(parts: readonly Outcomes[], evaluation: Evaluation): Outcomes {
  return negated(every(parts.map(negated), evaluation));
}

/** `test ? yes : no` */
export function chosen(test: Outcomes, yes: Outcomes, no: Outcomes): Outcomes {
  const choose = (of: (outcomes: Outcomes) => Filter) =>
    anyOf([allOf([test.whenTrue, of(yes)]), allOf([test.whenFalse, of(no)])]);
  return {
    whenTrue: choose((outcomes) => outcomes.whenTrue),
    whenFalse: choose((outcomes) => outcomes.whenFalse),
    decided: keepShort(choose((outcomes) => outcomes.decided)),
  };
}

/** False is what comes first behind nothing but true. */
function firstFalse(parts: readonly Outcomes[]): Filter {
  return parts.reduceRight<Filter>(
    (rest, part) => anyOf([part.whenFalse, isTotal(part) ? rest : allOf([part.whenTrue, rest])]),
    none,
  );
}

/** Only whether it is `all` counts in the end, and long ones hardly ever become that. */
const MAX_PARTS = 20;

function keepShort(known: Filter): Filter {
  return "of" in known && Array.isArray(known.of) && known.of.length > MAX_PARTS ? none : known;
}
