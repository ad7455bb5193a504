import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { GateError } from "../gate-error.js";
import type { OpaqueTokenStore } from "../opaque/token-store.js";

export interface SqliteStoreOptions {
  /** The file; it is made, readable for its owner alone, where it is missing. */
  readonly path: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** The class of the driver, where it is neither `node:sqlite` nor a `better-sqlite3` that is installed. */
  readonly driver?: SqliteDriver;
}

/** What is used of `DatabaseSync` of `node:sqlite` and of `Database` of `better-sqlite3`. */
export type SqliteDriver = new (path: string) => SqliteDatabase;

export interface SqliteDatabase {
  exec(sql: string): unknown;
  /** A statement with `run` and `get`, whose types differ from driver to driver. */
  prepare(sql: string): object;
  close(): unknown;
}

interface Statement {
  run(...values: readonly (string | number)[]): { readonly changes: number | bigint };
  get(...values: readonly (string | number)[]): unknown;
}

/** Deleted pages are overwritten, and what was said to be kept survives a power cut. Another process is waited for. */
const SETUP = `
PRAGMA busy_timeout = 1000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
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
  const { path, now = Date.now, driver = findDriver() } = options;
  const database = open(path, driver);
  const prepare = (sql: string) => database.prepare(sql) as Statement;
  const put = prepare("INSERT OR REPLACE INTO gatewright_tokens VALUES (?, ?, ?, ?)");
  const drop = prepare("DELETE FROM gatewright_tokens WHERE expires_at <= ?");
  const find = prepare(
    "SELECT subject, claims, expires_at FROM gatewright_tokens WHERE digest = ?",
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
      return { subject, claims, expiresAt };
    },
    async delete(digest) {
      return Number(remove.run(digest).changes) > 0;
    },
    async deleteBySubject(subject) {
      return Number(removeAll.run(subject).changes);
    },
    async close() {
      database.close();
    },
  };
}

function open(path: string, Driver: SqliteDriver): SqliteDatabase {
  const subject = `the token store \`${path}\``;
  // SQLite takes these for a database in memory, and a policy that says `sqlite` means a file.
  if (path === "" || path === ":memory:" || path.startsWith("file:")) {
    throw new GateError("configuration-invalid", `${subject} is not the path of a file`);
  }
  try {
    // SQLite would make it readable for everybody whom the umask lets.
    closeSync(openSync(path, "a", 0o600));
    const database = new Driver(path);
    database.exec(SETUP);
    return database;
  } catch (error) {
    const { code, message } = Object(error);
    throw new GateError("configuration-invalid", `${subject} cannot be opened: ${code ?? message}`);
  }
}

/** Part of Node from 22.13; before that, the optional peer. */
function findDriver(): SqliteDriver {
  const builtin = process.getBuiltinModule?.("node:sqlite") as object | undefined;
  if (builtin !== undefined) return Reflect.get(builtin, "DatabaseSync");
  try {
    return createRequire(import.meta.url)("better-sqlite3");
  } catch {
    const cure = "run `npm install better-sqlite3@12`, or use Node 22.13 or later";
    throw new GateError("configuration-invalid", `there is no driver of SQLite: ${cure}`);
  }
}
