/**
 * Events that the application records, as the policy declares them.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Stamp } from "./audit/sink.js";
import { buildEventWriters } from "./audit/events/build-event-writer.js";
import type { CompiledEvents } from "./audit/events/compiled-events.js";
import type { EventFault } from "./audit/events/build-event-writer.js";
import { openMaskKeys } from "./audit/events/open-mask-keys.js";
import { quoteText } from "./audit/events/quote-text.js";
import { currentContext } from "./async-context.js";
import { GateError } from "./gate-error.js";
import { gateStates } from "./gate-states.js";
import type { Gate } from "./gate-types.js";
import type { MaskServices } from "./masks/create-mask.js";
import type { PolicyTypes } from "./policy-types.js";
import type { PrincipalData } from "./principal.js";
import { contextOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { loadSnapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

export { copyList } from "./audit/events/event-field.js";
export { isTextList, plainListJson, textOf } from "./audit/events/compiled-events.js";
export type { CompiledEvent, CompiledEvents } from "./audit/events/compiled-events.js";
export { doubleText, intText } from "./audit/events/number-text.js";
export type { EventFault } from "./audit/events/build-event-writer.js";
export type { Gate } from "./gate-types.js";
export type { Raw } from "./masks/raw.js";

export interface AuditOptions {
  /** Functions of masks with `method: custom`, by name. */
  readonly custom?: MaskServices["custom"];
  /** Where the root named by `secret: { environment: … }` is read; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that a relative path of a file starts from; the working directory by default. */
  readonly cwd?: string;
  /** Hears of an event that is not taken, of its type, field and reason: never of a value. By default a process warning. */
  readonly onRejected?: (rejected: RejectedEvent) => void;
}

/** What `generated/audit.ts` adds to the options of the application. */
export interface PolicyAuditOptions extends AuditOptions {
  /** Code for the events of the snapshot, used where that is the one it was made from. */
  readonly compiled?: CompiledEvents;
}

export interface RejectedEvent extends EventFault {
  readonly type: string;
  /** UUID, as the alert in the log has it. */
  readonly id: string;
}

/** What became of the events so far. `accepted` are those that the sink was given. */
export interface AuditCounts {
  readonly accepted: number;
  readonly rejected: number;
  /** Values that were given and are not declared: they were left out. */
  readonly undeclared: number;
  /** Values that a mask failed for: they were taken away. */
  readonly maskFailures: number;
}

export interface Audit<Events> {
  /**
   * Records an event; false where it does not fit its declaration, which is told to `onRejected` and recorded without
   * a value. It never throws for what it is given. Actor, tenant and trace are those of the request, or of
   * the one that the running code works for.
   *
   * @example
   * audit.record("order.refunded", { orderId: 7, amount: 12.5 });
   */
  record<Type extends keyof Events & string>(
    type: Type,
    fields: Events[Type],
    request?: IncomingMessage,
  ): boolean;
  /**
   * As `record`, and resolves when the event is durable in the audit log: after a power cut it is there.
   *
   * @throws GateError `event-rejected` where it does not fit its declaration, `unavailable` where the log cannot keep
   *   it, `configuration-invalid` where the policy has no `audit.log`
   */
  commit<Type extends keyof Events & string>(
    type: Type,
    fields: Events[Type],
    request?: IncomingMessage,
  ): Promise<void>;
  counts(): AuditCounts;
}

/** Of events that no declaration has a category for. */
const BUSINESS = "business";

/** Of events without a tenant: tokens of keyed hashes are its own. */
const NO_TENANT = "";

/**
 * Opens the events of a policy; `createAudit` in `generated/audit.ts` calls it with its own snapshot.
 *
 * @throws GateError `configuration-invalid` where the policy declares none, or a mask lacks its key or function
 */
