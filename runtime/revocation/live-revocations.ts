import { isEpoch } from "./revocation.js";
import type { Revocation, RevocationKind } from "./revocation.js";

/** What of a credential can be revoked; undefined where it says nothing. */
export interface RevocableFacts {
  readonly issuer: string;
  readonly token?: unknown;
  readonly session?: unknown;
  readonly subject?: unknown;
  readonly epoch?: unknown;
  readonly tenant?: unknown;
}

/** The revocations that still matter, as many as there is room for. */
export interface LiveRevocations {
  /** Takes a revocation in. One that has no room makes {@link isFull} true for as long as it matters. */
  add(revocation: Revocation, now: number): void;
  refuses(facts: RevocableFacts, now: number): boolean;
  /** Whether a revocation that still matters is missing for lack of room. */
  isFull(now: number): boolean;
  list(now: number): readonly Revocation[];
}

/** Between two searches for what is over, at least so many are taken in. */
const SWEEP_EVERY = 1024;

export function createLiveRevocations(maxEntries: number): LiveRevocations {
  const entries = new Map<string, Revocation>();
  let sweepAt = Math.min(SWEEP_EVERY, maxEntries);
  let fullUntil = 0;
  const sweep = (now: number) => {
    for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
    // Twice what is left, so that all sweeps together cost as much as the entries that came.
    sweepAt = Math.min(Math.max(SWEEP_EVERY, entries.size * 2), maxEntries);
  };
  const alive = (kind: RevocationKind, issuer: string, id: unknown, now: number) => {
    const isName = typeof id === "string" || typeof id === "number";
    const entry = isName ? entries.get(keyOf(kind, issuer, String(id))) : undefined;
    return entry !== undefined && entry.until > now ? entry : undefined;
  };
  return {
    add(revocation, now) {
      const { kind, issuer, id, until } = revocation;
      if (until <= now) return;
      const key = keyOf(kind, issuer, id);
      const known = entries.get(key);
      if (known === undefined && entries.size >= sweepAt) sweep(now);
      if (known === undefined && entries.size >= maxEntries) {
        fullUntil = Math.max(fullUntil, until);
        return;
      }
      entries.set(key, known === undefined ? revocation : stricter(known, revocation));
    },
    refuses({ issuer, token, session, subject, epoch, tenant }, now) {
      if (entries.size === 0) return false;
      const ofSubject = alive("subject", issuer, subject, now);
      return (
        alive("token", issuer, token, now) !== undefined ||
        alive("session", issuer, session, now) !== undefined ||
        alive("tenant", "", tenant, now) !== undefined ||
        (ofSubject !== undefined && !isAtLeast(epoch, ofSubject.epoch))
      );
    },
    isFull: (now) => fullUntil > now,
    list: (now) => [...entries.values()].filter(({ until }) => until > now),
  };
}

/** One text for each triple: the length tells where the issuer ends. */
function keyOf(kind: RevocationKind, issuer: string, id: string): string {
  return `${kind} ${issuer.length} ${issuer}${id}`;
}

/** Entries come in any order and more than once, and none undoes another. */
function stricter(one: Revocation, other: Revocation): Revocation {
  const epoch =
    one.epoch === null || other.epoch === null ? null : Math.max(one.epoch, other.epoch);
  return { ...other, epoch, until: Math.max(one.until, other.until) };
}

/** A token that does not say its epoch may be of any. */
function isAtLeast(epoch: unknown, needed: number | null): boolean {
  return needed !== null && isEpoch(epoch) && epoch >= needed;
}
