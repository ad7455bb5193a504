/**
 * Tokens that mean nothing by themselves: issuing and revoking those that a store knows, making those of an
 * allow list, and the seam of stores.
 *
 * @module
 */
export { createOpaqueTokens } from "./opaque/create-opaque-tokens.js";
export type {
  IssuedToken,
  OpaqueTokenOptions,
  OpaqueTokenRequest,
  OpaqueTokens,
} from "./opaque/create-opaque-tokens.js";
export { createStaticToken } from "./opaque/create-static-token.js";
export type { StaticToken } from "./opaque/create-static-token.js";
export type { OpaqueTokenRecord, OpaqueTokenStore, TokenStoreKind } from "./opaque/token-store.js";
