import { parseGap } from "../spool/ledger.js";
import type { AuditEntry, LogNote } from "./audit-entry.js";
import { epochOf, sequenceOf } from "./facts.js";

export interface NumberCounts {
  readonly epochs: number;
  /** Numbers between others that no event has. */
  readonly missing: number;
  /** Of how many the spool's own gap records tell, by what became of the events. */
  readonly recorded: {
    readonly dropped: number;
    readonly rejected: number;
    readonly spilled: number;
  };
  /**
   * Missing numbers that no gap record tells of: tampering, or a bug. Null where the source has no
   * gap records: there a number may be missing because its event went to another sink.
   */
  readonly unexplained: number | null;
}

export interface NumberCounter {
  event(entry: AuditEntry): void;
  note(note: LogNote): void;
  end(source: "spool" | "jsonl" | "sqlite"): NumberCounts;
}

interface Epoch {
  last: number;
  missing: number;
  told: number;
}

/** A process has one; a file may claim any number. */
const MAX_EPOCHS = 20_000;

/** Counts sequence numbers, epoch by epoch; `verify` proves what this only counts. */
export function createNumberCounter(): NumberCounter {
  const epochs = new Map<number, Epoch>();
  const recorded = { dropped: 0, rejected: 0, spilled: 0 };
  let first: number | undefined;
  const epochAt = (number: number, sequence: number): Epoch | undefined => {
    first ??= number;
    const known = epochs.get(number);
    if (known !== undefined || epochs.size >= MAX_EPOCHS) return known;
    // Before the oldest event there may have been others; every later epoch begins with 1.
    const epoch = { last: number === first ? sequence - 1 : 0, missing: 0, told: 0 };
    epochs.set(number, epoch);
    return epoch;
  };
  return {
    event(entry) {
      const [number, sequence] = [epochOf(entry), sequenceOf(entry)];
      if (number === undefined || sequence === undefined || sequence === 0) return;
      const epoch = epochAt(number, sequence);
      if (epoch === undefined || sequence <= epoch.last) return;
      epoch.missing += sequence - epoch.last - 1;
      epoch.last = sequence;
    },
    note({ kind, epoch: number, line }) {
      const gap = kind === "gap" ? parseGap(line) : undefined;
      if (gap === undefined) return;
      recorded[gap.fate] += gap.count;
      const epoch = gap.from === 0 ? undefined : epochAt(number, gap.from);
      if (epoch !== undefined) epoch.told += gap.count;
    },
    end(source) {
      const all = [...epochs.values()];
      const missing = all.reduce((sum, epoch) => sum + epoch.missing, 0);
      // A gap at the end of an epoch tells of numbers that nothing follows.
      const unexplained = all.reduce(
        (sum, { missing: gone, told }) => sum + Math.max(0, gone - told),
        0,
      );
      return {
        epochs: epochs.size,
        missing,
        recorded,
        unexplained: source === "spool" ? unexplained : null,
      };
    },
  };
}
