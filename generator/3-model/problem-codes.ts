/** The problems that the runtime answers with; `problems.titles` words them. */
export const problemCodes: readonly string[] = [
  "chain-incomplete",
  "forbidden",
  "internal-error",
  "invalid-parameter",
  "invalid-request",
  "invalid-target",
  "invalid-token",
  "method-not-allowed",
  "missing-credentials",
  "not-found",
  "rewritten-target",
  "unavailable",
];
