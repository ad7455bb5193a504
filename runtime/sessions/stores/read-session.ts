import type { SessionState, StoredSession } from "../session-store.js";

/** What a store outside this process has of a session; drivers of SQL give large integers as text. */
export type WrittenSession = Readonly<Record<keyof StoredSession, unknown>>;

/**
 * A session as a store wrote it down. What somebody else wrote there is an error, which is answered with 503:
 * a number that cannot be compared would pass each test of time.
 */
export function readSession(row: WrittenSession): StoredSession {
  return {
    id: readText(row.id),
    subject: readText(row.subject),
    data: readText(row.data),
    seen: readText(row.seen),
    epoch: readNumber(row.epoch),
    generation: readNumber(row.generation),
    retries: readNumber(row.retries),
    retriedInARow: readNumber(row.retriedInARow),
    state: readText(row.state) as SessionState,
    createdAt: readNumber(row.createdAt),
    rotatedAt: readNumber(row.rotatedAt),
    idleUntil: readNumber(row.idleUntil),
    absoluteUntil: readNumber(row.absoluteUntil),
  };
}

export function readNumber(value: unknown): number {
  const number = Number(value ?? Number.NaN);
  if (!Number.isSafeInteger(number)) throw new Error(UNREADABLE);
  return number;
}

function readText(value: unknown): string {
  if (typeof value !== "string") throw new Error(UNREADABLE);
  return value;
}

const UNREADABLE = "a session in the store cannot be read";
