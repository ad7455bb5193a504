/**
 * Why there is no filter. `not-filterable`: a condition of the policy cannot become one. `too-large`: a list of
 * the principal is longer than a filter can hold. `no-column`: an attribute that the filter reads has no column.
 * `not-expressible`: the database or query builder cannot say exactly what the filter says.
 */
export type FilterErrorCode = "not-filterable" | "too-large" | "no-column" | "not-expressible";

/**
 * Thrown where rows cannot be selected exactly; nothing is ever selected more loosely instead. `message` holds
 * places and names of the policy, never a value.
 */
export class FilterError extends Error {
  override readonly name = "FilterError";
  readonly code: FilterErrorCode;

  constructor(code: FilterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
