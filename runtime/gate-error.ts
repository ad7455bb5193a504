/** Problem codes of a refused request and the HTTP status of each (RFC 9110, RFC 6585, RFC 6750). */
export const problemStatus = {
  "invalid-target": 400,
  "invalid-parameter": 400,
  "invalid-request": 400,
  "malformed-message": 400,
  "upgrade-refused": 400,
  "missing-credentials": 401,
  "invalid-token": 401,
  "insufficient-user-authentication": 401,
  "insufficient-scope": 403,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  "upgrade-required": 426,
  "headers-too-large": 431,
  "rewritten-target": 500,
  "chain-incomplete": 500,
  "host-mismatch": 500,
  "internal-error": 500,
  unavailable: 503,
} as const;

/** Why a request was refused; the last part of the problem's `type`. */
export type ProblemCode = keyof typeof problemStatus;

/** Only the handlers of sessions answer with these, and say the status: 401 and 503. */
export type SessionProblemCode = "refresh-rejected" | "session-store-unavailable";

export function isProblem(code: GateErrorCode): code is ProblemCode {
  return code in problemStatus;
}

/** All codes of {@link GateError}: refusals, and faults found before any request is served. */
export type GateErrorCode =
  | ProblemCode
  | "snapshot-invalid"
  | "configuration-invalid"
  | "event-rejected";

const statusOf: Readonly<Partial<Record<GateErrorCode, number>>> = problemStatus;

/**
 * The only error that gatewright's runtime throws on purpose. `code` is stable; `message` never
 * holds a token, a key or the value of a claim.
 */
export class GateError extends Error {
  readonly code: GateErrorCode;
  /** The HTTP status that the code stands for; 500 for faults found at start. */
  readonly status: number;

  constructor(code: GateErrorCode, message: string) {
    super(message);
    this.name = "GateError";
    this.code = code;
    this.status = statusOf[code] ?? 500;
  }
}
