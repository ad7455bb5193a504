/** One event as the local log holds it; nothing of it is to be changed on its way. */
export interface AuditRecord {
  /** Its number, gap-free within its epoch. */
  readonly sequence: number;
  /** Which run of the process gave the number; 0 where it is not said. */
  readonly epoch?: number;
  /** The same at every delivery, so that a receiver knows it again. */
  readonly id: string;
  readonly category: string;
  /** Canonical JSON (RFC 8785), masked, without a line feed. */
  readonly line: string;
}

/** Records in the order of the log; never empty. */
export interface AuditBatch {
  /**
   * Idempotency key: the id of the first record and how many there are, in printable ASCII. A batch
   * that is sent again has the same, also after a crash of the process.
   */
  readonly key: string;
  readonly records: readonly AuditRecord[];
}

/**
 * Where audit records are sent to from the local log. Adding one: a file in `audit/sinks/`, its door
 * in `package.json`, and a line in the contract suite.
 */
export interface AuditSink {
  /** A word for counts and dead letters, such as `webhook`. */
  readonly kind: string;
  /**
   * Resolves once the receiver keeps all records: they may then be deleted here. The same batch may
   * come again. Rejects with a `SinkError` that says what is to become of the records; after any
   * other error they are sent again. `signal` aborts when the time is up.
   */
  deliver(batch: AuditBatch, signal: AbortSignal): Promise<void>;
  /** Deletes what is older than its category may be kept; it is given all categories that the sink gets. */
  purge?(ceilings: readonly Ceiling[]): Promise<void>;
  /** Releases what the sink opened itself, after what is under way. */
  close(): Promise<void>;
}

/**
 * Events of a category from before a time, in milliseconds since the epoch, are not to be kept; `-Infinity` where all
 * may be.
 */
export interface Ceiling {
  readonly category: string;
  readonly before: number;
}

export function createBatch(records: readonly AuditRecord[]): AuditBatch {
  const first = records[0]?.id.toWellFormed() ?? "";
  return { key: `${encodeURIComponent(first)}:${records.length}`, records };
}
