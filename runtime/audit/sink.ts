import type { ServerResponse } from "node:http";
import type { ParamValues } from "../answer.js";
import type { LoadedPolicy, RequestContext } from "../request-context.js";

/** Where audit records go: a file of their own, or the audit log (`audit/log/`). */
export interface Sink {
  /** Takes a record; `context` is that of the request that it closes. Never throws. */
  accept(record: object, context?: RequestContext): void;
  /** Takes the line of an event, without a line feed, as `stamp` would have it. Never throws. */
  write(line: string, event: LineEvent): void;
  /** True while nothing can be recorded; requests are refused meanwhile. */
  isFailing(): boolean;
  /** Writes what is pending and releases the sink; rejects where that fails. */
  close(): Promise<void>;
  /**
   * Asked before a handler starts. Undefined where it may; else what it waits for, which ends without the
   * parameters where the request was answered instead.
   */
  readonly admit?: (
    context: RequestContext,
    response: ServerResponse,
    params: ParamValues,
  ) => Promise<ParamValues | undefined> | undefined;
  /** Hears that the policy changes. */
  readonly swapped?: (from: LoadedPolicy, to: LoadedPolicy) => void;
  /** Resolves when an event is durable. @throws GateError `unavailable` where the log cannot keep it */
  readonly commit?: (event: CommittedEvent) => Promise<void>;
  /** What an event of this moment says of its place in the log, where there is one. */
  readonly stamp?: () => Stamp;
}

export interface LineEvent {
  readonly category: string;
  readonly id: string;
}

export interface CommittedEvent extends LineEvent {
  /** The line with the number that the event gets. */
  readonly lineAt: (stamp: Stamp) => string;
}

/** Number and time of an event as the log has them. */
export interface Stamp {
  readonly epoch: number;
  readonly sequence: number;
  /** When it happened: ISO 8601 in UTC, to the nanosecond. */
  readonly time: string;
  /** When the log took it: later where it waited for room. */
  readonly observedTime: string;
  /** Where the time is from, as JSON. */
  readonly clock: string;
}
