import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { ParamValues } from "../../answer.js";
import { GateError } from "../../gate-error.js";
import { refuse } from "../../problem.js";
import type { RequestContext } from "../../request-context.js";
import { createRecord } from "../create-record.js";
import type { LineEvent, Sink } from "../sink.js";
import type { Spool } from "../spool/spool.js";
import {
  actionIn,
  canonicalText,
  categoryIn,
  CHANGES,
  REQUESTS,
  requestText,
  SESSIONS,
} from "./complete-record.js";
import { decisionId } from "./own-events.js";
import type { OpenDecisions } from "./open-decisions.js";
import type { RecordParams } from "./record-params.js";
import type { SerializedAuditCategory } from "./serialized-audit-log.js";
import { clockText, timeBefore } from "./utc-clock.js";
import type { Moment, UtcClock } from "./utc-clock.js";

export interface LogSinkOptions {
  readonly spool: Spool;
  readonly clock: UtcClock;
  readonly decisions: OpenDecisions;
  readonly paramsOf: RecordParams;
  readonly categories: ReadonlyMap<string, SerializedAuditCategory>;
  /** Hears, without a part of it, that an event could not be taken. */
  readonly onLost: (category: string, reason: string) => void;
  readonly close: () => Promise<void>;
}

/** The gate's way to the log: what it records goes to the spool, and a handler starts only where that takes it. */
export function createLogSink(options: LogSinkOptions): Sink {
  const { spool, clock, decisions, categories, paramsOf, onLost, close } = options;
  let isClosed = false;
  /** Decisions that are on the disk, or on their way; each request has one, whatever guards it passes. */
  const admitted = new WeakSet<RequestContext>();

  const take = (event: LineEvent & { readonly line: string }): void => {
    try {
      spool.accept(event);
    } catch (error) {
      // The spool counted it, and records that it did.
      onLost(event.category, String(Object(error).code ?? "unknown"));
    }
  };
  const stamp = () => {
    const moment = clock.now();
    const { time } = moment;
    const place = { epoch: spool.epoch, sequence: spool.next() };
    return { ...place, time, observedTime: time, clock: clockText(moment.clock) };
  };
  const lineOf = (members: Members, sequence: number, moment: Moment): string =>
    textOf({
      ...members,
      clock: moment.clock,
      epoch: spool.epoch,
      observedTime: moment.time,
      sequence,
    });

  const decide = async (
    context: RequestContext,
    response: ServerResponse,
    params: ParamValues,
  ): Promise<ParamValues | undefined> => {
    const moment = clock.now();
    const {
      outcome: _,
      status: __,
      durationMs: ___,
      ...record
    } = createRecord(response.req, response, context, { began: 0, durationMs: 0 });
    const category = categoryIn(context);
    const members = {
      ...record,
      ...actionIn(context),
      params: paramsOf(context, millisecondsOf(moment)),
      category,
      time: moment.time,
      type: "decision",
    };
    const line = lineOf(members, spool.next(), moment);
    // Taken later, where there is no room now.
    const lineAt = (sequence: number) => lineOf(members, sequence, clock.now());
    const id = decisionId(context.id);
    decisions.begin(context.id);
    try {
      await spool.commit({ category, id, line, lineAt });
      // A client that left meanwhile has its record already.
      if (context.isClosed) decisions.end(context.id);
      return params;
    } catch {
      decisions.end(context.id);
      return refuseRequest(context, response);
    }
  };

  const accept = (record: object, context?: RequestContext): void => {
    const moment = clock.now();
    const { id = randomUUID(), durationMs = 0 } = record as Partial<Members>;
    const members: Members = {
      ...record,
      ...(context && {
        ...actionIn(context),
        params: paramsOf(context, millisecondsOf(moment)),
      }),
      id,
      category: categoryOf(record, context),
      time: timeBefore(moment, durationMs),
    };
    take({ category: members.category, id, line: lineOf(members, spool.next(), moment) });
    if (context !== undefined) decisions.end(id);
  };
  return {
    accept,
    write: (line, event) => take({ ...event, line }),
    isFailing: () => isClosed,
    admit(context, response, params) {
      const category = categories.get(categoryIn(context));
      if (admitted.has(context)) return undefined;
      admitted.add(context);
      if (category?.durability === "accepted") {
        const isTaken = category.overflow !== "fail_closed" || spool.hasRoom(category.name);
        return isTaken ? undefined : Promise.resolve(refuseRequest(context, response));
      }
      return decide(context, response, params);
    },
    async commit({ category, id, lineAt }) {
      const stamped = stamp();
      const line = lineAt(stamped);
      const { time } = stamped;
      const again = (sequence: number) => lineAt({ ...stamp(), sequence, time });
      try {
        await spool.commit({ category, id, line, lineAt: again });
      } catch {
        throw new GateError("unavailable", "the audit log cannot keep the event");
      }
    },
    swapped({ snapshot: { digest: from } }, { snapshot: { digest: snapshot } }) {
      accept({ type: "policy.swapped", id: randomUUID(), from, snapshot });
    },
    stamp,
    async close() {
      isClosed = true;
      await close();
    },
  };
}

function textOf(members: Members): string {
  const { type } = members;
  return type === "request" || type === "decision" ? requestText(members) : canonicalText(members);
}

interface Members {
  readonly id: string;
  readonly category: string;
  readonly durationMs?: number;
  readonly [member: string]: unknown;
}

function categoryOf(record: object, context: RequestContext | undefined): string {
  if (context !== undefined) return categoryIn(context);
  const { category, type } = record as { readonly category?: string; readonly type?: string };
  if (category !== undefined) return category;
  if (type === "session") return SESSIONS;
  return type === "request" ? REQUESTS : CHANGES;
}

function millisecondsOf({ nanoseconds }: Moment): number {
  return Number(nanoseconds / 1_000_000n);
}

function refuseRequest(context: RequestContext, response: ServerResponse): undefined {
  const detail = "the service takes no requests now";
  return refuse(context, response, { code: "unavailable", detail, cause: "audit" });
}
