/**
 * Reads what an audit log holds: queries, counts and exports. Nothing is written but the log of reads.
 *
 * @module
 */
export type { AuditEntry, Batch, EntryPlace, LogNote, Passed, Trouble } from "./audit-entry.js";
export { countEntries } from "./count-entries.js";
export type { AuditStats, StatsOptions } from "./count-entries.js";
export type { NumberCounts } from "./count-numbers.js";
export { exportEntry, exportFormats } from "./export/export-entry.js";
export type { Exported, ExportFormat, ExportOptions } from "./export/export-entry.js";
export * as facts from "./facts.js";
export { createFilter } from "./filter-entries.js";
export type { AuditFilter } from "./filter-entries.js";
export { logRead, readLogOf } from "./log-read.js";
export type { LoggedRead, ReadToLog } from "./log-read.js";
export { findSpool, openAuditSource } from "./open-source.js";
export { AuditReadError } from "./read-error.js";
export type { SinkCounts } from "./read-sink-states.js";
export { readSource } from "./source.js";
export type { AuditSource, Part } from "./source.js";
export { tailEntries } from "./tail-entries.js";
export type { Tail, TailOptions } from "./tail-entries.js";
export type { TallyRow } from "./tally.js";
