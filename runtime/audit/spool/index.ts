/**
 * The durable local log of audit events: segments, hash-chained, with signed checkpoints.
 *
 * @module
 */
export { createNoteKey, openNoteSigner } from "./create-note-key.js";
export type { NoteKey } from "./create-note-key.js";
export { isSpoolOpen } from "./lock-folder.js";
export { openSpool } from "./open-spool.js";
export { createNoteSigner, isVerifierKey, openNote } from "./signed-note.js";
export type { NoteSigner, OpenedNote } from "./signed-note.js";
export { SpoolError } from "./spool-error.js";
export type {
  Cursor,
  FullPolicy,
  Spool,
  SpoolAlert,
  SpoolBatch,
  SpoolCounts,
  SpoolEvent,
  SpoolLimits,
  SpoolOptions,
  SpoolRecord,
} from "./spool.js";
export type { Consistency, Fault, Finding, SpoolReport, VerifyOptions } from "./verify-report.js";
export { verifySpool } from "./verify-spool.js";
