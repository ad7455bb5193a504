/** What happened to a session; the words follow the OWASP Logging Vocabulary where it has one. */
export type SessionEventName =
  | "session.created"
  | "session.renewed"
  /** The token before the present one came again within its window, and got the same answer. */
  | "session.retried"
  | "session.refused"
  | "session.token-reused"
  | "session.ended"
  /** Something is as it was not before; see `reason`. */
  | "session.risk";

/** One line of the audit log about a session. No token, secret, digest or cookie is ever in it. */
export interface SessionEvent {
  readonly type: "session";
  /** UUID. */
  readonly id: string;
  readonly event: SessionEventName;
  /** `critical` where somebody should look at once: a token that was stolen, or forged with our key. */
  readonly severity: "info" | "warning" | "critical";
  /** A closed word. */
  readonly reason?: string | undefined;
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** The record of the request that brought it about; null where no request did. */
  readonly request: string | null;
  readonly traceId?: string | undefined;
  /** Null where the token was none, or its tag was not ours. */
  readonly session: string | null;
  readonly subject: string | null;
  readonly clientId: string | null;
  /** The generation that a token of this session has now. */
  readonly generation?: number | undefined;
  /** Client address as far as trusted proxies tell. */
  readonly client: string | null;
  /** Digest of the snapshot that the request began with. */
  readonly snapshot: string;
}
