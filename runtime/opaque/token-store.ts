/**
 * Where opaque tokens are kept: by a keyed digest, never by the token itself, so that whoever reads the store
 * holds nothing to present. Times are in milliseconds since the epoch. Any method may reject; the gate then
 * answers 503, and never takes the token for an unknown one.
 */
export interface OpaqueTokenStore {
  /** What a policy names under `store`; a store of the application's own is an `application` store. */
  readonly kind: TokenStoreKind;
  /** Keeps a record until it expires or is deleted. */
  put(digest: string, record: OpaqueTokenRecord): Promise<void>;
  /** The record under a digest; undefined where there is none. One that has expired may still be returned. */
  get(digest: string): Promise<OpaqueTokenRecord | undefined>;
  /** Whether there was such a record. */
  delete(digest: string): Promise<boolean>;
  /** Deletes all records of a subject; returns how many. */
  deleteBySubject(subject: string): Promise<number>;
  /** Releases what the store itself opened, not a client that was passed to it. */
  close(): Promise<void>;
}

export type TokenStoreKind = "memory" | "sqlite" | "redis" | "application";

/** What is known of a token; nothing by which it could be used. */
export interface OpaqueTokenRecord {
  readonly subject: string;
  /** The claims under a seal, as text: a store has no need to read them, and cannot change them. */
  readonly claims: string;
  readonly expiresAt: number;
}
