import type { Ceiling } from "../delivery/audit-sink.js";
import type { RouterSink } from "../delivery/open-router.js";
import type { Cursor } from "../delivery/record-source.js";
import type { Spool } from "../spool/spool.js";
import type { SerializedAuditCategory } from "./serialized-audit-log.js";

const EVERY_MILLISECONDS = 60_000;
/** Deleting from a large table is work: once an hour is often enough for days. */
const PURGE_EVERY = 60;

export interface RetentionOptions {
  readonly categories: readonly SerializedAuditCategory[];
  /** With where everybody is who must have what it holds. */
  readonly spools: readonly { readonly spool: Spool; readonly passed: () => readonly Cursor[] }[];
  readonly sinks: readonly Pick<RouterSink, "sink" | "categories">[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onError: (detail: string) => void;
}

export interface Retention {
  /** Deletes now what may, or must, go. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Lets spools delete what all have and no floor holds, and has sinks delete what a ceiling ends. A spool holds all
 * categories together, so the longest floor is that of all.
 */
export function keepRetention(options: RetentionOptions): Retention {
  const { categories, spools, sinks, now, onError } = options;
  const floorMilliseconds = Math.max(0, ...categories.map(({ retention }) => retention.floor ?? 0));
  let rounds = 0;
  const release = async () => {
    for (const { spool, passed } of spools) {
      await spool.release({ passed: passed(), floorMilliseconds });
    }
  };
  const purge = async () => {
    if (categories.every(({ retention }) => retention.ceiling === null)) return;
    const ceilings: readonly Ceiling[] = categories.map(({ name, retention: { ceiling } }) => ({
      category: name,
      before: ceiling === null ? -Infinity : now() - ceiling,
    }));
    for (const { sink, categories: own } of sinks) {
      const its = ceilings.filter(({ category }) => own?.includes(category) ?? true);
      await sink.purge?.(its);
    }
  };
  const runOnce = async (isPurging: boolean) => {
    const ends = await Promise.allSettled([release(), isPurging ? purge() : undefined]);
    for (const end of ends) {
      if (end.status === "rejected") onError(`retention: ${Object(end.reason).code ?? "failed"}`);
    }
  };
  let last = runOnce(true);
  /** One after another: two that release at once would count one segment twice. */
  const run = (isPurging: boolean) => {
    last = last.then(() => runOnce(isPurging));
    return last;
  };
  const timer = setInterval(() => {
    rounds += 1;
    void run(rounds % PURGE_EVERY === 0);
  }, EVERY_MILLISECONDS).unref();
  return {
    run: () => run(true),
    close() {
      clearInterval(timer);
      return last;
    },
  };
}
