/** Why a condition has no answer. Closed, so that a caller can tell them apart. */
export type ConditionErrorCode = (typeof codes)[number];

const codes = [
  "divide-by-zero",
  "overflow",
  "no-such-overload",
  "no-such-key",
  "out-of-bounds",
  "invalid-value",
  "repeated-key",
  "missing",
  "too-costly",
  "unknown-name",
  "wrong-input",
  "internal",
] as const;

/**
 * The third answer of a condition, beside true and false: it cannot be decided. It is returned, not thrown,
 * and holds no value of the request.
 */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
  readonly code: ConditionErrorCode;

  constructor(code: ConditionErrorCode) {
    super(`the condition cannot be decided: ${code}`);
    this.code = code;
  }
}

/** One error for each code, made once: a macro over a long list can meet as many as it has items. */
const errors = new Map(codes.map((code) => [code, Object.freeze(new ConditionError(code))]));

/** What a condition answers for an exception on its way: its own errors as they are, all others as internal. */
export function toConditionError(error: unknown): ConditionError {
  return error instanceof ConditionError ? error : errorOf("internal");
}

export function fail(code: ConditionErrorCode): never {
  throw errorOf(code);
}

/** The budget is a limit, so nothing that comes after it can outvote it. */
export function isFinal(error: unknown): boolean {
  return error instanceof ConditionError && error.code === "too-costly";
}

function errorOf(code: ConditionErrorCode): ConditionError {
  return errors.get(code) ?? new ConditionError(code);
}
