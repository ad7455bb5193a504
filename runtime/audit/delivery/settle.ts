import { createAttempt } from "./attempt.js";
import { createBatch } from "./audit-sink.js";
import type { AuditRecord } from "./audit-sink.js";
import type { Bell } from "./bell.js";
import type { DeliveryAlert, DeliveryOptions } from "./delivery-types.js";
import type { Item } from "./reader.js";
import { retryDelay } from "./retry-delay.js";
import type { RetryLimits } from "./retry-delay.js";
import type { SinkError } from "./sink-error.js";

/** How records left the log: with the sink, with the fall-back, or some of them as dead letters. */
export interface Settled {
  readonly items: readonly Item[];
  readonly refused: readonly (readonly [AuditRecord, string])[];
  readonly by: "sink" | "fall-back";
}

export interface Settler {
  /** False where it was stopped before all was settled. */
  settle(items: readonly Item[]): Promise<boolean>;
  isFailing(): boolean;
}

export interface SettlerOptions extends Pick<DeliveryOptions, "sink" | "fallBack"> {
  readonly random: () => number;
  readonly retry: RetryLimits;
  readonly timeLimit: number;
  readonly bell: Bell;
  /** Aborts what is under way. */
  readonly stop: AbortSignal;
  /** True when a failure is to be the last attempt. */
  readonly isClosing: () => boolean;
  /** Before records are sent as one batch; false where it was stopped. */
  readonly onTaken: (items: readonly Item[]) => Promise<boolean>;
  /** Resolves when it is durable that they left; false where it was stopped before that. */
  readonly onSettled: (settled: Settled) => Promise<boolean>;
  readonly alert: (code: DeliveryAlert["code"], detail?: string) => void;
}

/** Brings records to the sink, in order, whatever it answers. */
export function createSettler(options: SettlerOptions): Settler {
  const { sink, fallBack, retry, random, bell, stop, timeLimit, alert } = options;
  const { onTaken, onSettled } = options;
  const attempt = createAttempt(sink, timeLimit);
  const attemptFallBack = fallBack && createAttempt(fallBack.sink, timeLimit);
  let failures = 0;
  let downSince = 0;
  let nextTry = 0;
  let nextFallBack = 0;
  let hasFallenBack = false;

  const onFailure = ({ reason, refusal }: SinkError) => {
    const retryAfter = refusal.kind === "retry" ? (refusal.retryAfter ?? 0) : 0;
    const now = performance.now();
    if (failures === 0) {
      downSince = now;
      alert("failing", reason);
    }
    failures += 1;
    nextTry = now + retryDelay(failures, retry, { random, retryAfter });
  };
  const onAnswer = () => {
    if (failures > 0) alert("recovered");
    failures = 0;
    nextTry = 0;
    hasFallenBack = false;
  };
  const fallBackTakes = async (items: readonly Item[]) => {
    const failure = await attemptFallBack?.(createBatch(items.map(({ record }) => record)), stop);
    if (failure !== undefined) {
      nextFallBack = performance.now() + retry.first;
      alert("not-kept", failure.reason);
      return false;
    }
    if (!hasFallenBack) alert("fell-back");
    hasFallenBack = true;
    return true;
  };

  /** True once the fall-back took the items; false when it is time to try the sink. */
  const waitToTry = async (items: readonly Item[]): Promise<boolean> => {
    for (;;) {
      const now = performance.now();
      if (now >= nextTry || stop.aborted || options.isClosing()) return false;
      const dueIn = fallBack === undefined ? Infinity : downSince + fallBack.after - now;
      const isDue = dueIn <= 0 && now >= nextFallBack;
      if (isDue && (await fallBackTakes(items))) return true;
      const fallBackIn = dueIn <= 0 ? nextFallBack - now : dueIn;
      await bell.wait(Math.max(1, Math.min(nextTry - now, fallBackIn)));
    }
  };

  /** What is left of the items; undefined where it was stopped. */
  const step = async (
    items: readonly Item[],
  ): Promise<readonly (readonly Item[])[] | undefined> => {
    if (failures > 0 && (await waitToTry(items))) {
      return (await onSettled({ items, refused: [], by: "fall-back" })) ? [] : undefined;
    }
    if (stop.aborted) return undefined;
    const records = items.map(({ record }) => record);
    const failure = await attempt(createBatch(records), stop);
    if (failure?.refusal.kind === "retry") {
      onFailure(failure);
      return options.isClosing() ? undefined : [items];
    }
    onAnswer();
    if (failure?.refusal.kind === "split" && items.length > 1) {
      const half = Math.ceil(items.length / 2);
      return [items.slice(0, half), items.slice(half)];
    }
    const refused = failure === undefined ? [] : refusedOf(records, failure);
    return (await onSettled({ items, refused, by: "sink" })) ? [] : undefined;
  };
  return {
    async settle(items) {
      const parts = [items];
      let taken: readonly Item[] | undefined;
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        // Once for all retries.
        if (part !== taken && !(await onTaken(part))) return false;
        taken = part;
        const left = await step(part);
        if (left === undefined) return false;
        parts.unshift(...left);
      }
      return true;
    },
    isFailing: () => failures > 0,
  };
}

function refusedOf(
  records: readonly AuditRecord[],
  { reason, refusal }: SinkError,
): readonly (readonly [AuditRecord, string])[] {
  if (refusal.kind !== "records") return records.map((record) => [record, reason]);
  return records.flatMap((record) => {
    const why = refusal.refused.get(record.id);
    return why === undefined ? [] : [[record, why] as const];
  });
}
