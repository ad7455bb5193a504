import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { KeyPlace } from "./policy-model.js";

/** Sessions that the service keeps for those who log in. */
export interface SessionsModel {
  readonly at: SourceSpan;
  /** Name of the issuer that signs their access tokens. */
  readonly issuer: string;
  readonly secret: KeyPlace;
  readonly store: {
    readonly kind: "memory" | "sqlite" | "redis" | "postgres" | "application";
    /** Whether a memory store may serve in production. */
    readonly isVolatile: boolean;
  };
  readonly accessTokenSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly retrySeconds: number;
  readonly maxRetries: number;
  readonly maxPerSubject: number;
  readonly address: "off" | "log" | "step-up" | "revoke";
  readonly userAgent: "off" | "log" | "step-up" | "revoke";
  readonly clients: readonly SessionClientModel[];
}

export interface SessionClientModel {
  readonly name: string;
  readonly flow: "browser" | "native";
  readonly device: "cookie" | "dpop" | "none";
  readonly origins: readonly string[];
}
