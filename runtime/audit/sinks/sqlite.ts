import { openSqlite } from "../../stores/open-sqlite.js";
import type { SqliteDriver } from "../../stores/open-sqlite.js";
import type { AuditRecord, AuditSink } from "../delivery/audit-sink.js";
import { splitBatch } from "../delivery/sink-error.js";
import { readEvent, toIso } from "./read-event.js";
import { resolve } from "node:path";
import type { SinkOpener } from "../log/sink-opener.js";

export type { SqliteDatabase, SqliteDriver } from "../../stores/open-sqlite.js";

export interface SqliteSinkOptions {
  /** The file; it is made, readable for its owner alone, where it is missing. */
  readonly path: string;
  /** The class of the driver, where it is neither `node:sqlite` nor a `better-sqlite3` that is installed. */
  readonly driver?: SqliteDriver;
}

/** `place` has the order of arrival. */
const TABLES = `
CREATE TABLE IF NOT EXISTS audit_events (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  category TEXT NOT NULL,
  time TEXT,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_events_time ON audit_events (time);
CREATE INDEX IF NOT EXISTS audit_events_category ON audit_events (category, time);
`;

const INSERT = `
INSERT INTO audit_events (id, epoch, sequence, category, time, line)
VALUES (?, ?, ?, ?, NULLIF(?, ''), ?) ON CONFLICT (id) DO NOTHING`;

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH, by the number and by the name that drivers give. */
const OF_A_RECORD = new Set([18, 19, 20]);
const NAMES = /^SQLITE_(TOOBIG|CONSTRAINT|MISMATCH)/;

/**
 * Inserts events into the table `audit_events` of a SQLite file, a batch in one transaction; an event
 * that is there already is left as it is. `time` is text of one form, and `line ->> '$.field'` reads
 * a field. The driver works in the thread of the process: a batch of 500 takes some milliseconds.
 *
 * @throws GateError `configuration-invalid` where no driver is found or the file cannot be opened
 */
export function openSqliteSink({ path, driver }: SqliteSinkOptions): AuditSink {
  const { exec, prepare, close } = openSqlite({ name: "audit sink", path, tables: TABLES, driver });
  const insert = prepare(INSERT);
  const insertAll = (records: readonly AuditRecord[]) => {
    exec("BEGIN IMMEDIATE");
    try {
      for (const { id, epoch = 0, sequence, category, line } of records) {
        const { time } = readEvent(line);
        const shown = time === undefined ? "" : toIso(time);
        insert.run(id, epoch, sequence, category, shown, line);
      }
      exec("COMMIT");
    } catch (error) {
      rollBack(exec);
      throw error;
    }
  };
  return {
    kind: "sqlite",
    async deliver({ records }) {
      try {
        insertAll(records);
      } catch (error) {
        const { code, errcode = 0 } = Object(error);
        const isOfRecord = NAMES.test(String(code)) || OF_A_RECORD.has(errcode & 0xff);
        throw isOfRecord ? splitBatch("sqlite-refused") : error;
      }
    },
    async purge(ceilings) {
      const remove = prepare("DELETE FROM audit_events WHERE category = ? AND time < ?");
      for (const { category, before } of ceilings) {
        if (before > -Infinity)
          remove.run(category, toIso(BigInt(Math.trunc(before)) * 1_000_000n));
      }
    },
    close: async () => close(),
  };
}

/** Some errors, such as a full disk, have rolled it back already. */
function rollBack(exec: (sql: string) => void): void {
  try {
    exec("ROLLBACK");
  } catch {
    // There is nothing to take back then.
  }
}

/** Opens the file that a policy names; the application may pass a `driver`. */
export const opener: SinkOpener = ({ path = "" }, { cwd, supplied }) =>
  openSqliteSink({ path: resolve(cwd, path), driver: supplied["driver"] as SqliteDriver });
