import { toDrizzle } from "@gatewright/runtime/filter/drizzle";
import { toKysely } from "@gatewright/runtime/filter/kysely";
import { toSql } from "@gatewright/runtime/filter";
import type { Filter } from "@gatewright/runtime/filter";
import type BetterSqlite from "better-sqlite3";
import { sql as drizzleSql } from "drizzle-orm";
import { drizzle as drizzleSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import * as pgTypes from "drizzle-orm/pg-core";
import * as sqliteTypes from "drizzle-orm/sqlite-core";
import { Kysely, PostgresDialect, SqliteDialect, sql } from "kysely";
import type { Dialect } from "kysely";
import type pg from "pg";
import { columns, storedAs } from "./desk-databases.js";
import type { DeskDatabase } from "./desk-databases.js";

export type DeskFilter = Filter<keyof typeof columns>;

/** One way of an application to ask a database for the rows of a filter. */
export interface WayToAsk {
  readonly name: string;
  readonly ask: (filter: DeskFilter) => Promise<readonly number[]>;
}

interface Tables {
  readonly notes: { readonly id: number };
}

export function plainly({ dialect, select }: DeskDatabase): WayToAsk {
  const ask = (filter: DeskFilter) => {
    const { text, values } = toSql(filter, { dialect, columns, storedAs, table: "notes" });
    return select(text, values);
  };
  return { name: `toSql in ${dialect}`, ask };
}

/** With nothing asked of columns that are known to hold what is declared; `owner` compares without case. */
export function trustingly({ dialect, select }: DeskDatabase): WayToAsk {
  const names = Object.keys(columns) as (keyof typeof columns)[];
  const trusted = names.filter((name) => name !== "owner");
  const ask = (filter: DeskFilter) => {
    const { text, values } = toSql(filter, { dialect, columns, storedAs, table: "notes", trusted });
    return select(text, values);
  };
  return { name: `toSql in ${dialect}, trusting`, ask };
}

function byKysely(dialect: "postgres" | "sqlite", connection: Dialect): WayToAsk {
  const database = new Kysely<Tables>({ dialect: connection });
  const ask = async (filter: DeskFilter) => {
    const condition = toKysely(filter, { sql, dialect, columns, storedAs, table: "notes" });
    const query = database.selectFrom("notes").select("id").where(condition).orderBy("id");
    return (await query.execute()).map(({ id }) => id);
  };
  return { name: `toKysely in ${dialect}`, ask };
}

export function kyselyOnSqlite(file: BetterSqlite.Database): WayToAsk {
  return byKysely("sqlite", new SqliteDialect({ database: file }));
}

export function kyselyOnPostgres(pool: pg.Pool): WayToAsk {
  return byKysely("postgres", new PostgresDialect({ pool }));
}

export function drizzleOnSqlite(file: BetterSqlite.Database): WayToAsk {
  const { integer, real, text, sqliteTable } = sqliteTypes;
  const notes = sqliteTable("notes", {
    id: integer("id").primaryKey(),
    desk: text(columns.desk),
    team: text(columns.team),
    owner: text(columns.owner),
    alias: text(columns.alias),
    rank: integer(columns.rank),
    count: integer(columns.count),
    limit: integer(columns.limit),
    total: real(columns.total),
    weight: real(columns.weight),
    locked: integer(columns.locked, { mode: "boolean" }),
    shown: integer(columns.shown, { mode: "boolean" }),
    placedAt: integer(columns.placedAt, { mode: "timestamp_ms" }),
    dueAt: integer(columns.dueAt, { mode: "timestamp_ms" }),
    tags: text(columns.tags, { mode: "json" }),
    labels: text(columns.labels, { mode: "json" }),
  });
  const database = drizzleSqlite({ client: file });
  const ask = async (filter: DeskFilter) => {
    const condition = toDrizzle(filter, { sql: drizzleSql, dialect: "sqlite", columns: notes });
    const found = database.select({ id: notes.id }).from(notes).where(condition).orderBy(notes.id);
    return found.all().map(({ id }) => id);
  };
  return { name: "toDrizzle in sqlite", ask };
}

export function drizzleOnPostgres(pool: pg.Pool): WayToAsk {
  const { bigint, boolean, doublePrecision, integer, pgTable, text, timestamp, varchar } = pgTypes;
  const notes = pgTable("notes", {
    id: integer("id").primaryKey(),
    desk: text(columns.desk),
    team: text(columns.team),
    owner: text(columns.owner),
    alias: varchar(columns.alias),
    rank: bigint(columns.rank, { mode: "number" }),
    count: bigint(columns.count, { mode: "number" }),
    limit: bigint(columns.limit, { mode: "number" }),
    total: doublePrecision(columns.total),
    weight: doublePrecision(columns.weight),
    locked: boolean(columns.locked),
    shown: boolean(columns.shown),
    placedAt: timestamp(columns.placedAt, { withTimezone: true }),
    dueAt: timestamp(columns.dueAt, { withTimezone: true }),
    tags: text(columns.tags).array(),
    labels: varchar(columns.labels).array(),
  });
  const database = drizzlePostgres({ client: pool });
  const ask = async (filter: DeskFilter) => {
    const condition = toDrizzle(filter, {
      sql: drizzleSql,
      dialect: "postgres",
      columns: notes,
      storedAs,
    });
    const query = database.select({ id: notes.id }).from(notes).where(condition).orderBy(notes.id);
    return (await query).map(({ id }) => id);
  };
  return { name: "toDrizzle in postgres", ask };
}
