import type { NewSession, StoredSession } from "./session-store.js";

/** A session as it begins, at generation 0. */
export function beginSession(
  { id, subject, data, seen, idleFor, absoluteFor }: NewSession,
  epoch: number,
  now: number,
): StoredSession {
  const absoluteUntil = now + absoluteFor;
  const unused = { generation: 0, retries: 0, retriedInARow: 0, state: "active" } as const;
  const times = { createdAt: now, rotatedAt: now, absoluteUntil };
  const idleUntil = Math.min(now + idleFor, absoluteUntil);
  return { id, subject, data, seen, epoch, ...unused, ...times, idleUntil };
}

export function isLive({ state, idleUntil, absoluteUntil }: StoredSession, now: number): boolean {
  return state === "active" && now < idleUntil && now < absoluteUntil;
}
