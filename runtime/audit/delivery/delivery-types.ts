import type { AuditSink } from "./audit-sink.js";
import type { Cursor, RecordSource } from "./record-source.js";
import type { RetryLimits } from "./retry-delay.js";

export interface DeliveryAlert {
  readonly sink: string;
  /**
   * `failing`: the first failure of an outage; `recovered`: its end; `fell-back`: an outage is longer
   * than declared, and the local file takes the records; `dead-letters`: records were refused for
   * good; `not-kept`: a file of the delivery itself cannot be written; `state-damaged`: the place in
   * the log is lost, so that all that is there is sent again; `missed`: the log gave events away
   * before the sink had them; `counts-differ`: the log says that it held fewer than were delivered.
   */
  readonly code:
    | "failing"
    | "recovered"
    | "fell-back"
    | "dead-letters"
    | "not-kept"
    | "state-damaged"
    | "missed"
    | "counts-differ";
  /** A closed word or a number. Never a part of an event. */
  readonly detail?: string;
}

export interface DeliveryOptions {
  /** Letters, digits, `.`, `_` and `-`: the name of its files in `folder`. */
  readonly name: string;
  /** The delivery closes it. */
  readonly sink: AuditSink;
  readonly source: RecordSource;
  /** For the place in the log and the dead letters; made where it is missing. */
  readonly folder: string;
  /** Categories that the sink gets; all by default. */
  readonly categories?: readonly string[] | undefined;
  /**
   * A batch is sent when it has so many records, or so many bytes of lines, or its first record has
   * waited so many milliseconds; 500, 512 KiB and 200 by default.
   */
  readonly batch?: Partial<BatchLimits> | undefined;
  /** 200 ms and 30 s by default. */
  readonly retry?: Partial<RetryLimits> | undefined;
  /** Milliseconds for one delivery; 30 s by default. */
  readonly timeLimit?: number | undefined;
  /**
   * Takes the records while the sink is down for longer than so many milliseconds; the sink is tried
   * again as before, and does not get what the fall-back took. The delivery closes it.
   */
  readonly fallBack?: { readonly after: number; readonly sink: AuditSink } | undefined;
  readonly onAlert: (alert: DeliveryAlert) => void;
  /** From 0 to 1; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
  /** How often the log is looked at, in milliseconds, where nobody wakes the delivery; 100 by default. */
  readonly pollEvery?: number | undefined;
}

export interface BatchLimits {
  readonly count: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/**
 * Over the life of the sink. Invariant: durable = delivered + pending + deadLettered + missed, and
 * `missed` is 0 for a required sink.
 */
export interface DeliveryCounts {
  /** Events of the log that are for this sink, or of which it is not yet known. */
  readonly durable: number;
  readonly delivered: number;
  readonly pending: number;
  readonly deadLettered: number;
  readonly missed: number;
  /** The part of `delivered` that the fall-back took. */
  readonly fellBack: number;
}

export interface Delivery {
  readonly name: string;
  counts(): DeliveryCounts;
  /** What is before it, the sink has: durably so. */
  passed(): Cursor;
  /** From a failed delivery to the next that succeeds. */
  isFailing(): boolean;
  /** Looks at the log now. */
  wake(): void;
  /** Resolves when nothing is pending; never where the sink stays down or it is closed before. */
  idle(): Promise<void>;
  /**
   * Sends what is pending for `drain` milliseconds at most (5 s by default) or until a delivery
   * fails, and closes the sink. What is left is sent after the next start.
   */
  close(options?: { readonly drain?: number }): Promise<void>;
}
