import type { SessionStore, StepVerdict } from "../session-store.js";
import { setupOf, statementsOf, tablesOf } from "./postgres-statements.js";
import { readNumber, readSession } from "./read-session.js";

/** What is used of a `Pool` of `pg`. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface PostgresSessionStoreOptions {
  /** Of `pg`; whoever made it ends it. */
  readonly pool: PostgresPool;
  /** Where the tables are: one for each environment that shares a database; `gatewright` by default. */
  readonly schema?: string;
  /** For tests alone: milliseconds since the epoch in place of the server's clock, which all processes share. */
  readonly now?: () => number;
}

/** In milliseconds. A statement takes a few; a pool without connections may keep it for as long as it has none. */
const PATIENCE = 1900;

/** One of so many sessions that begin deletes some that expired. */
const SWEEP_EVERY = 64;
const SWEEP = 256;

/**
 * The schema and tables, for a migration: a store makes them before it is first used where they are missing,
 * which a role that may not create them cannot.
 */
export function postgresSessionTables(schema = "gatewright"): string {
  return setupOf(tablesOf(schema));
}

/**
 * Keeps sessions in PostgreSQL 12 or later, which all processes share: one server, or a primary whose standbys
 * are synchronous where a failover must not bring a used token back. The isolation of transactions must be the
 * usual `read committed`. Text is that of the database, which must be UTF8 and knows no NUL: a subject with one
 * is an error.
 *
 * Each method is one statement, repeated where other sessions of the subject began or ended at the same moment,
 * and time is the server's own. What takes longer than two seconds is a rejection; the server may still do it,
 * unless the pool has a `statement_timeout` and a `connectionTimeoutMillis`. Rows stay until `absoluteUntil`, and
 * are deleted in batches after that.
 */
export function createPostgresSessionStore(options: PostgresSessionStoreOptions): SessionStore {
  const { pool, schema = "gatewright", now } = options;
  const tables = tablesOf(schema);
  const statements = statementsOf(tables);
  let ready: Promise<void> | undefined;
  let created = 0;

  const setUp = async () => {
    const { rows } = await pool.query(statements.isSetUp, [tables.sessions, tables.subjects]);
    if (Object(rows[0]).isSetUp !== true) await pool.query(setupOf(tables));
  };
  const isReady = () => {
    ready ??= setUp().catch((error: unknown) => {
      // Whoever asks next tries again.
      ready = undefined;
      throw error;
    });
    return ready;
  };
  const ask = async (text: string, ...values: readonly unknown[]) => {
    const asked = isReady().then(() => pool.query(text, [now?.() ?? null, ...values]));
    return (await inTime(asked)).rows.map((row) => Object(row));
  };
  /** Repeats what changed nothing, since somebody else changed the subject's sessions at the same time. */
  const repeat = async (text: string, values: readonly unknown[]) => {
    const until = performance.now() + PATIENCE;
    while (performance.now() < until) {
      const [row] = await ask(text, ...values);
      if (row !== undefined) return row;
    }
    throw new Error("too many sessions of one subject begin and end at once");
  };
  const insist = (text: string, ...values: readonly unknown[]) => inTime(repeat(text, values));
  const sweep = async () => {
    created += 1;
    if (created % SWEEP_EVERY !== 0) return;
    // The session has begun; a later one sweeps.
    await ask(statements.sweep, SWEEP).catch(() => undefined);
  };

  return {
    kind: "postgres",
    async create({ id, subject, data, seen, idleFor, absoluteFor, maxPerSubject }) {
      const values = [subject, id, data, seen, idleFor, absoluteFor, maxPerSubject];
      const row = await insist(statements.create, ...values);
      await sweep();
      return { session: readSession(row), displaced: idsOf(row.displaced) };
    },
    async read(id) {
      const [row] = await ask(statements.read, id);
      return row === undefined ? undefined : readSession(row);
    },
    async step(id, { generation, retryFor, maxRetries, mayRetry, idleFor, seen }) {
      const retry = [retryFor, maxRetries, mayRetry];
      const [row] = await ask(statements.step, id, generation, ...retry, idleFor, seen);
      return row === undefined ? { kind: "missing" } : verdictOf(row);
    },
    end: async (id, why) => (await ask(statements.end, id, why)).length > 0,
    async endAll(subject, why, except) {
      const row = await insist(statements.endAll, subject, why, except ?? null);
      return { epoch: readNumber(row.epoch), ended: idsOf(row.ended) };
    },
    list: async (subject) => (await ask(statements.list, subject)).map(readSession),
    close: async () => undefined,
  };
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("PostgreSQL does not answer")), PATIENCE);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function idsOf(text: string | null): readonly string[] {
  return text === null ? [] : JSON.parse(text);
}

/** The driver gives large integers as text. */
function verdictOf(row: Readonly<Record<string, unknown>>): StepVerdict {
  const { kind, state } = row;
  switch (kind) {
    case "rotated":
    case "retried":
      return {
        kind,
        generation: readNumber(row["generation"]),
        retries: readNumber(row["retries"]),
        retriedInARow: readNumber(row["retriedInARow"]),
        idleUntil: readNumber(row["idleUntil"]),
        absoluteUntil: readNumber(row["absoluteUntil"]),
        at: readNumber(row["at"]),
      };
    case "ended":
      return { kind, state: state as Extract<StepVerdict, { kind: "ended" }>["state"] };
    case "refused":
    case "reused":
    case "ahead":
    case "expired":
    case "missing":
      return { kind };
    default:
      throw new Error("PostgreSQL answered in another form");
  }
}
