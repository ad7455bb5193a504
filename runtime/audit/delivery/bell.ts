/** A pause that can be cut short. */
export interface Bell {
  /** Resolves after so many milliseconds, or when the bell rings. Keeps no process alive. */
  wait(milliseconds: number): Promise<void>;
  ring(): void;
}

/** For one who waits at a time. A ring while nobody waits ends the next wait at once. */
export function createBell(): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    wait(milliseconds) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), isRung ? 0 : milliseconds).unref();
        isRung = false;
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      });
    },
    ring() {
      if (wake === undefined) isRung = true;
      else wake();
    },
  };
}
