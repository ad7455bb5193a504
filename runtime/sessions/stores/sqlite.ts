import { asBytes, openSqlite, textOf } from "../../stores/open-sqlite.js";
import type { SqliteDriver } from "../../stores/open-sqlite.js";
import { beginSession } from "../begin-session.js";
import type { SessionStore, StoredSession } from "../session-store.js";
import { stepSession } from "../step-session.js";
import { readSession } from "./read-session.js";

export type { SqliteDatabase, SqliteDriver } from "../../stores/open-sqlite.js";

export interface SqliteSessionStoreOptions {
  /** The file; it is made, readable for its owner alone, where it is missing. It may be that of a token store. */
  readonly path: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** The class of the driver, where it is neither `node:sqlite` nor a `better-sqlite3` that is installed. */
  readonly driver?: SqliteDriver;
}

/** Sessions are in the order in which they began, whatever the clock said. */
const TABLES = `
CREATE TABLE IF NOT EXISTS gatewright_sessions (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  data TEXT NOT NULL,
  seen TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  retried_in_a_row INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  idle_until INTEGER NOT NULL,
  absolute_until INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS gatewright_sessions_subject ON gatewright_sessions (subject);
CREATE INDEX IF NOT EXISTS gatewright_sessions_expiry ON gatewright_sessions (absolute_until);
CREATE TABLE IF NOT EXISTS gatewright_session_subjects (
  subject TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gatewright_session_subjects_expiry ON gatewright_session_subjects (keep_until);
`;

const SESSION = `id, ${asBytes("subject", "data", "seen")}, epoch, generation, retries, retried_in_a_row AS retriedInARow, state,
  created_at AS createdAt, rotated_at AS rotatedAt, idle_until AS idleUntil, absolute_until AS absoluteUntil`;

/** A session that begins deletes so many that expired, so that no step of any waits for a large sweep. */
const SWEEP = 100;

/**
 * Keeps sessions in a SQLite file, which the processes of one machine may share; not one of a network, whose
 * locks SQLite cannot trust. Each step is a transaction that no other process writes beside; one that waits
 * longer than a second for the file rejects. Time is that of this machine.
 *
 * @throws GateError `configuration-invalid` where no driver is found or the file cannot be opened
 */
export function openSqliteSessionStore(options: SqliteSessionStoreOptions): SessionStore {
  const { path, now = Date.now, driver } = options;
  const database = openSqlite({ name: "session store", path, tables: TABLES, driver });
  const statements = prepareAll(database.prepare);

  /** Takes the lock before anything is read: what was read is still so when it is written. */
  const transact = <T>(work: (time: number) => T): T => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work(now());
      database.exec("COMMIT");
      return result;
    } catch (error) {
      rollBack();
      throw error;
    }
  };
  const rollBack = () => {
    try {
      database.exec("ROLLBACK");
    } catch {
      // SQLite had rolled back itself; the first error says why.
    }
  };
  const kept = (id: string, time: number): StoredSession | undefined => {
    const row = statements.find.get(id, time);
    return row === undefined ? undefined : sessionOf(row);
  };
  const live = (subject: string, time: number) =>
    statements.live.all(subject, time, time).map(sessionOf);
  const epochOf = (subject: string): number | undefined =>
    Object(statements.epoch.get(subject)).epoch;

  return {
    kind: "sqlite",
    create: async (fresh) =>
      transact((time) => {
        statements.sweep.run(time, SWEEP);
        statements.sweepSubjects.run(time, SWEEP);
        const session = beginSession(fresh, epochOf(fresh.subject) ?? time, time);
        const before = live(fresh.subject, time);
        const surplus = before.slice(0, Math.max(0, before.length + 1 - fresh.maxPerSubject));
        for (const { id } of surplus) statements.end.run("displaced", id);
        statements.keepEpoch.run(session.subject, session.epoch, session.absoluteUntil);
        statements.insert.run(...valuesOf(session));
        return { session, displaced: surplus.map(({ id }) => id) };
      }),
    read: async (id) => kept(id, now()),
    step: async (id, step) =>
      transact((time) => {
        const session = kept(id, time);
        if (session === undefined) return { kind: "missing" };
        const { verdict, session: after } = stepSession(session, step, time);
        if (after !== session) statements.update.run(...changedValuesOf(after));
        return verdict;
      }),
    end: async (id, why) =>
      transact((time) => {
        if (kept(id, time)?.state !== "active") return false;
        statements.end.run(why, id);
        return true;
      }),
    endAll: async (subject, why, except) =>
      transact((time) => {
        const ending = live(subject, time).filter(({ id }) => id !== except);
        for (const { id } of ending) statements.end.run(why, id);
        const epoch = Math.max((epochOf(subject) ?? 0) + 1, time);
        statements.raise.run(epoch, subject);
        if (except !== undefined) statements.spare.run(epoch, except, subject);
        return { epoch, ended: ending.map(({ id }) => id) };
      }),
    list: async (subject) => live(subject, now()),
    async close() {
      database.close();
    },
  };
}

