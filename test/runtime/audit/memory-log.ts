import type { AuditRecord, RecordSource, SourceRecord } from "@gatewright/runtime/audit/delivery";

/** A log that keeps its records in memory, in segments of ten. */
export interface MemoryLog extends RecordSource {
  append(...records: readonly SourceRecord[]): void;
  /** Deletes the segments before this one. */
  release(segment: number): void;
  /** How many records were given out. */
  given(): number;
  records(): readonly SourceRecord[];
}

const SEGMENT = 10;

export function createMemoryLog(...begin: readonly SourceRecord[]): MemoryLog {
  const records: SourceRecord[] = [...begin];
  let first = 0;
  let given = 0;
  let events = begin.filter(isEvent).length;
  return {
    append(...more) {
      records.push(...more);
      events += more.filter(isEvent).length;
    },
    release(segment) {
      first = Math.max(first, segment * SEGMENT);
    },
    given: () => given,
    records: () => records,
    async read({ from, max }) {
      const start = Math.max(first, from?.offset ?? 0);
      // A piece ends with its segment at the latest, as those of a file do.
      const end = Math.min(start + max, records.length, (segmentOf(start) + 1) * SEGMENT);
      const piece = records.slice(start, end);
      given += piece.length;
      return { records: piece, next: { segment: segmentOf(end), offset: end, sequence: end } };
    },
    durable: () => events,
  };
}

function isEvent({ kind = "event" }: SourceRecord): boolean {
  return kind === "event";
}

function segmentOf(offset: number): number {
  return Math.floor(offset / SEGMENT);
}

/** Records from number `first` on, with the fields that receivers look for. */
export function createRecords(count: number, first = 1, category = "auth"): AuditRecord[] {
  return Array.from({ length: count }, (_, index) => createRecord(first + index, { category }));
}

export function createRecord(
  sequence: number,
  { category = "auth", ...fields }: Readonly<Record<string, unknown>> & { category?: string } = {},
): AuditRecord {
  const id = `0198c0de-0000-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
  const time = `2026-11-27T10:00:00.${String(sequence).padStart(9, "0")}Z`;
  const line = JSON.stringify({ category, id, sequence, time, ...fields });
  return { epoch: 1, sequence, id, category, line };
}
