import { isAccepted, stateOf } from "./ring-document.js";
import type { RingDocument, RingEntry } from "./ring-document.js";

/** A key that joins a ring; its times come from the ring. */
export type NewKey = Pick<RingEntry, "id" | "alg" | "purpose" | "key">;

/**
 * Adds a key. The first for its algorithm signs at once. A later one is staged: it is published now, signs
 * once every verifier's copy of the JWKS is new, and takes over then from the one before, which is accepted
 * until the last token that it signed has ended. Undefined where another is staged already.
 */
export function addKey(
  document: RingDocument,
  key: NewKey,
  seconds: number,
): RingDocument | undefined {
  const { publishSeconds } = document;
  const peers = document.entries.filter(({ alg }) => alg === key.alg);
  if (peers.some((peer) => stateOf(peer, seconds) === "staged")) return undefined;
  const active = peers.find((peer) => stateOf(peer, seconds) === "active");
  const activeFrom = active === undefined ? seconds : seconds + publishSeconds;
  const entries = document.entries.map((entry) =>
    entry === active ? endAt(entry, activeFrom, document) : entry,
  );
  return withEntries(document, [...entries, entryFor(key, seconds, activeFrom)]);
}

/**
 * Takes a key out of use: no token of it is accepted from now on. Where it signed, its staged successor does
 * so at once, or else `replacement`, although neither was published long enough: verifiers with an old copy
 * of the JWKS refuse new tokens until they fetch it again, which they do for a `kid` that they do not know.
 */
export function revokeKey(
  document: RingDocument,
  id: string,
  { seconds, replacement }: { readonly seconds: number; readonly replacement: NewKey },
): RingDocument | undefined {
  const revoked = document.entries.find((entry) => entry.id === id);
  if (revoked === undefined) return undefined;
  const state = stateOf(revoked, seconds);
  const peers = document.entries.filter(({ alg }) => alg === revoked.alg);
  const staged = peers.find((peer) => stateOf(peer, seconds) === "staged");
  const entries = document.entries.map((entry) => {
    if (entry === revoked) return { ...entry, revokedAt: seconds };
    // Without its successor, the active key goes on; without the active key, its successor begins.
    if (state === "staged" && stateOf(entry, seconds) === "active" && peers.includes(entry)) {
      return { ...entry, activeUntil: null, acceptUntil: null };
    }
    return state === "active" && entry === staged ? { ...entry, activeFrom: seconds } : entry;
  });
  const needsNew = state === "active" && staged === undefined;
  const added = needsNew ? [entryFor(replacement, seconds, seconds)] : [];
  return withEntries(document, [...entries, ...added]);
}

/** Without the keys of which nothing is alive. */
export function pruneKeys(document: RingDocument, seconds: number): RingDocument {
  const { maxLifetimeSeconds, clockToleranceSeconds } = document;
  const isAlive = (entry: RingEntry) =>
    isAccepted(entry, seconds) ||
    // A revoked key is named until its tokens would have ended: whoever asks why they fail finds it.
    (entry.revokedAt ?? -Infinity) + maxLifetimeSeconds + clockToleranceSeconds > seconds;
  return withEntries(document, document.entries.filter(isAlive));
}

function entryFor(
  { id, alg, purpose, key }: NewKey,
  publishedAt: number,
  activeFrom: number,
): RingEntry {
  const open = { activeUntil: null, acceptUntil: null, revokedAt: null };
  return { id, alg, purpose, publishedAt, activeFrom, ...open, key };
}

function endAt(entry: RingEntry, activeUntil: number, document: RingDocument): RingEntry {
  const { maxLifetimeSeconds, clockToleranceSeconds } = document;
  const acceptUntil = activeUntil + maxLifetimeSeconds + clockToleranceSeconds;
  return { ...entry, activeUntil, acceptUntil };
}

function withEntries(document: RingDocument, entries: readonly RingEntry[]): RingDocument {
  return { ...document, entries };
}
