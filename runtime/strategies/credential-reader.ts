import type { IncomingMessage } from "node:http";

/**
 * Reads and verifies the credentials of a request for a strategy of the application's own. Null where the
 * request carries none of its kind, and `refused` where those that it carries are not good; both are 401. A
 * rejection, an answer of another form, and none within two seconds is 503: a fault is never taken for a verdict.
 *
 * What is answered is not read again: keep it from the request, and compare secrets by keyed digest.
 */
export type CredentialReader<RouteId extends string = string> = (
  request: IncomingMessage,
  call: {
    /** The route that the request met; null on a path that is no route. */
    readonly route: RouteId | null;
    /** The gate's clock, in milliseconds since the epoch. */
    readonly now: number;
    /** Aborted when the reader has taken two seconds; for `fetch` and clients of databases. */
    readonly signal: AbortSignal;
  },
) => Promise<CredentialReading> | CredentialReading;

export type CredentialReading = ReadCredential | "refused" | null;

/** Credentials that are good. */
export interface ReadCredential {
  /** What they stand for, as the claims of a JWT; the policy's `principal` reads them. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When they end, in milliseconds since the epoch; connections that live longer are ended then. */
  readonly expiresAt: number;
}
