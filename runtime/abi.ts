/**
 * The door for generated code. Everything here keeps its meaning for one value of `ABI_VERSION`; a
 * snapshot of another version is refused when it is mounted.
 *
 * @module
 */
export { createPolicyGate } from "./gate.js";
export type {
  AttachableServer,
  Gate,
  GateArguments,
  GateOptions,
  RequestDecision,
} from "./gate-types.js";
export type {
  Call,
  GuardTree,
  Handlers,
  NeedsRoute,
  PermissionGuard,
  PolicyTypes,
  RouteGuard,
  RouteHandler,
  UpgradeCall,
  UpgradeHandler,
  UpgradeHandlers,
} from "./policy-types.js";
export { ABI_VERSION } from "./snapshot-format.js";
export type {
  SerializedParam,
  SerializedRoute,
  SerializedSnapshot,
  SerializedTrie,
} from "./snapshot-format.js";
