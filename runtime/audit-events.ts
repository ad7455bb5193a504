/**
 * Events that the application records, as the policy declares them.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { recordLine } from "./audit/record-line.js";
import { buildEventWriters } from "./audit/events/build-event-writer.js";
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

export type { EventFault } from "./audit/events/build-event-writer.js";
export type { Gate } from "./gate-types.js";

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
  counts(): AuditCounts;
}

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
  options: AuditOptions = {},
): Audit<Events> {
  const { auditSchema } = loadSnapshot(serialized).source;
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
  const writers = buildEventWriters(auditSchema, services);
  const categories = new Map(auditSchema.events.map(({ type, category }) => [type, category]));
  const reject = (type: string, fault: EventFault, context: RequestContext | undefined) => {
    counts.rejected += 1;
    const id = randomUUID();
    const facts = { id, type, path: fault.path, reason: fault.reason };
    const alert = { id, of: type, path: fault.path, reason: fault.reason };
    const where = { request: context?.id ?? null, time: timeOf(state.now()) };
    // In the order of RFC 8785, as all lines.
    state.sink.accept(recordLine({ ...alert, ...where, type: "audit.event-rejected" }));
    try {
      onRejected(facts);
    } catch (error) {
      state.onError(error);
    }
    return false;
  };
  return {
    record(type, fields, request) {
      const found = request === undefined ? currentContext() : contextOf(request);
      const context = found?.gate === state ? found : undefined;
      const writer = writers.get(type);
      if (writer === undefined) return reject("unknown", { path: "", reason: "type" }, context);
      const principal = principalOf(context);
      const now = state.now();
      const written = writer(fields, { tenant: principal?.tenant ?? NO_TENANT, now });
      if (!written.ok) return reject(type, written.fault, context);
      counts.accepted += 1;
      counts.undeclared += written.undeclared;
      // In the order of RFC 8785, as the fields are in theirs.
      const line =
        `{"actor":${actorText(principal)},"category":${quoteText(categories.get(type) ?? "")}` +
        `,"data":${written.json},"id":"${randomUUID()}"` +
        `,"request":${textOrNull(context?.id)}` +
        `,"snapshot":${quoteText((context?.policy ?? state.policy).snapshot.digest)}` +
        `,"tenant":${textOrNull(principal?.tenant)},"time":"${timeOf(now)}"` +
        `,"traceId":${textOrNull(context?.trace.traceId)},"type":${quoteText(type)}}\n`;
      state.sink.accept(line);
      return true;
    },
    counts: () => ({ ...counts }),
  };
}

function principalOf(context: RequestContext | undefined): PrincipalData | undefined {
  const { authentication } = context ?? {};
  return authentication?.kind === "principal" ? authentication.principal : undefined;
}

/** Whose name alone does not say who it is: that of its issuer stands beside it. */
function actorText(principal: PrincipalData | undefined): string {
  if (principal === undefined) return "null";
  return `{"id":${quoteText(principal.id)},"issuer":${quoteText(principal.issuer)}}`;
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
