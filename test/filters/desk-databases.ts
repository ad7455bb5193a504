import Database from "better-sqlite3";
import pg from "pg";
import { findPostgres } from "../services/postgres.js";
import type { DeskRow } from "./desk-rows.js";

/** Names that only quoting makes harmless. */
export const columns = {
  desk: "desk",
  team: 'the "team"',
  owner: "owner_id",
  alias: "value",
  rank: "order",
  count: "key",
  limit: "limit",
  total: "`total`",
  weight: "weight; --",
  locked: "locked",
  shown: "type",
  placedAt: "placed_at",
  dueAt: "due_at",
  tags: "json",
  labels: "root",
} as const;

/** What in PostgreSQL is of a type with another order than that of its texts. */
export const storedAs = { desk: "enum" } as const;

/** A row as an application loads it. */
export type Loaded = { readonly id: number } & Readonly<Record<keyof typeof columns, unknown>>;

/** A real database with the rows in it. */
export interface DeskDatabase {
  readonly dialect: "postgres" | "sqlite";
  readonly load: () => Promise<readonly Loaded[]>;
  readonly select: (condition: string, values: readonly unknown[]) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

const names = Object.keys(columns) as (keyof typeof columns)[];

export function openSqlite(
  rows: readonly DeskRow[],
): DeskDatabase & { readonly file: Database.Database } {
  const file = new Database(":memory:");
  const quoted = names.map((name) => `\`${columns[name].replaceAll("`", "``")}\``);
  const types: { readonly [name: string]: string } = {
    rank: "INTEGER",
    count: "INTEGER",
    limit: "INTEGER",
    total: "REAL",
    weight: "REAL",
    locked: "INTEGER",
    shown: "INTEGER",
    placedAt: "INTEGER",
    dueAt: "INTEGER",
  };
  const declared = names.map((name, index) => {
    // A collation that takes no notice of case must not let anybody in.
    const type = types[name] ?? (name === "owner" ? "TEXT COLLATE NOCASE" : "TEXT");
    return `${quoted[index]} ${type}`;
  });
  file.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, ${declared.join(", ")})`);
  const places = names.map(() => "?").join(", ");
  const insert = file.prepare(`INSERT INTO notes VALUES (?, ${places})`);
  for (const row of rows) insert.run(row.id, ...names.map((name) => toSqlite(name, row[name])));
  return {
    dialect: "sqlite",
    file,
    load: () =>
      Promise.resolve(
        file
          .prepare("SELECT * FROM notes ORDER BY id")
          .all()
          .map((row) => fromSqlite(row as never)),
      ),
    select: (condition, values) =>
      Promise.resolve(
        file
          .prepare(`SELECT id FROM notes WHERE ${condition} ORDER BY id`)
          .pluck()
          .all(...values) as number[],
      ),
    close: () => Promise.resolve(void file.close()),
  };
}

function toSqlite(name: string, value: DeskRow[keyof DeskRow]): unknown {
  if (value === null) return null;
  if (name === "placedAt" || name === "dueAt") return momentOf(String(value));
  if (typeof value === "boolean") return Number(value);
  return typeof value === "object" ? JSON.stringify(value) : value;
}

/** Milliseconds; a year above 9999 is written with a sign. */
function momentOf(text: string): bigint {
  return BigInt(new Date(text.replace(/^(\d{5})/, "+0$1")).getTime());
}

function fromSqlite(row: { readonly id: number; readonly [column: string]: unknown }): Loaded {
  const read = (name: keyof typeof columns): unknown => {
    const value = row[columns[name]];
    if (value === null) return null;
    if (name === "locked" || name === "shown") return value === 1;
    if (name === "placedAt" || name === "dueAt") return new Date(Number(value));
    return name === "tags" || name === "labels" ? JSON.parse(String(value)) : value;
  };
  return { id: row.id, ...Object.fromEntries(names.map((name) => [name, read(name)])) } as Loaded;
}

/** In a schema of its own, which is dropped in the end; undefined where there is no PostgreSQL. */
export async function openPostgres(
  rows: readonly DeskRow[],
): Promise<(DeskDatabase & { readonly pool: pg.Pool }) | undefined> {
  const service = await findPostgres();
  if (service === undefined) return undefined;
  const schema = `gatewright_${process.pid}_${Date.now().toString(36)}`;
  const pool = new pg.Pool({
    ...service.config,
    options: `-c search_path=${schema}`,
    types: parsers,
  });
  const types: { readonly [name: string]: string } = {
    rank: "bigint",
    count: "bigint",
    limit: "bigint",
    total: "double precision",
    weight: "double precision",
    locked: "boolean",
    shown: "boolean",
    placedAt: "timestamptz",
    dueAt: "timestamptz",
    tags: "text[]",
    labels: "varchar[]",
    alias: "varchar",
    desk: "desk",
  };
  const quoted = names.map((name) => pg.escapeIdentifier(columns[name]));
  await pool.query(`CREATE SCHEMA ${schema}`);
  await pool.query(`CREATE TYPE ${schema}.desk AS ENUM ('b', 'a', 'A')`);
  await pool.query(
    `CREATE COLLATION ${schema}.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
  );
  const declared = names.map((name, index) => {
    const type = types[name] ?? (name === "owner" ? "text COLLATE no_case" : "text");
    return `${quoted[index]} ${type}`;
  });
  await pool.query(`CREATE TABLE notes (id integer PRIMARY KEY, ${declared.join(", ")})`);
  const places = names.map((_, index) => `$${index + 2}`).join(", ");
  for (const row of rows) {
    const values = names.map((name) =>
      typeof row[name] === "bigint" ? String(row[name]) : row[name],
    );
    await pool.query(`INSERT INTO notes VALUES ($1, ${places})`, [row.id, ...values]);
  }
  return {
    dialect: "postgres",
    pool,
    load: async () => {
      const { rows: found } = await pool.query("SELECT * FROM notes ORDER BY id");
      return found.map(
        (row) =>
          ({
            id: row.id,
            ...Object.fromEntries(names.map((name) => [name, row[columns[name]]])),
          }) as Loaded,
      );
    },
    select: async (condition, values) => {
      const query = `SELECT id FROM notes WHERE ${condition} ORDER BY id`;
      const { rows: found } = await pool.query(query, [...values]);
      return found.map(({ id }) => id);
    },
    close: async () => {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
      await service.stop();
    },
  };
}

/** An application that declares an attribute as int reads bigint as a number. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: "text" | "binary") =>
    oid === 20
      ? Number
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};
