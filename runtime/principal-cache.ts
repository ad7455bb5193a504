import type { PrincipalData, PrincipalReader, PrincipalReading } from "./principal.js";
import type { SerializedPrincipal } from "./snapshot-format.js";

interface Entry {
  /** When the question was asked, in milliseconds since the epoch. */
  readonly since: number;
  readonly reading: Promise<PrincipalReading>;
  /** Undefined while the application has not answered. */
  principal?: PrincipalData;
}

/**
 * Keeps principals for as long as the policy's `principal.cache` says, counted from the question. Questions
 * about the same claims share one call; a principal that fails, is unknown or does not fit is not kept.
 */
export function cachePrincipals(
  { maxAgeSeconds, maxEntries }: NonNullable<SerializedPrincipal["cache"]>,
  ask: PrincipalReader,
  now: () => number,
): PrincipalReader {
  const entries = new Map<string, Entry>();
  const read = (claims: Readonly<Record<string, unknown>>) => {
    // All claims of the token: what was said about some of them is not said about others.
    const key = JSON.stringify(claims);
    const known = entries.get(key);
    if (known !== undefined) {
      const age = now() - known.since;
      // Below zero where the clock was set back, which must not make an entry live longer.
      if (age >= 0 && age < maxAgeSeconds * 1000) return known.reading;
      entries.delete(key);
    }
    const entry: Entry = { since: now(), reading: Promise.resolve(ask(claims)) };
    entries.set(key, entry);
    // Entries stand in the order in which they were asked for.
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    entry.reading.then((reading) => {
      if (reading.ok) entry.principal = reading.principal;
      else forget();
    }, forget);
    return entry.reading;
  };
  return Object.assign(read, {
    forget(isRevoked: (principal: PrincipalData) => boolean) {
      for (const [key, { principal }] of entries) {
        // An answer that is still to come may have been asked for before the revocation.
        if (principal === undefined || isRevoked(principal)) entries.delete(key);
      }
    },
  });
}
