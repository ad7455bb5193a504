import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { KeyPlace } from "./policy-model.js";

export interface AuthenticationModel {
  /** Sorted by name; empty where every route takes JWTs of all issuers. */
  readonly strategies: readonly StrategyModel[];
  /** Names, sorted. */
  readonly default: readonly string[];
}

interface NamedStrategy {
  readonly name: string;
  readonly at: SourceSpan;
}

/** One way in which callers show who they are. */
export type StrategyModel =
  | (NamedStrategy & {
      readonly kind: "tokens";
      /** Names, sorted. */
      readonly issuers: readonly string[];
    })
  | (NamedStrategy & {
      readonly kind: "opaque";
      readonly pepper: KeyPlace;
      readonly previousPepper: KeyPlace | undefined;
      readonly store: TokenStoreModel;
    })
  | (NamedStrategy & {
      readonly kind: "allow-list";
      readonly pepper: KeyPlace;
      readonly previousPepper: KeyPlace | undefined;
      /** Sorted by name. */
      readonly tokens: readonly StaticTokenModel[];
    })
  | (NamedStrategy & {
      readonly kind: "application";
      /** In lower case; undefined where it reads the whole request. */
      readonly header: string | undefined;
    });

export interface TokenStoreModel {
  readonly kind: "memory" | "sqlite" | "redis" | "application";
  readonly isVolatile: boolean;
}

export interface StaticTokenModel {
  readonly name: string;
  readonly at: SourceSpan;
  /** HMAC-SHA-256 in base64url. */
  readonly digest: string;
  /** A JSON object. */
  readonly claims: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** What a claim of a token must say. */
export interface ClaimValue {
  readonly name: string;
  readonly value: string | number | boolean;
}
