/**
 * What a store keeps of one session, the refresh token family of RFC 9700, section 4.14.2. Nothing in it lets
 * anybody refresh: the tags of tokens are made with a key that no store has.
 */
export interface StoredSession {
  /** 128 random bits in base64url; the `sid` of its access tokens. */
  readonly id: string;
  readonly subject: string;
  /** JSON that never changes while the session lives, and that no store reads. */
  readonly data: string;
  /** JSON of where the session was last used from; no store reads it. */
  readonly seen: string;
  /** The subject's epoch when the session began. */
  readonly epoch: number;
  /** The generation whose token is next; its predecessor alone may be retried. */
  readonly generation: number;
  /** How often the token before this generation was retried. */
  readonly retries: number;
  /** How many generations in a row were retried before the last one. */
  readonly retriedInARow: number;
  readonly state: SessionState;
  /** Times in milliseconds since the epoch, by the store's clock. */
  readonly createdAt: number;
  readonly rotatedAt: number;
  /** Moves on with each rotation, and never beyond `absoluteUntil`. */
  readonly idleUntil: number;
  readonly absoluteUntil: number;
}

/** `active`, or why the session ended. */
export type SessionState = "active" | EndOfSession;

export type EndOfSession =
  | "logout"
  | "logout-all"
  | "killed"
  | "replaced"
  | "displaced"
  | "reuse"
  | "forged-generation"
  | "account-disabled"
  | "risk";

export interface NewSession {
  readonly id: string;
  readonly subject: string;
  readonly data: string;
  readonly seen: string;
  /** Milliseconds. */
  readonly idleFor: number;
  readonly absoluteFor: number;
  /** Living sessions of one subject; the oldest beyond it end as `displaced`. */
  readonly maxPerSubject: number;
}

/** One submit of a refresh token whose tag is right. */
export interface RefreshStep {
  readonly generation: number;
  /** Milliseconds after a rotation in which its predecessor may be retried; 0 is strict: never. */
  readonly retryFor: number;
  readonly maxRetries: number;
  /** Whether this submit may be a retry at all. */
  readonly mayRetry: boolean;
  readonly idleFor: number;
  /** Kept where the step rotates. */
  readonly seen: string;
}

/** What became of a submit. All but {@link Renewed} and `refused` tell of a session that is dead. */
export type StepVerdict = Renewed | NotRenewed;

export interface Renewed {
  readonly kind: "rotated" | "retried";
  /** Of the one successor that there is. */
  readonly generation: number;
  readonly retries: number;
  readonly retriedInARow: number;
  readonly idleUntil: number;
  readonly absoluteUntil: number;
  /** When the verdict was reached, by the store's clock. */
  readonly at: number;
}

export type NotRenewed =
  /** The predecessor within its window, on a submit that may not retry: nothing changed. */
  | { readonly kind: "refused" }
  /** A token that was used before: the session ended with this step. */
  | { readonly kind: "reused" }
  /** A generation that was never handed out: the session ended with this step. */
  | { readonly kind: "ahead" }
  /** The session had ended before. */
  | { readonly kind: "ended"; readonly state: EndOfSession }
  | { readonly kind: "expired" }
  | { readonly kind: "missing" };

/**
 * Keeps sessions. Each method is one atomic step, for all processes that share the store; a rejection is
 * answered with 503, and whoever cannot be asked is never taken for somebody who is not there.
 *
 * A session that ended is kept until `absoluteUntil`, so that reuse is told from what never was. Idle and
 * absolute time are by the store's own clock where it has one.
 */
export interface SessionStore {
  readonly kind: "memory" | "sqlite" | "redis" | "postgres" | "application";
  /**
   * Writes a session that begins, at generation 0, with the subject's epoch; a subject that was never there
   * has the time in milliseconds for its epoch. Answers with the ids that had to make room.
   */
  create(session: NewSession): Promise<CreatedSession>;
  /** One that ended or expired too, until `absoluteUntil`. */
  read(id: string): Promise<StoredSession | undefined>;
  /** Rotates, retries, or finds out reuse; the rules are those of `stepSession`. */
  step(id: string, step: RefreshStep): Promise<StepVerdict>;
  /** Ends one session; false where it was not active. */
  end(id: string, why: EndOfSession): Promise<boolean>;
  /**
   * Ends all sessions of a subject, but for one if it is named, which takes the new epoch. The epoch rises by
   * one at least, and to the time in milliseconds at least, so that a store which lost its memory gives none
   * twice.
   */
  endAll(subject: string, why: EndOfSession, except?: string): Promise<EndedSessions>;
  /** The active sessions of a subject that have not expired, the oldest first. */
  list(subject: string): Promise<readonly StoredSession[]>;
  close(): Promise<void>;
}

export interface CreatedSession {
  readonly session: StoredSession;
  readonly displaced: readonly string[];
}

export interface EndedSessions {
  readonly epoch: number;
  readonly ended: readonly string[];
}
