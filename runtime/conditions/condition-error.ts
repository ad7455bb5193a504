/** Why a condition has no answer. Closed, so that a caller can tell them apart. */
export type ConditionErrorCode =
  | "divide-by-zero"
  | "overflow"
  | "no-such-overload"
  | "no-such-key"
  | "out-of-bounds"
  | "invalid-value"
  | "repeated-key"
  | "missing"
  | "too-costly"
  | "unknown-name"
  | "wrong-input"
  | "internal";

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

/** What a condition answers for an exception on its way: its own errors as they are, all others as internal. */
export function toConditionError(error: unknown): ConditionError {
  return error instanceof ConditionError ? error : new ConditionError("internal");
}

export function fail(code: ConditionErrorCode): never {
  throw new ConditionError(code);
}
