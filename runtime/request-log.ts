import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { createRecord } from "./audit/create-record.js";
import type { Sink } from "./audit/sink.js";
import { bindEvents } from "./async-context.js";
import { openContext } from "./request-context.js";
import type { Door, RequestContext } from "./request-context.js";
import { openTrace } from "./trace.js";

/** How long a shutdown waits for requests that are still being answered. */
const DRAIN_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 20;

/** Opens request contexts and turns each into exactly one record when its response ends or breaks. */
export interface RequestLog {
  open(
    request: IncomingMessage,
    response: ServerResponse,
    gate: RecordedGate,
    door: Door,
  ): RequestContext;
  /** Waits for open requests, then writes and closes the sink. */
  close(): Promise<void>;
}

/** The gate whose request it is, and what its context takes from it. */
export type RecordedGate = Pick<RequestContext, "policy" | "now" | "onError">;

export function createRequestLog(sink: Sink): RequestLog {
  const unfinished = new Map<RequestContext, () => void>();
  return {
    open(request, response, gate, door) {
      const { policy, now, onError } = gate;
      const began = now();
      const { socket } = request;
      const start = performance.now();
      const context: RequestContext = {
        gate,
        onError,
        now,
        id: crypto.randomUUID(),
        trace: openTrace(request),
        policy,
        method: door === "unread" ? null : (request.method ?? ""),
        door,
        decision: { outcome: "none", reason: "undecided" },
        isGuarded: false,
        isClosed: false,
      };
      const emit = () => {
        if (context.isClosed) return;
        context.isClosed = true;
        unfinished.delete(context);
        socket.off("close", emit);
        const durationMs = performance.now() - start;
        sink.accept(createRecord(request, response, context, { began, durationMs }), context);
      };
      openContext(request, context);
      bindEvents(context, [request, response]);
      unfinished.set(context, emit);
      response.once("finish", emit);
      response.once("close", emit);
      // Of pipelined requests, Node tells only the one that is being answered of the connection's end, and
      // those behind it are as many as the client likes.
      socket.setMaxListeners(0).once("close", emit);
      // The connection may be gone before the host comes to its last requests.
      if (socket.destroyed) setImmediate(emit);
      return context;
    },
    async close() {
      const deadline = performance.now() + DRAIN_MILLISECONDS;
      while (unfinished.size > 0 && performance.now() < deadline) await wait(POLL_MILLISECONDS);
      for (const emit of unfinished.values()) emit();
      await sink.close();
    },
  };
}
