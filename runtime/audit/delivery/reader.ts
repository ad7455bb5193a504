import type { AuditRecord } from "./audit-sink.js";
import { isEvent } from "./record-source.js";
import type { Cursor, RecordSource, SourceRecord } from "./record-source.js";

/** A place in the log between two of the records that are read from one cursor. */
export interface Place {
  /** Undefined for the oldest record. */
  readonly cursor?: Cursor | undefined;
  /** How many records after the cursor are behind this place. */
  readonly skip: number;
  /** The last of them, by which it is known again. */
  readonly last?: string | undefined;
}

/** A record for the sink, with what is true once it is settled. */
export interface Item {
  readonly record: AuditRecord;
  readonly after: Place;
  /** Events before it, over the life of the sink, that its filter passed over. */
  readonly passedOver: number;
}

export interface Reader {
  /** The next records for the sink, in order. */
  read(max: number): Promise<readonly Item[]>;
  /** What is behind all that was read. */
  end(): Omit<Item, "record">;
  /** False where the last read found nothing of any kind. */
  found(): boolean;
}

export interface ReaderOptions {
  readonly source: RecordSource;
  readonly accepts: (record: AuditRecord) => boolean;
  readonly from: Place;
  readonly passedOver: number;
}

/** Reads one bounded piece at a time and remembers nothing of it. */
export function createReader({ source, accepts, from, ...begin }: ReaderOptions): Reader {
  let { passedOver } = begin;
  let place = from;
  let found = false;
  return {
    async read(max) {
      const { cursor, skip } = place;
      const { records, next } = await source.read({ from: cursor, max: skip + max });
      // Where the cursor leads elsewhere, its segment is gone: what is there now is all new.
      const isKnown = skip === 0 || nameOf(records[skip - 1]) === place.last;
      const start = isKnown ? skip : 0;
      const items: Item[] = [];
      for (const [index, record] of records.entries()) {
        if (index < start) continue;
        const isLast = index === records.length - 1;
        const after: Place = isLast
          ? { cursor: next, skip: 0 }
          : { cursor, skip: index + 1, last: nameOf(record) };
        if (isEvent(record)) {
          if (accepts(record)) items.push({ record, after, passedOver });
          else passedOver += 1;
        }
      }
      found = records.length > start;
      place = { cursor: next, skip: 0 };
      return items;
    },
    end: () => ({ after: place, passedOver }),
    found: () => found,
  };
}

function nameOf(record: SourceRecord | undefined): string | undefined {
  return record && `${record.epoch ?? 0}/${record.sequence}/${record.id}`;
}