export function createPolicyAudit<P extends PolicyTypes, Events>(
  serialized: SerializedSnapshot,
  gate: Gate<P>,
  options: PolicyAuditOptions = {},
): Audit<Events> {
  const { auditSchema, digest } = loadSnapshot(serialized).source;
  const state = gateStates.get(gate);
  if (auditSchema === undefined) throw misuse("the policy declares no events under `audit`");
  if (state === undefined) throw misuse("pass the gate that `createGate` returned");
  const { environment = process.env, cwd = process.cwd(), custom, onRejected = warn } = options;
  const counts = { accepted: 0, rejected: 0, undeclared: 0, maskFailures: 0 };
  const keys = openMaskKeys(auditSchema.secret, { environment, cwd });
  const services: MaskServices = {
    ...(keys && { keys }),
    ...(custom && { custom }),
    onFailure: () => {
      counts.maskFailures += 1;
    },
  };
  const { compiled } = options;
  const isOfSnapshot = compiled?.digest === digest;
  const writers = buildEventWriters(auditSchema, services, isOfSnapshot ? compiled?.events : []);
  const categories = new Map(auditSchema.events.map(({ type, category }) => [type, category]));
  const reject = (type: string, fault: EventFault, context: RequestContext | undefined) => {
    counts.rejected += 1;
    const { path, reason } = fault;
    const id = randomUUID();
    const facts = { id, type, path, reason };
    const category = categories.get(type) ?? BUSINESS;
    const request = context?.id ?? null;
    const time = timeOf(state.now());
    // In the order of RFC 8785, as all records.
    const told = {
      category,
      id,
      of: type,
      path,
      reason,
      request,
      time,
      type: "audit.event-rejected",
    };
    state.sink.accept(told);
    try {
      onRejected(facts);
    } catch (error) {
      state.onError(error);
    }
  };
  /** The event as it is to be written, or undefined where it was rejected. */
  const prepare = (type: string, fields: unknown, request: IncomingMessage | undefined) => {
    const found = request === undefined ? currentContext() : contextOf(request);
    const context = found?.gate === state ? found : undefined;
    const writer = writers.get(type);
    const fail = (fault: EventFault, named: string): undefined => {
      reject(named, fault, context);
    };
    if (writer === undefined) return fail({ path: "", reason: "type" }, "unknown");
    const principal = principalOf(context);
    const now = state.now();
    const written = writer(fields, { tenant: principal?.tenant ?? NO_TENANT, now });
    if (!written.ok) return fail(written.fault, type);
    counts.accepted += 1;
    counts.undeclared += written.undeclared;
    const id = randomUUID();
    const category = categories.get(type) ?? BUSINESS;
    const digest = (context?.policy ?? state.policy).snapshot.digest;
    const head = `,"category":${quoteText(category)}`;
    const data = `,"data":${written.json}`;
    const tail = `"principal":${principalText(principal)},"request":${textOrNull(context?.id)}`;
    const trace = `,"traceId":${textOrNull(context?.trace.traceId)},"type":${quoteText(type)}}`;
    const snapshot = `,"snapshot":${quoteText(digest)}`;
    // In the order of RFC 8785, as the fields are in theirs.
    const lineAt = (stamp: Stamp | undefined): string => {
      if (stamp === undefined) {
        const time = `,"time":"${timeOf(now)}"`;
        return `{${head.slice(1)}${data},"id":"${id}",${tail}${snapshot}${time}${trace}`;
      }
      const { clock, epoch, observedTime, time, sequence } = stamp;
      return (
        `{${head.slice(1)},"clock":${clock}${data},"epoch":${epoch},"id":"${id}"` +
        `,"observedTime":"${observedTime}",${tail},"sequence":${sequence}${snapshot},"time":"${time}"${trace}`
      );
    };
    return { id, category, lineAt };
  };
  return {
    record(type, fields, request) {
      const event = prepare(type, fields, request);
      if (event === undefined) return false;
      state.sink.write(event.lineAt(state.sink.stamp?.()), event);
      return true;
    },
    async commit(type, fields, request) {
      const { sink } = state;
      if (sink.commit === undefined) throw misuse("without `audit.log` no event is durable");
      const event = prepare(type, fields, request);
      if (event === undefined) throw new GateError("event-rejected", "the event does not fit");
      await sink.commit(event);
    },
    counts: () => ({ ...counts }),
  };
}

function principalOf(context: RequestContext | undefined): PrincipalData | undefined {
  const { authentication } = context ?? {};
  return authentication?.kind === "principal" ? authentication.principal : undefined;
}

/** Whose name alone does not say who it is: that of its issuer stands beside it. */
function principalText(principal: PrincipalData | undefined): string {
  if (principal === undefined) return "null";
  const { id, issuer, tenant } = principal;
  const inner = tenant === undefined ? "" : `,"tenant":${quoteText(tenant)}`;
  return `{"id":${quoteText(id)},"issuer":${quoteText(issuer)}${inner}}`;
}

function textOrNull(text: string | null | undefined): string {
  return text === null || text === undefined ? "null" : quoteText(text);
}

function timeOf(now: number): string {
  return new Date(now).toISOString();
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}

function warn({ type, path, reason }: RejectedEvent): void {
  const message = `the event \`${type}\` was not recorded: ${path} (${reason})`;
  process.emitWarning(message, "GatewrightWarning");
}
