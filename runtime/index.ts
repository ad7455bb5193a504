/**
 * The door for applications and tools. Generated code uses `@gatewright/runtime/abi`.
 *
 * @module
 */
export { decide, locate, maskOf, methodNumber, rolesPass, readParams } from "./decide.js";
export type { Located } from "./decide.js";
export { explain, whoCan } from "./explain.js";
export type { ExplainRequest, Explanation, PermissionExplanation, Reach } from "./explain.js";
export { GateError, problemStatus } from "./gate-error.js";
export type { GateErrorCode, ProblemCode } from "./gate-error.js";
export type {
  Gate,
  GateArguments,
  GateOptions,
  PrincipalSourceFor,
  ResourceLoader,
  RequestDecision,
  SuppliedPrincipal,
} from "./gate-types.js";
export { chain } from "./chain.js";
export type { Middleware, NextFunction } from "./http.js";
export type { Call, Handlers, PolicyTypes, RouteHandler } from "./policy-types.js";
export { expectedForm } from "./expected-form.js";
export { readPrincipal } from "./principal.js";
export type { Identity, PrincipalData, PrincipalReading } from "./principal.js";
export type { Decision, RecordedPrincipal, RequestRecord } from "./audit/request-record.js";
export { loadSnapshot } from "./snapshot.js";
export type { RoleMask, Snapshot } from "./snapshot.js";
export type {
  CredentialReader,
  CredentialReading,
  ReadCredential,
} from "./strategies/credential-reader.js";
export type { SerializedSnapshot } from "./snapshot-format.js";
export { verifySnapshot } from "./verify-snapshot.js";
