import type { PrincipalReader, PrincipalReading } from "./principal.js";
import type { SerializedPrincipal } from "./snapshot-format.js";

interface Entry {
  /** When the question was asked, in milliseconds since the epoch. */
  readonly since: number;
  readonly reading: Promise<PrincipalReading>;
}

/**
 * Keeps principals for as long as the policy's `principal.cache` says, counted from the question. Questions
 * about the same claims share one call; a principal that fails, is unknown or does not fit is not kept.
 */
export function cachePrincipals(
  { maxAgeSeconds, maxEntries }: NonNullable<SerializedPrincipal["cache"]>,
  read: PrincipalReader,
  now: () => number,
): PrincipalReader {
  const entries = new Map<string, Entry>();
  return (claims) => {
    // All claims of the token: what was said about some of them is not said about others.
    const key = JSON.stringify(claims);
    const known = entries.get(key);
    if (known !== undefined) {
      const age = now() - known.since;
      // Below zero where the clock was set back, which must not make an entry live longer.
      if (age >= 0 && age < maxAgeSeconds * 1000) return known.reading;
      entries.delete(key);
    }
    const entry: Entry = { since: now(), reading: Promise.resolve(read(claims)) };
    entries.set(key, entry);
    // Entries stand in the order in which they were asked for.
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    entry.reading.then((reading) => reading.ok || forget(), forget);
    return entry.reading;
  };
}
