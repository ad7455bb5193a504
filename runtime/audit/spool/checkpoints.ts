import type { Log } from "./log.js";

/** When the log is to have its next checkpoint: after so many events, after so long, or when asked. */
export interface Checkpoints {
  request(): void;
  isDue(): boolean;
  /** Writes one where one is due after so many more events. */
  write(events: number): string | undefined;
  stop(): void;
}

export function createCheckpoints(
  log: Log,
  { events, seconds }: { readonly events: number; readonly seconds: number },
  onTime: () => void,
): Checkpoints {
  let isDue = false;
  let since = 0;
  const interval = setInterval(() => {
    isDue = true;
    onTime();
  }, seconds * 1000).unref();
  return {
    request() {
      isDue = true;
    },
    isDue: () => isDue,
    write(written) {
      since += written;
      if (!isDue && since < events) return undefined;
      const note = log.checkpoint("open");
      isDue = false;
      since = 0;
      return note;
    },
    stop: () => clearInterval(interval),
  };
}
