import type { IncomingMessage } from "node:http";
import type { JsonObject } from "./read-object.js";

/**
 * Reads and verifies the credentials of a request at a time in milliseconds since the epoch, for the route
 * with a number, or -1. Undefined where the request carries none of its kind. What it refuses is refused: no
 * other authenticator is asked.
 *
 * @throws GateError `invalid-request` or `unavailable`, with the cause for the record as its message
 */
export interface Authenticator {
  (
    request: IncomingMessage,
    route: number,
    now: number,
  ): Verification | undefined | Promise<Verification | undefined>;
  /** Tells an owner of what is revoked; not there where nothing can be. */
  readonly watch?: WatchRevocations | undefined;
}

/** An owner has one watcher, the last that it gave; it is given a test for credentials that held before. */
export type WatchRevocations = (
  owner: object,
  watcher: (
    isRevoked: (verified: VerifiedCredential) => boolean,
    reason: "revoked" | "unavailable",
  ) => void,
) => void;

/** Verifies an access token of the policy's issuers, however it came. */
export type TokenVerifier = (token: string, now: number) => Verification | Promise<Verification>;

export type Verification = VerifiedCredential | CredentialRefusal;

/** Credentials that hold, and the claims that stand behind them. */
export interface VerifiedCredential {
  readonly ok: true;
  readonly claims: JsonObject;
  /** When they end, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly credential: CredentialRecord;
}

/**
 * What the record of a request says of its credentials; nothing by which they could be used. Of those that were
 * refused it holds only what is known: before the signature held, no text that a client chose.
 */
export interface CredentialRecord {
  /** The strategy that judged them. */
  readonly strategy: string;
  /** The `kid` of the key that made the signature; where that did not hold, of the key that was to have made it. */
  readonly keyId?: string | undefined;
  /** Who issued them: the `iss` whose key made the signature, or what a strategy's claims have in its place. */
  readonly issuer?: unknown;
  /** The claim that names the token, `jti` by RFC 9068. */
  readonly tokenId?: unknown;
  /** SHA-256 thumbprint (RFC 7638) of the key that the token is bound to, where a proof of it was accepted. */
  readonly keyThumbprint?: string | undefined;
  /** The claim that names the client that the token was issued to, `client_id` by RFC 9068. */
  readonly clientId?: unknown;
}

export interface CredentialRefusal {
  readonly ok: false;
  /** A closed word for the record; no part of the credentials. */
  readonly cause: string;
  /** Undefined where nothing is known of them. */
  readonly credential?: CredentialRecord | undefined;
}

export function refuse(cause: string, credential?: CredentialRecord): CredentialRefusal {
  return { ok: false, cause, credential };
}
