import type { Log } from "./log.js";
import type { Cursor } from "./spool.js";

/**
 * Numbers of the oldest segments that every reader, of at least one, has left and that ended by `before`, in
 * milliseconds since the epoch of Unix. A segment ended when the next was begun.
 */
export function releasable(log: Log, passed: readonly Cursor[], before: number): readonly number[] {
  if (passed.length === 0) return [];
  const segments = log.segments();
  const needed = Math.min(log.durable().segment, ...passed.map(({ segment }) => segment));
  const kept = segments.findIndex(({ number }, index) => {
    const next = segments[index + 1];
    return number >= needed || next === undefined || next.time > before;
  });
  return segments.slice(0, kept).map(({ number }) => number);
}
