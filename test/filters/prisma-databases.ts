import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import Database from "better-sqlite3";
import pg from "pg";
import { findPostgres } from "../services/postgres.js";
import type { DeskRow } from "./desk-rows.js";
import { createNoteClient } from "./prisma-client.js";
import type { NoteClient, PrismaField } from "./prisma-client.js";

/** A database behind a client of Prisma, with the rows that its schema lets in. */
export interface PrismaDatabase {
  readonly provider: "postgresql" | "sqlite";
  readonly client: NoteClient;
  /** A row as an application hands it to `can`. */
  readonly toResource: (row: Readonly<Record<string, unknown>>) => object;
  readonly close: () => Promise<void>;
}

/** `team` is optional here and not in the policy. */
const common: readonly PrismaField[] = [
  { name: "id", type: "Int", mark: "@id" },
  { name: "desk", type: "String" },
  { name: "team", type: "String", mark: "?" },
  { name: "owner", type: "String" },
  { name: "alias", type: "String", mark: "?" },
  { name: "rank", type: "Int" },
  { name: "count", type: "Int" },
  { name: "limit", type: "Int", mark: "?" },
  { name: "total", type: "Float" },
  { name: "weight", type: "Float", mark: "?" },
  { name: "locked", type: "Boolean" },
  { name: "shown", type: "Boolean", mark: "?" },
];

export const optional = ["team", "alias", "limit", "weight", "shown", "dueAt"] as const;

const columnTypes = {
  String: "text",
  Int: "integer",
  Float: "double precision",
  Boolean: "boolean",
  DateTime: "timestamptz",
} as const;

/** SQLite has no lists in Prisma, and moments of milliseconds as text. */
export async function openPrismaOnSqlite(rows: readonly DeskRow[]): Promise<PrismaDatabase> {
  const fields: readonly PrismaField[] = [
    ...common,
    { name: "placedAt", type: "DateTime" },
    { name: "dueAt", type: "DateTime", mark: "?" },
  ];
  const folder = mkdtempSync(join(tmpdir(), "gatewright-prisma-"));
  const file = join(folder, "notes.db");
  const types = { ...columnTypes, DateTime: "DATETIME", Float: "REAL", Boolean: "BOOLEAN" };
  const database = new Database(file);
  database.exec(`CREATE TABLE "Note" (${declare(fields, types)})`);
  database.close();
  const client = createNoteClient(
    "sqlite",
    fields,
    new PrismaBetterSqlite3({ url: `file:${file}` }),
  );
  await client.note.createMany({
    data: fitting(rows)
      .filter(({ total, weight }) => isPlain(total) && isPlain(weight))
      .map((row) => {
        const moments = { placedAt: toDate(row.placedAt), dueAt: toDate(row.dueAt) };
        return { ...row, ...moments, tags: undefined, labels: undefined };
      }),
  });
  return {
    provider: "sqlite",
    client,
    toResource: (row) => ({ ...row, tags: [], labels: null }),
    close: async () => {
      await client.$disconnect();
      rmSync(folder, { recursive: true });
    },
  };
}

/** In a schema of its own; undefined where there is no PostgreSQL. */
export async function openPrismaOnPostgres(
  rows: readonly DeskRow[],
): Promise<PrismaDatabase | undefined> {
  const service = await findPostgres();
  if (service === undefined) return undefined;
  const fields: readonly PrismaField[] = [
    ...common,
    { name: "placedAt", type: "DateTime", native: "@db.Timestamptz(6)" },
    { name: "dueAt", type: "DateTime", mark: "?", native: "@db.Timestamptz(6)" },
    { name: "tags", type: "String", mark: "[]" },
    { name: "labels", type: "String", mark: "[]" },
  ];
  const schema = `gatewright_prisma_${process.pid}_${Date.now().toString(36)}`;
  const pool = new pg.Pool({ ...service.config, options: `-c search_path=${schema}` });
  await pool.query(`CREATE SCHEMA ${schema}`);
  await pool.query(`CREATE TABLE "Note" (${declare(fields, columnTypes)})`);
  const names = fields.map(({ name }) => name as keyof FittingRow);
  const places = names.map((_, index) => `$${index + 1}`).join(", ");
  const listed = names.map((name) => `"${name}"`).join(", ");
  for (const row of fitting(rows)) {
    const values = names.map((name) => row[name]);
    await pool.query(`INSERT INTO "Note" (${listed}) VALUES (${places})`, values);
  }
  const client = createNoteClient("postgresql", fields, new PrismaPg(pool, { schema }));
  return {
    provider: "postgresql",
    client,
    toResource: (row) => row,
    close: async () => {
      await client.$disconnect();
      if (!pool.ended) await pool.end();
      const last = new pg.Client(service.config);
      await last.connect();
      await last.query(`DROP SCHEMA ${schema} CASCADE`);
      await last.end();
      await service.stop();
    },
  };
}

function declare(fields: readonly PrismaField[], types: Readonly<Record<string, string>>): string {
  const columns = fields.map(({ name, type, mark }) => {
    if (mark === "@id") return `"${name}" integer PRIMARY KEY`;
    if (mark === "[]") return `"${name}" text[]`;
    return `"${name}" ${types[type]}${mark === "?" ? "" : " NOT NULL"}`;
  });
  return columns.join(", ");
}

/** A row that the schema of Prisma lets in. */
type FittingRow = Omit<DeskRow, "rank" | "count" | "limit"> & {
  readonly rank: number | null;
  readonly count: number | null;
  readonly limit: number | null;
  readonly placedAt: string;
};

/** Int has 32 bits there, what is required is there, a list holds texts, and a moment has a year of four digits. */
function fitting(rows: readonly DeskRow[]): readonly FittingRow[] {
  return rows.flatMap(({ placedAt, ...row }) => {
    const { desk, owner, rank, count, total, locked, dueAt } = row;
    if (placedAt === null || [desk, owner, rank, count, total, locked].includes(null)) return [];
    if (placedAt.startsWith("10000") || dueAt?.startsWith("10000") === true) return [];
    const numbers = { rank: toInt(rank), count: toInt(count), limit: toInt(row.limit) };
    const lists = { tags: textsOf(row.tags), labels: textsOf(row.labels) };
    return { ...row, placedAt, ...numbers, ...lists };
  });
}

function toInt(value: bigint | null): number | null {
  return value === null ? null : Number(BigInt.asIntN(32, value));
}

function textsOf(list: DeskRow["tags"]): DeskRow["tags"] {
  return list === null ? null : list.filter((item) => item !== null);
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** SQLite has no NaN, and Prisma hands on no infinite number. */
function isPlain(value: number | null): boolean {
  return value === null || Number.isFinite(value);
}
