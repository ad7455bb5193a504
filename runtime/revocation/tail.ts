import type { RevocationLog } from "./redis-log.js";
import type { Revocation } from "./revocation.js";

/** In milliseconds; what is revoked on one node is refused on all of them within a second. */
const READ_EVERY = 200;

/** Follows a log that nodes share. */
export interface Tail {
  /** Milliseconds since a read began that succeeded; infinite before the first. */
  age(): number;
  /** Reads once more, from now on; one read serves all who wait. Rejects where it fails. */
  refresh(): Promise<void>;
  close(): void;
}

export interface TailOptions {
  readonly take: (entries: readonly Revocation[]) => void;
  /** What this node knows, to be told to the others where the log was lost. */
  readonly known: () => readonly Revocation[];
  /** What this node could not tell the others yet. */
  readonly untold: Set<Revocation>;
  /** Hears of the first of several reads that fail. */
  readonly onError: (error: unknown) => void;
}

export function followLog(log: RevocationLog, options: TailOptions): Tail {
  const { take, known, untold, onError } = options;
  let last = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const read = async () => {
    const start = performance.now();
    let isLost = false;
    for (let isMore = true; isMore; ) {
      const batch = await log.read();
      take(batch.entries);
      isLost ||= batch.isLost;
      isMore = batch.isMore;
    }
    last = start;
    isFailing = false;
    for (const revocation of isLost ? known() : [...untold]) {
      await log.append(revocation);
      untold.delete(revocation);
    }
  };
  const refresh = () => {
    next ??= running.then(ignore, ignore).then(() => {
      next = undefined;
      running = read();
      return running;
    });
    return next;
  };
  const loop = async () => {
    try {
      await refresh();
    } catch (error) {
      if (!isFailing) onError(error);
      isFailing = true;
    }
    if (!isClosed) timer = setTimeout(() => void loop(), READ_EVERY).unref();
  };
  void loop();
  return {
    age: () => performance.now() - last,
    refresh,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function ignore(): void {
  // Whoever asked for that read has heard of it.
}
