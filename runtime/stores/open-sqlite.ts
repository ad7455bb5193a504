import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { GateError } from "../gate-error.js";

/** What is used of `DatabaseSync` of `node:sqlite` and of `Database` of `better-sqlite3`. */
export type SqliteDriver = new (path: string) => SqliteDatabase;

export interface SqliteDatabase {
  exec(sql: string): unknown;
  /** A statement with `run`, `get` and `all`, whose types differ from driver to driver. */
  prepare(sql: string): object;
  close(): unknown;
}

export interface SqliteStatement {
  run(...values: readonly (string | number)[]): { readonly changes: number | bigint };
  get(...values: readonly (string | number)[]): unknown;
  all(...values: readonly (string | number)[]): readonly unknown[];
}

export interface OpenedSqlite {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => SqliteStatement;
  readonly close: () => void;
}

/** Deleted pages are overwritten, and what was said to be kept survives a power cut. Another process is waited for. */
const SETTINGS = `
PRAGMA busy_timeout = 1000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
`;

/**
 * Opens the file of a store, which is made, readable for its owner alone, where it is missing.
 *
 * @throws GateError `configuration-invalid` where no driver is found or the file cannot be opened
 */
export function openSqlite(file: {
  /** What is kept there, as in "token store". */
  readonly name: string;
  readonly path: string;
  readonly tables: string;
  readonly driver?: SqliteDriver | undefined;
}): OpenedSqlite {
  const { name, path, tables, driver: Driver = findSqliteDriver() } = file;
  const subject = `the ${name} \`${path}\``;
  // SQLite takes these for a database in memory, and a policy that says `sqlite` means a file.
  if (path === "" || path === ":memory:" || path.startsWith("file:")) {
    throw new GateError("configuration-invalid", `${subject} is not the path of a file`);
  }
  try {
    // SQLite would make it readable for everybody whom the umask lets.
    closeSync(openSync(path, "a", 0o600));
    const database = new Driver(path);
    database.exec(SETTINGS + tables);
    let isOpen = true;
    return {
      exec: (sql) => void database.exec(sql),
      prepare: (sql) => database.prepare(sql) as SqliteStatement,
      close() {
        // A second time is an error to `node:sqlite`, and none to the other.
        if (isOpen) database.close();
        isOpen = false;
      },
    };
  } catch (error) {
    const { code, message } = Object(error);
    throw new GateError("configuration-invalid", `${subject} cannot be opened: ${code ?? message}`);
  }
}

/** The columns as bytes: where a text has a NUL, `node:sqlite` of Node 22 would end it there, and name somebody else. */
export function asBytes(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(", ");
}

/** The text of a column that was read `asBytes`. */
export function textOf(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new Error("a text in the store cannot be read");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** Part of Node from 22.13; before that, the optional peer. */
export function findSqliteDriver(): SqliteDriver {
  const builtin = process.getBuiltinModule?.("node:sqlite") as object | undefined;
  if (builtin !== undefined) return Reflect.get(builtin, "DatabaseSync");
  try {
    return createRequire(import.meta.url)("better-sqlite3");
  } catch {
    const cure = "run `npm install better-sqlite3@12`, or use Node 22.13 or later";
    throw new GateError("configuration-invalid", `there is no driver of SQLite: ${cure}`);
  }
}
