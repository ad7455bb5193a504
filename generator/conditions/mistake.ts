/** Codes are public and never reused; `docs/conditions.md` says what each means. */
export const conditionMistakeCodes = [
  "condition-syntax",
  "condition-too-large",
  "condition-unsupported",
  "condition-literal",
  "condition-unknown-name",
  "condition-unknown-attribute",
  "condition-unknown-function",
  "condition-types-differ",
  "condition-missing-guard",
  "condition-pattern",
  "condition-not-bool",
] as const;

export type ConditionMistakeCode = (typeof conditionMistakeCodes)[number];

/** A mistake in a condition; offsets are UTF-16 units of its text. */
export interface ConditionMistake {
  readonly code: ConditionMistakeCode;
  readonly start: number;
  readonly end: number;
  /** Lower case, one line, no full stop, user text in backticks. */
  readonly message: string;
  readonly help?: string;
}

/** Collects mistakes; several at one place are one slip of the author. */
export interface MistakeList {
  readonly list: ConditionMistake[];
  readonly add: (mistake: ConditionMistake) => void;
}

export function createMistakes(): MistakeList {
  const list: ConditionMistake[] = [];
  return {
    list,
    add(mistake) {
      if (!list.some(({ start, end }) => start === mistake.start && end === mistake.end)) {
        list.push(mistake);
      }
    },
  };
}
