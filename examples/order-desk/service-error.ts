/** What is wrong with a field of a body or a query; the message never repeats what was sent. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** A request that the policy allows and the business refuses. */
export class ServiceError extends Error {
  readonly status: 400 | 403 | 404 | 409;
  /** The last part of the problem's `type`. */
  readonly code: string;
  readonly errors: readonly FieldError[];

  constructor(
    status: ServiceError["status"],
    code: string,
    message: string,
    errors: readonly FieldError[] = [],
  ) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}
