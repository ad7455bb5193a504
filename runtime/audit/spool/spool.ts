import type { Kind } from "./frame.js";
import type { Opening, Position } from "./segment-header.js";
import type { NoteSigner } from "./signed-note.js";
import type { SpoolFiles } from "./spool-files.js";

/** One event: its category, its id, and its line of canonical JSON (RFC 8785), without a line feed. */
export interface SpoolEvent {
  /** One of those that the spool was opened with. */
  readonly category: string;
  readonly id: string;
  readonly line: string;
  /** The line where it gets another number than `next` said, since it had to wait for room. */
  readonly lineAt?: (sequence: number) => string;
}

/**
 * What happens to an event of a category where there is no room: memory is full because the disk is
 * slow or fails, the disk is full, or the hard mark is reached. Every category says it.
 */
export interface FullPolicy {
  /**
   * How long `commit` waits for room before `overflow`; 0 by default. `accept` never waits: its waiting
   * room is the spool's memory.
   */
  readonly blockMilliseconds?: number;
  /**
   * `fail_closed`: the caller is told, the event is *rejected*. `drop_newest`: it is *dropped*, and
   * `accept` says nothing. `drop_oldest`: the oldest events of the category that only memory holds
   * make room; where there are none, as `drop_newest`, for what was written is never taken back.
   * `spill`: it goes to the spool `spill`, and is durable when it is durable there. A `commit` that
   * cannot be kept rejects whatever is said here.
   */
  readonly overflow: "fail_closed" | "drop_newest" | "drop_oldest" | "spill";
  /**
   * Goes on beyond the hard mark, until the disk itself is full, and has the last quarter of the
   * spool's memory to itself.
   */
  readonly isCritical?: boolean;
}

/** Bytes. As the marks of auditd: an alert, an end to all that is not critical, and space written ahead. */
export interface SpoolLimits {
  readonly soft: number;
  readonly hard: number;
  /** Space that is kept for gap, alert and checkpoint records; 0 for none. */
  readonly reserve: number;
}

export interface SpoolAlert {
  /**
   * `soft-mark`, `hard-mark`: the spool grew beyond them; `failing`: a write or a sync failed, and
   * events wait in memory; `full`: so, for lack of space; `resumed`: all that waited is durable;
   * `unclean-stop`: the last process did not shut down; `damaged`: bytes that were durable are not
   * what was written; `reserve-missing`: there is no space ahead; `clock-step`: the clock did not
   * run as time does; `remove-failed`: a segment that nobody needs is still there.
   */
  readonly code:
    | "soft-mark"
    | "hard-mark"
    | "failing"
    | "full"
    | "resumed"
    | "unclean-stop"
    | "damaged"
    | "reserve-missing"
    | "clock-step"
    | "remove-failed";
  /** Code of the file system's error, or where. Never a part of an event. */
  readonly detail?: string;
}

/** What the spool itself recorded: a `Gap` as canonical JSON, or a checkpoint as a signed note. */
export interface OwnRecord {
  readonly kind: "gap" | "checkpoint";
  readonly line: string;
}

export interface SpoolOptions {
  /**
   * A folder of its own, on a local file system, seen by the processes of one machine or container
   * only; made where it is missing.
   */
  readonly folder: string;
  readonly categories: Readonly<Record<string, FullPolicy>>;
  readonly limits: SpoolLimits;
  /** What it throws is not heard. */
  readonly onAlert: (alert: SpoolAlert) => void;
  /** Hears of gaps and checkpoints once they are durable; it must not throw. */
  readonly onRecorded?: (record: OwnRecord) => void;
  /** Signers of checkpoints; without one a checkpoint proves order and wholeness, but no origin. */
  readonly signers?: readonly NoteSigner[];
  /** A segment ends when it is larger; 32 MiB by default. */
  readonly segmentBytes?: number;
  /** Bytes of events that wait to become durable; 8 MiB by default. */
  readonly memoryBytes?: number;
  /** Bytes of one event; 1 MiB by default, at most 5 MiB. Larger ones are rejected. */
  readonly eventBytes?: number;
  /** How many numbers may be given beyond the last that is durable; 1 048 576 by default. */
  readonly window?: number;
  /** When what nobody waits for is made durable; 5 ms and 256 KiB by default, whichever is first. */
  readonly groupCommit?: { readonly milliseconds: number; readonly bytes: number };
  /** When a checkpoint is due; after 10 000 events and 60 s by default, whichever is first. */
  readonly checkpoint?: { readonly events: number; readonly seconds: number };
  /** The spool, preferably on another disk, that `spill` means. The caller closes it. */
  readonly spill?: Pick<Spool, "commit">;
  /** Counts that checkpoints repeat, such as invalid and masked events. Names are single words. */
  readonly tallies?: () => Readonly<Record<string, number>>;
  /** Milliseconds since the epoch of Unix. */
  readonly now?: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic?: () => number;
  readonly files?: SpoolFiles;
}

/** Where a reader is; opaque but for its order. */
export interface Cursor extends Position {
  /** Number of the last event before it, for display. */
  readonly sequence: number;
}

export interface SpoolRecord extends SpoolEvent {
  /** `event`, or what the spool says itself: its category and id are empty then. */
  readonly kind: Kind;
  readonly epoch: number;
  readonly sequence: number;
}

export interface SpoolBatch {
  readonly records: readonly SpoolRecord[];
  /** Where the next batch begins; the same as before where nothing more is durable. */
  readonly next: Cursor;
}

/**
 * Over the life of the spool. Invariant: accepted = durable + dropped + rejected + pending, at
 * every instant; pending is 0 when all is at rest, and always after `close`.
 */
export interface SpoolCounts {
  readonly accepted: number;
  readonly durable: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly pending: number;
  /** The part of durable that the spill spool holds. */
  readonly spilled: number;
}

export interface Spool {
  /**
   * Takes an event and returns its number in this epoch, gap-free from 1; 0 for one that is dropped
   * when more are unrecorded than `window`. It is written before the turn of the event loop ends and
   * durable soon after. @throws SpoolError `full` where its category fails closed, or `closed`.
   */
  accept(event: SpoolEvent): number;
  /**
   * Resolves with the number when the event is durable. Rejects with a SpoolError where it is not
   * kept: after one failed write or sync it is written once more, into a new segment.
   */
  commit(event: SpoolEvent): Promise<number>;
  /** The number that the next event gets that is taken at once. */
  next(): number;
  /** The segment that the last durable record lies in: what comes lies in it or behind it. */
  segment(): number;
  /** Whether an event of the category, of 4 KiB, would be taken now, and not refused or dropped. */
  hasRoom(category: string): boolean;
  /** Records from `from`, or from the oldest; only what is durable. */
  read(options: { readonly from?: Cursor | undefined; readonly max: number }): Promise<SpoolBatch>;
  /**
   * Deletes the segments that all of `passed` have left (none, where nobody passed any) and that ended at least `floorMilliseconds`
   * ago, after a record that says so is durable. Returns how many.
   */
  release(options: {
    readonly passed: readonly Cursor[];
    readonly floorMilliseconds: number;
  }): Promise<number>;
  counts(): SpoolCounts;
  /** The last durable checkpoint, a signed note to be kept outside; undefined before the first. */
  checkpoint(): string | undefined;
  /** True from a failed write or sync until all that waited is durable. */
  isFailing(): boolean;
  readonly epoch: number;
  /** How the last process ended, as far as its records tell. */
  readonly opening: Pick<Opening, "after" | "lastDurable" | "upperBound">;
  /** Makes all durable, writes the closing checkpoint; rejects with `failed` where it cannot. */
  close(): Promise<void>;
}
