/** First and last pause between attempts, in milliseconds. */
const PAUSES = { first: 50, last: 5000 } as const;

/** Attempts with longer and longer pauses, one at a time. */
export interface Retry {
  later(): void;
  /** The last attempt succeeded. */
  reset(): void;
  stop(): void;
}

export function createRetry(attempt: () => void): Retry {
  let pause: number = PAUSES.first;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    later() {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        attempt();
      }, pause);
      pause = Math.min(pause * 2, PAUSES.last);
    },
    reset() {
      pause = PAUSES.first;
      stop();
    },
    stop,
  };
}
