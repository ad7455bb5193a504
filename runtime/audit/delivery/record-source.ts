import type { AuditRecord } from "./audit-sink.js";

/** Where a reader of the local log is; made by the log, opaque but for its order. */
export interface Cursor {
  readonly segment: number;
  readonly offset: number;
  readonly sequence: number;
}

export interface SourceRecord extends AuditRecord {
  /** `event`, which is also meant where it is left out; the log's own records are for no sink. */
  readonly kind?: string;
}

/** The durable local log, as far as delivery needs it. */
export interface RecordSource {
  /**
   * Up to `max` records from a cursor on, or from the oldest; the same records for the same cursor.
   * `next` is where they end. Only what is durable, and nothing only where there is no more.
   */
  read(options: {
    readonly from?: Cursor | undefined;
    readonly max: number;
  }): Promise<{ readonly records: readonly SourceRecord[]; readonly next: Cursor }>;
  /** How many events the log has made durable over its whole life. */
  durable(): number;
}

export function isEvent({ kind }: SourceRecord): boolean {
  return kind === undefined || kind === "event";
}

const MAX_SCANNED = 1000;

/**
 * How many events were durable, and are gone, before the oldest that is there: a sink that is new
 * begins after them.
 */
export async function countGone(source: RecordSource): Promise<number> {
  let from: Cursor | undefined;
  let found = 0;
  for (;;) {
    const durable = source.durable();
    const { records, next } = await source.read({ from, max: MAX_SCANNED });
    // Where nothing became durable meanwhile, both numbers are of one moment.
    if (records.length === 0 && source.durable() === durable) return durable - found;
    found += records.filter(isEvent).length;
    from = next;
  }
}
