import type { AuditBatch, AuditSink } from "./audit-sink.js";
import { retryLater, toSinkError } from "./sink-error.js";
import type { SinkError } from "./sink-error.js";

/** Calls of one sink that may be unsettled: more would be memory that a hanging driver takes. */
const MAX_UNSETTLED = 4;
/** In time limits: what has not settled by then is taken for lost, so that the sink is tried again. */
const LOST_AFTER = 10;

/** Undefined where all was delivered. */
export type Attempt = (batch: AuditBatch, stop: AbortSignal) => Promise<SinkError | undefined>;

/**
 * Delivers a batch within the time limit. A sink that pays no heed to the signal is left alone with
 * what it does: the batch goes again, and it is the receiver who knows the records by their ids.
 */
export function createAttempt(sink: AuditSink, timeLimit: number): Attempt {
  const unsettled = new Set<{ readonly began: number }>();
  const isFull = (now: number) => {
    for (const one of unsettled) {
      if (now - one.began > timeLimit * LOST_AFTER) unsettled.delete(one);
    }
    return unsettled.size >= MAX_UNSETTLED;
  };
  const call = async (batch: AuditBatch, signal: AbortSignal) => {
    const one = { began: performance.now() };
    unsettled.add(one);
    try {
      await sink.deliver(batch, signal);
      return undefined;
    } catch (error) {
      return toSinkError(error);
    } finally {
      unsettled.delete(one);
    }
  };
  return async (batch, stop) => {
    if (isFull(performance.now())) return retryLater("hanging");
    if (stop.aborted) return retryLater("stopped");
    const time = new AbortController();
    const late = new Promise<SinkError>((resolve) => {
      time.signal.addEventListener("abort", () => resolve(retryLater(String(time.signal.reason))));
    });
    const timer = setTimeout(() => time.abort("time-limit"), timeLimit).unref();
    const onStop = () => time.abort("stopped");
    stop.addEventListener("abort", onStop);
    try {
      return await Promise.race([call(batch, time.signal), late]);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
    }
  };
}
