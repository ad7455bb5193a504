import type { OpaqueTokenStore } from "../opaque/token-store.js";
import { asBytes, openSqlite, textOf } from "./open-sqlite.js";
import type { SqliteDriver } from "./open-sqlite.js";

export type { SqliteDatabase, SqliteDriver } from "./open-sqlite.js";

export interface SqliteStoreOptions {
  /** The file; it is made, readable for its owner alone, where it is missing. */
  readonly path: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** The class of the driver, where it is neither `node:sqlite` nor a `better-sqlite3` that is installed. */
  readonly driver?: SqliteDriver;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS gatewright_tokens (
  digest TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  claims TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gatewright_tokens_subject ON gatewright_tokens (subject);
CREATE INDEX IF NOT EXISTS gatewright_tokens_expiry ON gatewright_tokens (expires_at);
`;

/**
 * Keeps tokens in a SQLite file, which the processes of one machine may share.
 *
 * @throws GateError `configuration-invalid` where no driver is found or the file cannot be opened
 */
export function openSqliteStore(options: SqliteStoreOptions): OpaqueTokenStore {
  const { path, now = Date.now, driver } = options;
  const { prepare, close } = openSqlite({ name: "token store", path, tables: TABLES, driver });
  const put = prepare("INSERT OR REPLACE INTO gatewright_tokens VALUES (?, ?, ?, ?)");
  const drop = prepare("DELETE FROM gatewright_tokens WHERE expires_at <= ?");
  const find = prepare(
    `SELECT ${asBytes("subject", "claims")}, expires_at FROM gatewright_tokens WHERE digest = ?`,
  );
  const remove = prepare("DELETE FROM gatewright_tokens WHERE digest = ?");
  const removeAll = prepare("DELETE FROM gatewright_tokens WHERE subject = ?");
  return {
    kind: "sqlite",
    async put(digest, { subject, claims, expiresAt }) {
      drop.run(now());
      put.run(digest, subject, claims, expiresAt);
    },
    async get(digest) {
      const row = find.get(digest);
      if (row === undefined) return undefined;
      const { subject, claims, expires_at: expiresAt } = Object(row);
      return { subject: textOf(subject), claims: textOf(claims), expiresAt };
    },
    async delete(digest) {
      return Number(remove.run(digest).changes) > 0;
    },
    async deleteBySubject(subject) {
      return Number(removeAll.run(subject).changes);
    },
    async close() {
      close();
    },
  };
}
