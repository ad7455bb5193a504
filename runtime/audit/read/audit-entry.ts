/** What a log knows of an event apart from its line. */
export interface EntryPlace {
  readonly epoch?: number | undefined;
  readonly sequence?: number | undefined;
  readonly category?: string | undefined;
  readonly id?: string | undefined;
  /** Where its frame begins in a spool. */
  readonly position?: { readonly segment: number; readonly offset: number } | undefined;
}

/** One event as it was found. */
export interface AuditEntry extends EntryPlace {
  /** The line as it is there, without its line feed. */
  readonly line: string;
  /** The same, parsed: nobody has looked at its members. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** An event that has no line to read, or a thing that is no event; a closed word each. */
export type Trouble =
  | "too-long"
  | "not-utf8"
  | "not-json"
  | "no-object"
  | "damaged"
  | "torn"
  | "replaced"
  | "gone"
  | "too-deep"
  | "no-time";

/** Something that was passed over, and where it was. */
export interface Passed {
  readonly trouble: Trouble;
  /** Name of the file, and the byte or the row in it. */
  readonly file: string;
  readonly at: number;
}

/** What the log says itself, such as a gap, between its events. */
export interface LogNote {
  readonly kind: string;
  readonly epoch: number;
  readonly line: string;
}

/** A bounded part of what a source holds, in its order. */
export interface Batch {
  readonly entries: readonly AuditEntry[];
  readonly passed: readonly Passed[];
  readonly notes: readonly LogNote[];
}

/** No line is longer: what a frame of the spool can hold. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export interface Batching {
  readonly entries: AuditEntry[];
  readonly passed: Passed[];
  readonly notes: LogNote[];
}

export function emptyBatch(): Batching {
  return { entries: [], passed: [], notes: [] };
}

export function isEmpty({ entries, passed, notes }: Batch): boolean {
  return entries.length + passed.length + notes.length === 0;
}

/** Reads the line into the batch, or tells there why it cannot be. */
export function addLine(
  batch: Batching,
  line: string,
  where: Omit<Passed, "trouble"> & { readonly place?: EntryPlace },
): void {
  const { place, file, at } = where;
  const value = parseLine(line);
  if (typeof value === "string") batch.passed.push({ trouble: value, file, at });
  else batch.entries.push({ ...place, line, value });
}

function parseLine(line: string): AuditEntry["value"] | "not-json" | "no-object" {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as AuditEntry["value"]) : "no-object";
  } catch {
    return "not-json";
  }
}
