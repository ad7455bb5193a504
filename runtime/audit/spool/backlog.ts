import type { SpoolEvent } from "./spool.js";

/** Whoever waits for an event to become durable. */
export interface Waiter {
  resolve(sequence: number): void;
  reject(error: Error): void;
}

/** An event that has its number and waits in memory for the disk to work again. */
export interface Entry {
  readonly event: SpoolEvent;
  readonly sequence: number;
  readonly bytes: number;
  readonly waiter: Waiter | undefined;
}

/** Entries by category, each in the order of their numbers. */
export interface Backlog {
  push(entry: Entry): void;
  /** Puts entries before all others. */
  putBack(entries: readonly Entry[]): void;
  /** Takes all, in the order of their numbers. */
  takeAll(): readonly Entry[];
  /** Takes the oldest entry of a category that nobody waits for. */
  takeOldest(category: string): Entry | undefined;
  /** Takes all that somebody waits for. */
  takeAwaited(): readonly Entry[];
  size(): number;
}

interface Queue {
  entries: Entry[];
  /** Entries before it were taken: a list is not shifted for each. */
  head: number;
}

export function createBacklog(): Backlog {
  const queues = new Map<string, Queue>();
  let size = 0;
  const queueOf = (category: string): Queue => {
    const queue = queues.get(category) ?? { entries: [], head: 0 };
    queues.set(category, queue);
    return queue;
  };
  const takeAll = (): readonly Entry[] => {
    const all = [...queues.values()].flatMap(({ entries, head }) => entries.slice(head));
    queues.clear();
    size = 0;
    return all.toSorted((one, other) => one.sequence - other.sequence);
  };
  const push = (entry: Entry): void => {
    queueOf(entry.event.category).entries.push(entry);
    size += 1;
  };
  return {
    push,
    putBack(entries) {
      const later = takeAll();
      for (const entry of [...entries, ...later]) push(entry);
    },
    takeAll,
    takeOldest(category) {
      const queue = queueOf(category);
      const oldest = queue.entries[queue.head];
      if (oldest === undefined || oldest.waiter !== undefined) return undefined;
      queue.head += 1;
      size -= 1;
      if (queue.head > 1024 && queue.head * 2 > queue.entries.length) {
        queue.entries = queue.entries.slice(queue.head);
        queue.head = 0;
      }
      return oldest;
    },
    takeAwaited() {
      const all = takeAll();
      for (const entry of all) if (entry.waiter === undefined) push(entry);
      return all.filter(({ waiter }) => waiter !== undefined);
    },
    size: () => size,
  };
}
