import { canonicalJson } from "./ledger.js";

/** A wall clock that is this far from the time that passed was set, or stands still. */
const STEP_MILLISECONDS = 1000;

export interface SpoolClock {
  /** Milliseconds since the epoch of Unix; never less than before. */
  now(): number;
  /** A line on a step since the last call: back at all, or one second off the monotonic clock. */
  takeStep(): string | undefined;
}

export function createClock(wall: () => number, monotonic: () => number): SpoolClock {
  let latest = wall();
  let anchor = { wall: latest, monotonic: monotonic() };
  let last = latest;
  return {
    now() {
      latest = Math.max(latest, wall());
      return latest;
    },
    takeStep() {
      const now = { wall: wall(), monotonic: monotonic() };
      const expected = Math.round(anchor.wall + now.monotonic - anchor.monotonic);
      const isStep = now.wall < last || Math.abs(now.wall - expected) > STEP_MILLISECONDS;
      const from = last;
      last = now.wall;
      if (!isStep) return undefined;
      anchor = now;
      return canonicalJson({ expected, from, to: now.wall });
    },
  };
}