function prepareAll<Statement>(prepare: (sql: string) => Statement) {
  const sessions = "gatewright_sessions";
  const subjects = "gatewright_session_subjects";
  return {
    find: prepare(`SELECT ${SESSION} FROM ${sessions} WHERE id = ? AND absolute_until > ?`),
    live: prepare(`SELECT ${SESSION} FROM ${sessions} WHERE subject = ? AND state = 'active'
      AND idle_until > ? AND absolute_until > ? ORDER BY place`),
    insert: prepare(`INSERT INTO ${sessions} (id, subject, data, seen, epoch, generation, retries,
      retried_in_a_row, state, created_at, rotated_at, idle_until, absolute_until)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    update:
      prepare(`UPDATE ${sessions} SET seen = ?, generation = ?, retries = ?, retried_in_a_row = ?,
      state = ?, rotated_at = ?, idle_until = ? WHERE id = ?`),
    end: prepare(`UPDATE ${sessions} SET state = ? WHERE id = ?`),
    spare: prepare(`UPDATE ${sessions} SET epoch = ? WHERE id = ? AND subject = ?`),
    epoch: prepare(`SELECT epoch FROM ${subjects} WHERE subject = ?`),
    keepEpoch: prepare(`INSERT INTO ${subjects} VALUES (?, ?, ?) ON CONFLICT (subject)
      DO UPDATE SET keep_until = max(keep_until, excluded.keep_until)`),
    raise: prepare(`UPDATE ${subjects} SET epoch = ? WHERE subject = ?`),
    sweep: prepare(`DELETE FROM ${sessions} WHERE place IN
      (SELECT place FROM ${sessions} WHERE absolute_until <= ? LIMIT ?)`),
    sweepSubjects: prepare(`DELETE FROM ${subjects} WHERE subject IN
      (SELECT subject FROM ${subjects} WHERE keep_until <= ? LIMIT ?)`),
  };
}

function sessionOf(row: unknown): StoredSession {
  const { subject, data, seen, ...others } = Object(row);
  const texts = { subject: textOf(subject), data: textOf(data), seen: textOf(seen) };
  return readSession({ ...others, ...texts });
}

function valuesOf(session: StoredSession): readonly (string | number)[] {
  const { id, subject, data, seen, epoch, generation, retries, retriedInARow } = session;
  const { state, createdAt, rotatedAt, idleUntil, absoluteUntil } = session;
  const counted = [epoch, generation, retries, retriedInARow];
  return [
    id,
    subject,
    data,
    seen,
    ...counted,
    state,
    createdAt,
    rotatedAt,
    idleUntil,
    absoluteUntil,
  ];
}

function changedValuesOf(session: StoredSession): readonly (string | number)[] {
  const { id, seen, generation, retries, retriedInARow, state, rotatedAt, idleUntil } = session;
  return [seen, generation, retries, retriedInARow, state, rotatedAt, idleUntil, id];
}
