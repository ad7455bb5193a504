import { GateError } from "../../gate-error.js";
import type { Delivery, DeliveryCounts, DeliveryOptions } from "./delivery-types.js";
import { openDelivery } from "./open-delivery.js";
import type { Cursor } from "./record-source.js";

type Common = "source" | "folder" | "onAlert";

export interface RouterSink extends Omit<DeliveryOptions, Common> {
  /** The log keeps what this sink has not got yet. */
  readonly isRequired: boolean;
}

export interface RouterOptions extends Pick<DeliveryOptions, Common> {
  readonly sinks: readonly RouterSink[];
}

export interface Router {
  readonly deliveries: readonly Delivery[];
  /** By the name of the sink. */
  counts(): Readonly<Record<string, DeliveryCounts>>;
  /** Where the required sinks are: what is before all of them, the log may delete. */
  passed(): readonly Cursor[];
  wake(): void;
  idle(): Promise<void>;
  /** Rejects with the first error after all are closed. */
  close(options?: { readonly drain?: number }): Promise<void>;
}

/**
 * Delivers the events of one log to several sinks, each at its own pace: a slow one, or one that is
 * down, is no other's concern.
 *
 * @throws GateError `configuration-invalid` where two sinks have one name, or as `openDelivery` does
 */
export async function openRouter({ sinks, ...common }: RouterOptions): Promise<Router> {
  const names = sinks.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) {
    // Also on a file system that folds case.
    throw new GateError("configuration-invalid", "two audit sinks have the same name");
  }
  const opened = await Promise.allSettled(
    sinks.map((sink) => openDelivery({ ...sink, ...common })),
  );
  const deliveries = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = opened.find((each) => each.status === "rejected");
  if (failed !== undefined) {
    await Promise.allSettled(deliveries.map((delivery) => delivery.close({ drain: 0 })));
    throw failed.reason;
  }
  const required = deliveries.filter((_, index) => sinks[index]?.isRequired);
  return {
    deliveries,
    counts: () => Object.fromEntries(deliveries.map(({ name, counts }) => [name, counts()])),
    passed: () => required.map(({ passed }) => passed()),
    wake() {
      for (const delivery of deliveries) delivery.wake();
    },
    async idle() {
      await Promise.all(deliveries.map((delivery) => delivery.idle()));
    },
    async close(how) {
      const ends = await Promise.allSettled(deliveries.map((delivery) => delivery.close(how)));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}
