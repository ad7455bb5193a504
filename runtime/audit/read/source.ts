import type { Batch } from "./audit-entry.js";

/** A part of a source that is read as a whole, such as one of the files that were set aside. */
export type Part = () => AsyncGenerator<Batch, void>;

export interface AuditSource {
  readonly kind: "spool" | "jsonl" | "sqlite";
  /** The folder that its reads are logged in. */
  readonly folder: string;
  /** The file or folder that is read. */
  readonly path: string;
  /** Parts, oldest first, at this moment. Each can be read once. */
  parts(): Promise<readonly Part[]>;
  /** What comes after the parts that were listed last, until the signal; waits where there is no more. */
  follow(signal: AbortSignal): AsyncGenerator<Batch, void>;
  /** Events that rightly left the source before the oldest it has. */
  released(): Promise<number>;
  close(): Promise<void>;
}

/** Everything, oldest first. */
export async function* readSource(source: AuditSource): AsyncGenerator<Batch, void> {
  for (const part of await source.parts()) yield* part();
}
