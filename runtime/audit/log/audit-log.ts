import type { DeliveryAlert, DeliveryCounts } from "../delivery/delivery-types.js";
import type { SpoolAlert, SpoolCounts } from "../spool/spool.js";
import type { Sink } from "../sink.js";

/** Of the log (`source: "log"`), or of the delivery to one of its sinks. None holds a part of an event. */
export type AuditLogAlert =
  | ({ readonly source: "log" } & SpoolAlert)
  | ({ readonly source: "sink" } & DeliveryAlert)
  | {
      readonly source: "record";
      readonly code: "lost" | "mask-failed";
      readonly detail: string;
    };

/**
 * What became of all events, over the life of the log. Invariants, at every instant:
 * `accepted = durable + dropped + rejected + pending`, and for each sink
 * `durable = delivered + pending + deadLettered + missed`.
 */
export interface AuditLogCounts extends SpoolCounts {
  /** Decisions whose request is not closed yet. */
  readonly open: number;
  /** By the name of the sink. */
  readonly sinks: Readonly<Record<string, DeliveryCounts>>;
}

/** The audit log of a policy; `openAuditLog` in `generated/audit-log.ts` opens it. */
export interface AuditLog {
  counts(): AuditLogCounts;
  /** The last signed checkpoint, to be kept where nobody of this machine can change it; undefined before the first. */
  checkpoint(): string | undefined;
  /** The keys that `gatewright audit verify` takes. */
  readonly verifierKeys: readonly string[];
  /** From a failed write or sync until all that waited is durable. */
  isFailing(): boolean;
  /** Resolves when every sink has all that is durable; never where one stays down. */
  idle(): Promise<void>;
  /** Deletes what may go by floors, and what must go by ceilings, as happens every minute and every hour. */
  keepRetention(): Promise<void>;
  /**
   * Makes all durable, delivers for `drain` milliseconds at most (5 s by default) and closes the sinks. `gate.shutdown()`
   * does it; what is not delivered is delivered after the next start.
   */
  close(options?: { readonly drain?: number }): Promise<void>;
}

/** The sinks of logs: only the runtime's own parts find the way from one to the other. */
export const logSinks = new WeakMap<object, Sink>();
