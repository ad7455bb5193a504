import { canonicalJson } from "./ledger.js";

/** A wall clock that is this far from the time that passed was set, or stands still. */
const STEP_MILLISECONDS = 1000;
/** The most that clocks of machines are slewed by (RFC 5905): so much is no step, however long it goes on. */
const MAX_DRIFT = 500e-6;

export interface SpoolClock {
  /** Milliseconds since the epoch of Unix; never less than before. */
  now(): number;
  /** A line on a step since the last call: back at all, or one second off the monotonic clock, and no drift. */
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
      const passed = now.monotonic - anchor.monotonic;
      const expected = anchor.wall + passed;
      const off = now.wall - expected;
      const drift = Math.min(Math.abs(off), passed * MAX_DRIFT);
      const isStep = now.wall < last || Math.abs(off) - drift > STEP_MILLISECONDS;
      const from = last;
      last = now.wall;
      // It follows a drift, so that hours of it are not taken for a step.
      anchor = isStep ? now : { ...now, wall: expected + Math.sign(off) * drift };
      if (!isStep) return undefined;
      return canonicalJson({ expected: Math.round(expected), from, to: now.wall });
    },
  };
}
