import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDelivery } from "@gatewright/runtime/audit/delivery";
import type {
  AuditBatch,
  AuditSink,
  Delivery,
  DeliveryAlert,
  DeliveryOptions,
} from "@gatewright/runtime/audit/delivery";
import { createMemoryLog } from "./memory-log.js";
import type { MemoryLog } from "./memory-log.js";

/** A sink that remembers all, and answers with what `answers` holds, one delivery after another. */
export interface ScriptedSink extends AuditSink {
  readonly batches: readonly AuditBatch[];
  /** Ids of what it kept. */
  ids(): readonly string[];
  isClosed(): boolean;
}

export type Answer = (batch: AuditBatch, signal: AbortSignal) => unknown;

/** An answer that is thrown is a refusal; after the last answer all is kept. */
export function createScriptedSink(...answers: readonly Answer[]): ScriptedSink {
  const batches: AuditBatch[] = [];
  const kept: string[] = [];
  let isClosed = false;
  return {
    kind: "scripted",
    batches,
    ids: () => kept,
    isClosed: () => isClosed,
    async deliver(batch, signal) {
      batches.push(batch);
      await answers[batches.length - 1]?.(batch, signal);
      kept.push(...batch.records.map(({ id }) => id));
    },
    async close() {
      isClosed = true;
    },
  };
}

export interface DeliveryDesk {
  readonly folder: string;
  readonly log: MemoryLog;
  readonly alerts: DeliveryAlert[];
  codes(): readonly string[];
  open(sink: AuditSink, options?: Partial<DeliveryOptions>): Promise<Delivery>;
  /** Closes what is open, without sending what is left. */
  close(): Promise<void>;
}

export async function createDeliveryDesk(
  log: MemoryLog = createMemoryLog(),
): Promise<DeliveryDesk> {
  const folder = await mkdtemp(join(tmpdir(), "gatewright-delivery-"));
  const alerts: DeliveryAlert[] = [];
  const opened: Delivery[] = [];
  return {
    folder,
    log,
    alerts,
    codes: () => alerts.map(({ code }) => code),
    async open(sink, options = {}) {
      const delivery = await openDelivery({
        name: "desk",
        sink,
        source: log,
        folder,
        batch: { milliseconds: 20 },
        retry: { first: 1, longest: 5 },
        pollEvery: 5,
        onAlert: (alert) => alerts.push(alert),
        ...options,
      });
      opened.push(delivery);
      return delivery;
    },
    async close() {
      await Promise.all(opened.map((delivery) => delivery.close({ drain: 0 })));
      await rm(folder, { recursive: true });
    },
  };
}
