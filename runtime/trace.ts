import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** The place of a request in a distributed trace (W3C Trace Context). What a client sent is not to be trusted. */
export interface Trace {
  /** 32 hexadecimal digits: the caller's, or a new one. */
  readonly traceId: string;
  /** 16 hexadecimal digits: of this request's own span. */
  readonly spanId: string;
  /** The caller's span; null where the trace begins here. */
  readonly parentSpanId: string | null;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
  /** For the header `traceparent` of outgoing calls. */
  readonly traceparent: string;
  /** For the header `tracestate` of outgoing calls; null where there is none. */
  readonly tracestate: string | null;
}

/** W3C Trace Context, 3.2: version ff is invalid, and only a version above 00 may go on behind the flags. */
const TRACEPARENT =
  /^(?!ff|00.{53}.)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** A list of at most 32 vendors' states, in 512 characters (3.3.1). */
const TRACESTATE = /^(?=.{1,512}$)[\t -+\--~]*(?:,[\t -+\--~]*){0,31}$/;

/** Goes on with the trace of a valid `traceparent`, else begins one. */
export function openTrace({ headers }: Pick<IncomingMessage, "headers">): Trace {
  // Node joins repeated headers with a comma, which the pattern does not admit.
  const found = TRACEPARENT.exec(String(headers["traceparent"]));
  const fresh = randomBytes(24).toString("hex");
  const spanId = fresh.slice(0, 16);
  const [, traceId = fresh.slice(16), parentSpanId = null, flags = "00"] = found ?? [];
  const sampled = Number(`0x${flags}`) % 2 === 1;
  const state = String(headers["tracestate"] ?? "");
  return {
    traceId,
    spanId,
    parentSpanId,
    sampled,
    traceparent: `00-${traceId}-${spanId}-0${Number(sampled)}`,
    tracestate: found && TRACESTATE.test(state) ? state : null,
  };
}
