/** Sessions whose access tokens one of the policy's issuers signs. */
export interface SerializedSessions {
  /** Index into `issuers`. */
  readonly issuer: number;
  /** Where the secrets of refresh tokens are; never a secret. */
  readonly secret: { readonly kind: "file" | "environment"; readonly place: string };
  readonly store: {
    readonly kind: "memory" | "sqlite" | "redis" | "postgres" | "application";
    /** Whether a memory store may serve in production. */
    readonly volatile: boolean;
  };
  readonly accessTokenSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** 0 allows no retry. */
  readonly retrySeconds: number;
  readonly maxRetries: number;
  readonly maxPerSubject: number;
  /** What another address or user agent than before means. */
  readonly address: SerializedSignal;
  readonly userAgent: SerializedSignal;
  readonly clients: readonly SerializedSessionClient[];
}

export type SerializedSignal = "off" | "log" | "step-up" | "revoke";

export interface SerializedSessionClient {
  /** The `client_id` of its tokens. */
  readonly id: string;
  readonly flow: "browser" | "native";
  readonly device: "cookie" | "dpop" | "none";
  /** Of its pages, for browsers that do not say where a request is from. */
  readonly origins: readonly string[];
}
