import type { AuditEntry, Batch, Passed } from "./audit-entry.js";
import type { AuditSource, Part } from "./source.js";

/** What is held at once, whatever is asked for. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

export interface TailOptions {
  readonly count: number;
  readonly isWanted: (entry: AuditEntry) => boolean;
}

export interface Tail {
  readonly entries: readonly AuditEntry[];
  readonly passed: readonly Passed[];
  /** Whether events that fit were left out for want of memory. */
  readonly isCut: boolean;
}

/** The last events that fit, oldest first; reads the parts from the end until it has them. */
export async function tailEntries(source: AuditSource, options: TailOptions): Promise<Tail> {
  const { count } = options;
  const parts = await source.parts();
  let found: Tail = { entries: [], passed: [], isCut: false };
  for (const part of parts.toReversed()) {
    const wanted = count - found.entries.length;
    const held = bytesOf(found.entries);
    const older = await tailPart(part, { ...options, count: wanted }, MAX_HELD_BYTES - held);
    found = {
      entries: [...older.entries, ...found.entries],
      passed: [...older.passed, ...found.passed].slice(-MAX_PASSED),
      isCut: older.isCut || found.isCut,
    };
    if (found.entries.length >= count || found.isCut) break;
  }
  return found;
}

const MAX_PASSED = 1000;

async function tailPart(part: Part, { count, isWanted }: TailOptions, room: number): Promise<Tail> {
  let entries: AuditEntry[] = [];
  let passed: Passed[] = [];
  let isCut = false;
  for await (const batch of part()) {
    passed = [...passed, ...batch.passed].slice(-MAX_PASSED);
    const fitting = lastOf(batch, isWanted, count);
    entries = [...entries, ...fitting].slice(-count);
    let bytes = bytesOf(entries);
    while (bytes > room && entries.length > 0) {
      bytes -= entries.shift()?.line.length ?? 0;
      isCut = true;
    }
  }
  return { entries, passed, isCut };
}

function lastOf({ entries }: Batch, isWanted: TailOptions["isWanted"], count: number) {
  return entries.filter(isWanted).slice(-count);
}

function bytesOf(entries: readonly AuditEntry[]): number {
  return entries.reduce((sum, { line }) => sum + line.length, 0);
}
