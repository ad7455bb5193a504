/** How the keys of a ring come about; see `docs/tokens.md`. */
export type RingStrategy = "global" | "sliced" | "per-token";

/** What a stored key is for: signatures, encryption of nested tokens, or deriving both. */
export type RingPurpose = "jws" | "jwe" | "master";

export type RingAlgorithm = "Ed25519" | "ES256" | "RS256" | "HS256" | "A256GCM" | "HKDF-SHA512";

/** A key with its times, in whole seconds since the epoch. */
export interface RingEntry {
  /** Of a stored key its `kid`; of a master the first part of the `kid` of each key that comes from it. */
  readonly id: string;
  readonly alg: RingAlgorithm;
  readonly purpose: RingPurpose;
  readonly publishedAt: number;
  readonly activeFrom: number;
  /** Null until its successor is known. */
  readonly activeUntil: number | null;
  /** `activeUntil`, and the longest life of a token and the tolerance of clocks on top. */
  readonly acceptUntil: number | null;
  /** Null unless the key was taken out of use at once. */
  readonly revokedAt: number | null;
  /** A JWK (RFC 7517) with its private members; where a provider keeps those, the public ones or null. */
  readonly key: Readonly<Record<string, unknown>> | null;
}

/** What the file of a ring holds. It is secret: the keys in it can sign. */
export interface RingDocument {
  readonly format: 1;
  readonly strategy: RingStrategy;
  /** Keeps the derived keys of deployments apart that share a master by mistake. */
  readonly deployment: string;
  /** Of `sliced`: how long a derived key signs. */
  readonly sliceSeconds: number;
  /** Of any token under these keys. */
  readonly maxLifetimeSeconds: number;
  readonly clockToleranceSeconds: number;
  /** How long a key is published before it signs; at least as long as verifiers may cache a JWKS. */
  readonly publishSeconds: number;
  readonly entries: readonly RingEntry[];
}

/** What a ring without a file of its own has, and a new file. */
export const ringDefaults = {
  format: 1,
  strategy: "global",
  deployment: "",
  sliceSeconds: 3600,
  maxLifetimeSeconds: 900,
  clockToleranceSeconds: 30,
  publishSeconds: 600,
  entries: [],
} as const satisfies RingDocument;

/**
 * `staged`: published, signs later; `active`: signs; `retiring`: signs no more, and what it signed is accepted;
 * `retired`: nothing of it is alive; `revoked`: taken out of use at once.
 */
export type RingState = "staged" | "active" | "retiring" | "retired" | "revoked";

/** The state of a key at a time in seconds since the epoch: no clock but the reader's moves it. */
export function stateOf(entry: RingEntry, seconds: number): RingState {
  const { activeFrom, activeUntil, acceptUntil, revokedAt } = entry;
  if (revokedAt !== null) return "revoked";
  if (seconds < activeFrom) return "staged";
  if (activeUntil === null || seconds < activeUntil) return "active";
  return acceptUntil === null || seconds < acceptUntil ? "retiring" : "retired";
}

/** Whether what a key signed is accepted: also of a staged one, by whose issuer's clock it signs already. */
export function isAccepted(entry: RingEntry, seconds: number): boolean {
  return ["staged", "active", "retiring"].includes(stateOf(entry, seconds));
}

/** Short enough that a `kid` made of it stays within 64 characters; no dot, which ends it there. */
export const RING_ID = /^[A-Za-z0-9_-]{1,16}$/;
