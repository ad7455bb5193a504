import type { BatchLimits } from "./delivery-types.js";
import type { Flight } from "./delivery-state.js";
import type { Bell } from "./bell.js";
import type { Item, Reader } from "./reader.js";

export interface Collector {
  /** The next batch, once there is one; empty where it is time to stop. */
  next(): Promise<readonly Item[]>;
  /** True while it waits with nothing in hand. */
  isResting(): boolean;
}

export interface CollectorOptions {
  readonly reader: Reader;
  readonly limits: BatchLimits;
  readonly pollEvery: number;
  /** The batch that was under way when the process ended. */
  readonly flight: Flight | undefined;
  readonly bell: Bell;
  /** What is in hand goes at once, and nothing more is waited for. */
  readonly isClosing: () => boolean;
  readonly isStopped: () => boolean;
  /** After every read that found nothing while nothing is in hand. */
  readonly onNothing: () => Promise<void>;
  /** A read that failed; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Makes batches of what the log holds: never more than one batch and one read of it in memory. */
export function createCollector(options: CollectorOptions): Collector {
  const { reader, limits, pollEvery, bell, isClosing, isStopped, onNothing, onError } = options;
  let { flight } = options;
  let hand: readonly Item[] = [];
  let since = 0;
  let isResting = false;

  const rest = async (milliseconds: number) => {
    isResting = hand.length === 0;
    await bell.wait(milliseconds);
    isResting = false;
  };
  const read = async (count: number) => {
    try {
      if (hand.length === 0) since = performance.now();
      hand = [...hand, ...(await reader.read(count - hand.length))];
      return reader.found();
    } catch (error) {
      onError(error);
      return false;
    }
  };
  const cut = (count: number): readonly Item[] => {
    const batch = hand.slice(0, count);
    hand = hand.slice(count);
    since = performance.now();
    flight = undefined;
    return batch;
  };
  /** How many of those in hand make a batch now; 0 for none yet. */
  const ready = (foundMore: boolean): number => {
    if (hand.length === 0) return 0;
    if (flight !== undefined && flight.first === hand[0]?.record.id) {
      if (hand.length >= flight.count) return flight.count;
      // They were durable before, so that they come; where they do not, it is another batch.
      if (foundMore) return 0;
    }
    const fitting = countFitting(hand, limits);
    const isFull = fitting < hand.length || hand.length >= limits.count;
    const isDue = performance.now() - since >= limits.milliseconds;
    return isFull || isDue || (isClosing() && !foundMore) ? fitting : 0;
  };
  return {
    async next() {
      while (!isStopped()) {
        // A read from before may not have found what became durable since.
        const isLast = isClosing();
        const wanted = Math.max(limits.count, flight?.count ?? 0);
        const foundMore = hand.length < wanted ? await read(wanted) : true;
        const count = ready(foundMore);
        if (count > 0) return cut(count);
        if (foundMore) continue;
        if (hand.length === 0) {
          await onNothing().catch(onError);
          if (isLast) return [];
          if (!isClosing()) await rest(pollEvery);
        } else {
          const left = since + limits.milliseconds - performance.now();
          await rest(Math.max(1, Math.min(pollEvery, left)));
        }
      }
      return [];
    },
    isResting: () => isResting,
  };
}

/** At least one: a record that is too large alone is the sink's to refuse. */
function countFitting(items: readonly Item[], { count, bytes }: BatchLimits): number {
  let size = 0;
  let fitting = 0;
  for (const { record } of items) {
    size += Buffer.byteLength(record.line) + 1;
    if (fitting === count || (size > bytes && fitting > 0)) break;
    fitting += 1;
  }
  return fitting;
}
