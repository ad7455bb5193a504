export interface RetryLimits {
  /** Milliseconds up to which the first retry waits. */
  readonly first: number;
  /** Milliseconds up to which any retry waits, unless the receiver asks for more. */
  readonly longest: number;
}

/** Nobody who answers `Retry-After` may put a sink to sleep for longer: an hour. */
const LONGEST_ASKED = 3_600_000;

/**
 * Milliseconds before the retry that follows failure number `failures`, counted from 1: exponential
 * back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015), and never before the receiver wants it.
 */
export function retryDelay(
  failures: number,
  { first, longest }: RetryLimits,
  { random, retryAfter = 0 }: { readonly random: () => number; readonly retryAfter?: number },
): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(failures - 1, 50));
  const jittered = random() * ceiling;
  if (retryAfter <= 0) return jittered;
  // Those whom it sent away together are not to come back together.
  return Math.min(retryAfter, LONGEST_ASKED) + random() * Math.min(ceiling, first);
}
