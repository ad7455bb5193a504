/** What one kind alone says is null or empty in the others. */
export interface SerializedStrategy {
  readonly name: string;
  readonly kind: "tokens" | "opaque" | "allow-list" | "application";
  /** Indices into `issuers`. */
  readonly issuers: readonly number[];
  readonly store: SerializedTokenStore | null;
  /** Where the key of digests is; never the key. */
  readonly pepper: PepperPlace | null;
  /** Of the pepper before it, whose digests count still; not there where the policy names none. */
  readonly previousPepper?: PepperPlace;
  readonly tokens: readonly SerializedStaticToken[];
  /** The header that tells an application's credentials; null where it reads the whole request. */
  readonly header: string | null;
}

export interface PepperPlace {
  readonly kind: "file" | "environment";
  readonly place: string;
}

export interface SerializedTokenStore {
  readonly kind: "memory" | "sqlite" | "redis" | "application";
  /** Whether a memory store may serve in production. */
  readonly volatile: boolean;
}

export interface SerializedStaticToken {
  readonly name: string;
  /** HMAC-SHA-256 in base64url. */
  readonly digest: string;
  /** A JSON object. */
  readonly claims: string;
  /** Milliseconds since the epoch; null for a token that does not expire. */
  readonly expiresAt: number | null;
}
