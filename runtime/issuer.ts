/**
 * Key rings, and the issuer of tokens: what signs, and what hands out the keys that verify.
 *
 * @module
 */
export { createPolicyIssuer } from "./issuer/create-policy-issuer.js";
export type {
  IssuedToken,
  Issuer,
  IssuerOptions,
  TokenRequest,
} from "./issuer/create-policy-issuer.js";
export { nestToken } from "./issuer/nest-token.js";
export { signToken } from "./issuer/sign-token.js";
export type { UnsignedToken } from "./issuer/sign-token.js";
export { verifyIssued } from "./issuer/verify-issued.js";
export type { ExpectedIssuer } from "./issuer/verify-issued.js";
export { createRingKey } from "./ring/create-ring-key.js";
export { deriveKey, infoOf, saltOf } from "./ring/derive-key.js";
export type { DerivedKey } from "./ring/derive-key.js";
export { jwksHandler } from "./ring/jwks-handler.js";
export type { KeyProvider } from "./ring/key-provider.js";
export type { KeyRing, RingDescription, RingSigner, SigningAlgorithm } from "./ring/key-ring.js";
export { addKey, pruneKeys, revokeKey } from "./ring/lifecycle.js";
export { openKeyRing, openProvidedRing } from "./ring/open-ring.js";
export type { RingOptions, RingSettings, RingSource } from "./ring/open-ring.js";
export { ringDefaults, stateOf } from "./ring/ring-document.js";
export type {
  RingAlgorithm,
  RingDocument,
  RingEntry,
  RingState,
  RingStrategy,
} from "./ring/ring-document.js";
export { changeRingFile } from "./ring/ring-file.js";
