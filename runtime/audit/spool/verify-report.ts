import type { Position } from "./segment-header.js";
import type { SpoolFiles } from "./spool-files.js";

/**
 * `torn`: an end that a kill or a power cut left, which the next start repairs; `corrupt`: bytes are
 * not what was written; `truncated`: something is gone from the record, or it went on from an older
 * state; `forged`: all is well-formed, but not what was signed or chained; `unknown-key`: a checkpoint
 * is signed by none of the keys.
 */
export type Fault = "forged" | "truncated" | "corrupt" | "unknown-key" | "torn";

/** Worst first: the first that was found is the verdict. */
export const faults: readonly Fault[] = ["forged", "truncated", "corrupt", "unknown-key", "torn"];

export interface Finding extends Position {
  readonly fault: Fault;
  /** A clause without the text of any event. */
  readonly detail: string;
}

export type Find = (fault: Fault, at: Position, detail: string) => void;

/**
 * Whether the record goes on from the older checkpoint: `unchecked` without one, `released` where
 * the segments that could tell are rightly gone, `unproven` where damage hides it.
 */
export type Consistency = "unchecked" | "proven" | "released" | "unproven" | "refuted";

export interface SpoolReport {
  readonly verdict: "intact" | Fault;
  /** In the order of the record: the first one has the first bad offset. */
  readonly findings: readonly Finding[];
  readonly segments: number;
  /** Events in the segments that are there. */
  readonly events: number;
  /** Leaves of the whole record, with those that were released. */
  readonly size: number;
  /** Leaves that the last checkpoint by a known key stands for; 0 for none. */
  readonly signedSize: number;
  readonly consistency: Consistency;
}

export interface VerifyOptions {
  /** Verifier keys as C2SP signed-note writes them; with none, signatures are not looked at. */
  readonly keys: readonly string[];
  /** A checkpoint that was kept outside: a signed note. */
  readonly olderCheckpoint?: string | undefined;
  readonly files?: SpoolFiles;
}
