import { parseGap } from "../spool/ledger.js";
import { parseHeader } from "../spool/segment-header.js";
import type { AuditEntry, Batch, LogNote } from "./audit-entry.js";
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
  add(batch: Batch): void;
  end(source: "spool" | "jsonl" | "sqlite"): NumberCounts;
}

interface Epoch {
  /** The last number before those that are looked at. */
  readonly base: number;
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
  const epochAt = (number: number, base: number): Epoch | undefined => {
    first ??= number;
    const known = epochs.get(number);
    if (known !== undefined || epochs.size >= MAX_EPOCHS) return known;
    const epoch = { base, last: base, missing: 0, told: 0 };
    epochs.set(number, epoch);
    return epoch;
  };
  const addEvent = (entry: AuditEntry): void => {
    const [number, sequence] = [epochOf(entry), sequenceOf(entry)];
    if (number === undefined || sequence === undefined || sequence === 0) return;
    // Before the oldest event there may have been others; every later epoch begins with 1.
    const isOldest = first === undefined || first === number;
    const epoch = epochAt(number, isOldest ? sequence - 1 : 0);
    if (epoch === undefined || sequence <= epoch.last) return;
    epoch.missing += sequence - epoch.last - 1;
    epoch.last = sequence;
  };
  const addGap = ({ epoch: number, line }: LogNote): void => {
    const gap = parseGap(line);
    if (gap === undefined) return;
    recorded[gap.fate] += gap.count;
    const epoch = epochs.get(number);
    if (epoch !== undefined && gap.to > epoch.base) epoch.told += gap.count;
  };
  return {
    add({ notes, entries }) {
      // A batch is of one segment, whose header says which number was the last before it.
      for (const { kind, epoch, line } of notes) {
        const header = kind === "segment" ? parseHeader(line) : undefined;
        if (header !== undefined) epochAt(epoch, header.opening ? 0 : header.ledger.sequence);
      }
      entries.forEach(addEvent);
      notes.filter(({ kind }) => kind === "gap").forEach(addGap);
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
