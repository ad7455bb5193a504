import { basename, dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { SqliteStatement } from "../../stores/open-sqlite.js";
import { findSqliteDriver } from "../../stores/open-sqlite.js";
import { addLine, emptyBatch, MAX_LINE_BYTES } from "./audit-entry.js";
import type { Batch } from "./audit-entry.js";
import { POLL_MILLISECONDS } from "./polling.js";
import { AuditReadError } from "./read-error.js";
import type { AuditSource, Part } from "./source.js";

const PAGE_ROWS = 200;
/** Rows of a part: what `tail` reads at once from the end. */
const PART_ROWS = 10_000;

/** A line that is too long stays where it is. */
const PAGE = `
SELECT place, epoch, sequence, category, id,
  CASE WHEN length(line) <= ${MAX_LINE_BYTES} THEN line END AS line
FROM audit_events WHERE place > ? AND place <= ? ORDER BY place LIMIT ${PAGE_ROWS}`;

interface Row {
  readonly place: number | bigint;
  readonly epoch: unknown;
  readonly sequence: unknown;
  readonly category: unknown;
  readonly id: unknown;
  readonly line: unknown;
}

/**
 * The table `audit_events` of a SQLite file, read only: a page is one short transaction.
 *
 * @throws GateError without a driver; AuditReadError where the file has no such table or is none
 */
export function openSqliteSource(path: string): AuditSource {
  const { page, last, close } = openReadOnly(path);
  const file = basename(path);
  let followed = 0;
  const read = async function* (after: number, to: number): AsyncGenerator<Batch, void> {
    for (let at = after; at < to; ) {
      const rows = asked(path, () => page.all(at, to)) as readonly Row[];
      if (rows.length === 0) return;
      yield batchOf(rows, file);
      at = Number(rows.at(-1)?.place ?? to);
    }
  };
  const lastPlace = () => Number(Object(asked(path, () => last.get()))["place"] ?? 0);
  return {
    kind: "sqlite",
    folder: dirname(path),
    path,
    released: async () => 0,
    async parts() {
      followed = lastPlace();
      const count = Math.ceil(followed / PART_ROWS);
      // Places begin at 1 and none is used again: what is deleted leaves its place empty.
      return Array.from({ length: Math.min(count, MAX_PARTS) }, (_, index): Part => {
        const size = Math.ceil(followed / Math.min(count, MAX_PARTS));
        return () => read(index * size, Math.min((index + 1) * size, followed));
      });
    },
    async *follow(signal) {
      while (!signal.aborted) {
        const to = lastPlace();
        yield* read(followed, to);
        followed = Math.max(followed, to);
        await wait(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    },
    close: async () => close(),
  };
}

/** A row may say any number. */
const MAX_PARTS = 10_000;

function batchOf(rows: readonly Row[], file: string): Batch {
  const batch = emptyBatch();
  for (const { place, epoch, sequence, category, id, line } of rows) {
    const where = {
      file,
      at: Number(place),
      place: {
        epoch: Number(epoch),
        sequence: Number(sequence),
        category: String(category),
        id: String(id),
      },
    };
    if (typeof line === "string") addLine(batch, line, where);
    else
      batch.passed.push({ trouble: line === null ? "too-long" : "not-json", file, at: where.at });
  }
  return batch;
}

/** A file that is damaged further on than its head, or holds numbers that a driver refuses. */
function asked<Answer>(path: string, ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    const { code } = Object(error);
    throw new AuditReadError(
      `\`${path}\` cannot be read on (${code ?? "damaged"})`,
      "look at the file with `PRAGMA integrity_check`, and read what the spool or another sink has",
    );
  }
}

function openReadOnly(path: string) {
  const Driver = findSqliteDriver() as new (path: string, options: object) => Database;
  try {
    const database = new Driver(path, isBuiltin(Driver) ? { readOnly: true } : { readonly: true });
    try {
      database.exec("PRAGMA busy_timeout = 1000; PRAGMA trusted_schema = OFF;");
      return {
        page: database.prepare(PAGE) as unknown as SqliteStatement,
        last: database.prepare(
          "SELECT max(place) AS place FROM audit_events",
        ) as unknown as SqliteStatement,
        close: () => void database.close(),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    const { code, message } = Object(error);
    const isForeign =
      String(message).includes("no such table") || String(message).includes("no such column");
    if (isForeign)
      throw new AuditReadError(
        `\`${path}\` is a SQLite file without the table \`audit_events\``,
        "name the file that the sink `sqlite` of the policy writes",
      );
    throw new AuditReadError(`\`${path}\` cannot be read as a SQLite file (${code ?? "damaged"})`);
  }
}

interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): object;
  close(): unknown;
}

/** Its names of options are not those of the other, which refuses them. */
function isBuiltin(driver: unknown): boolean {
  const builtin = process.getBuiltinModule?.("node:sqlite") as object | undefined;
  return builtin !== undefined && Reflect.get(builtin, "DatabaseSync") === driver;
}
