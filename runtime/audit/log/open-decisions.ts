import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Cursor } from "../delivery/record-source.js";
import type { Spool } from "../spool/spool.js";

/** How often it is written where the oldest open decision lies. */
const NOTE_MILLISECONDS = 5000;
const SCANNED = 1000;

/** Decisions whose requests have no record yet. */
export interface OpenDecisions {
  /** Before its decision is given to the log. */
  begin(id: string): void;
  end(id: string): void;
  size(): number;
  /** Before it, all decisions are closed. */
  cursor(): Cursor;
  close(): void;
}

export interface OpenDecisionsOptions {
  /** The file that says from which segment on open decisions may lie. */
  readonly file: string;
  readonly spool: Spool;
  /** Hears that the file cannot be written: the next start then reads more than it had to. */
  readonly onError: (error: unknown) => void;
}

/**
 * Finds the decisions that the last process left open, from the segment on that its file names; from the oldest
 * where it names none.
 */
export async function findOpenDecisions({
  file,
  spool,
}: Pick<OpenDecisionsOptions, "file" | "spool">): Promise<readonly string[]> {
  const open = new Map<string, string>();
  let from: Cursor | undefined = { segment: readSegment(file), offset: 0, sequence: 0 };
  for (;;) {
    const { records, next } = await spool.read({ from, max: SCANNED });
    if (records.length === 0) return [...open.values()];
    for (const { kind, id, line } of records) {
      if (kind !== "event") continue;
      if (id.endsWith(DECISION)) open.set(id.slice(0, -DECISION.length), line);
      else open.delete(id);
    }
    from = next;
  }
}

/** Ends the id, by which a receiver knows a record again, of a decision; that of its request is without it. */
export const DECISION = ":decision";

export function trackDecisions({ file, spool, onError }: OpenDecisionsOptions): OpenDecisions {
  const open = new Map<string, number>();
  let noted = -1;
  const oldest = () => {
    // They are in the order in which they came, and segments grow.
    const [first] = open.values();
    return Math.min(first ?? Infinity, spool.segment());
  };
  const note = () => {
    const segment = oldest();
    if (segment === noted) return;
    try {
      // As a whole, since half a number would be another one.
      writeFileSync(`${file}.new`, `${segment}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      noted = segment;
    } catch (error) {
      onError(error);
    }
  };
  note();
  const timer = setInterval(note, NOTE_MILLISECONDS).unref();
  return {
    begin: (id) => void open.set(id, spool.segment()),
    end: (id) => void open.delete(id),
    size: () => open.size,
    cursor: () => ({ segment: oldest(), offset: 0, sequence: 0 }),
    close() {
      clearInterval(timer);
      note();
    },
  };
}

function readSegment(file: string): number {
  try {
    const text = readFileSync(file, "utf8");
    return /^\d{1,15}\n$/.test(text) ? Number(text) : 0;
  } catch {
    return 0;
  }
}
