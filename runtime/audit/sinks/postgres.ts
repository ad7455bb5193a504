import type { AuditBatch, AuditSink } from "../delivery/audit-sink.js";
import { retryLater, splitBatch } from "../delivery/sink-error.js";
import { readEvent, toIso } from "./read-event.js";
import { GateError } from "../../gate-error.js";
import type { SinkOpener } from "../log/sink-opener.js";

/** What is used of a `Pool` of `pg`. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface PostgresSinkOptions {
  /** Of `pg`; whoever made it ends it. */
  readonly pool: PostgresPool;
  /** Where the table is; `gatewright` by default. */
  readonly schema?: string;
}

/**
 * The schema and the table `audit_events`, for a migration: the sink makes them where they are
 * missing, which a role that may only insert cannot. `place` has the order of arrival; `line` is the
 * event's own bytes, `line::jsonb` what can be queried.
 */
export function postgresAuditTable(schema = "gatewright"): string {
  const table = nameOf(schema);
  return `
SELECT pg_advisory_xact_lock(hashtext('gatewright audit'));
CREATE SCHEMA IF NOT EXISTS ${quote(schema)};
CREATE TABLE IF NOT EXISTS ${table} (
  place bigint GENERATED ALWAYS AS IDENTITY,
  id text COLLATE "C" PRIMARY KEY,
  epoch bigint NOT NULL,
  sequence bigint NOT NULL,
  category text COLLATE "C" NOT NULL,
  time timestamptz,
  line text NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_events_time ON ${table} (time);
CREATE INDEX IF NOT EXISTS audit_events_category ON ${table} (category, time);
`;
}

/**
 * Inserts events into PostgreSQL 12 or later, a batch in one statement; an event that is there already
 * is left as it is. The pool should have a `statement_timeout` below the time limit of the delivery.
 */
export function createPostgresSink({
  pool,
  schema = "gatewright",
}: PostgresSinkOptions): AuditSink {
  const table = nameOf(schema);
  const insert = `
INSERT INTO ${table} (id, epoch, sequence, category, time, line)
SELECT id, epoch, sequence, category, time::timestamptz, line
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
  WITH ORDINALITY AS event (id, epoch, sequence, category, time, line, place)
ORDER BY event.place
ON CONFLICT (id) DO NOTHING`;
  let ready: Promise<void> | undefined;
  const setUp = async () => {
    const { rows } = await pool.query("SELECT to_regclass($1) IS NOT NULL AS ready", [table]);
    if (Object(rows[0]).ready !== true) await pool.query(postgresAuditTable(schema));
  };
  return {
    kind: "postgres",
    async deliver(batch, signal) {
      try {
        ready ??= setUp();
        await ready;
        signal.throwIfAborted();
        await pool.query(insert, columnsOf(batch));
      } catch (error) {
        // Whatever it was, the table may be missing: the next delivery looks again.
        ready = undefined;
        throw refusalOf(error);
      }
    },
    async purge(ceilings) {
      for (const { category, before } of ceilings) {
        if (before === -Infinity) continue;
        const time = new Date(before).toISOString();
        const values = [category, time];
        await pool.query(`DELETE FROM ${table} WHERE category = $1 AND time < $2`, values);
      }
    },
    close: async () => undefined,
  };
}

function columnsOf({ records }: AuditBatch): unknown[] {
  const times = records.map(({ line }) => {
    const { time } = readEvent(line);
    return time === undefined ? null : toIso(time);
  });
  return [
    records.map(({ id }) => id),
    records.map(({ epoch = 0 }) => epoch),
    records.map(({ sequence }) => sequence),
    records.map(({ category }) => category),
    times,
    records.map(({ line }) => line),
  ];
}

/** SQLSTATE: classes 22 (data), 23 (constraints) and 54 (limits) are of a record, all others of the server. */
function refusalOf(error: unknown) {
  const code = String(Object(error).code ?? "error");
  return /^(22|23|54)/.test(code) && code.length === 5
    ? splitBatch(`sqlstate-${code}`)
    : retryLater(/^\w{1,40}$/.test(code) ? code : "error");
}

function nameOf(schema: string): string {
  return `${quote(schema)}.audit_events`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Writes through the `pool` that the application passes. */
export const opener: SinkOpener = ({ schema }, { supplied }) => {
  const { pool } = supplied;
  if (typeof Object(pool).query !== "function") {
    throw new GateError("configuration-invalid", "an audit sink `postgres` needs a `pool` of `pg`");
  }
  return createPostgresSink({ pool: pool as PostgresPool, ...(schema && { schema }) });
};
