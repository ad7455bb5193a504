import type { Entry, Waiter } from "./backlog.js";
import type { Batch, Batches, Control } from "./batch.js";
import type { Controls } from "./controls.js";
import type { Log } from "./log.js";
import type { Reserve } from "./reserve.js";
import type { SpoolError } from "./spool-error.js";
import type { SpoolAlert, SpoolEvent } from "./spool.js";

export interface WriterOptions {
  readonly log: Log;
  readonly epoch: number;
  /** `failing` where the disk was too full for more than the opening. */
  readonly start: "working" | "failing";
  readonly batches: Batches;
  readonly controls: Controls;
  readonly reserve: Reserve;
  readonly groupCommit: { readonly milliseconds: number; readonly bytes: number };
  readonly checkpoint: { readonly events: number; readonly seconds: number };
  /** The last number given, and whether events with a number are elsewhere. */
  readonly numbers: { readonly last: () => number; readonly areElsewhere: () => boolean };
  readonly onDurable: (done: Pick<Batch, "events" | "controls" | "checkpoint">) => void;
  /** An event that somebody waits for did not become durable, nor will it. */
  readonly onRejected: (entry: Entry, error: SpoolError) => void;
  /** An event that nobody waits for is given up at shutdown. */
  readonly onDropped: (entry: Entry) => void;
  /** Something became durable: there may be room again. */
  readonly onProgress: () => void;
}

/** Brings events to the log once in a turn, makes them durable in groups, and starts anew on failures. */
export interface Writer {
  put(event: SpoolEvent, sequence: number, waiter: Waiter | undefined): void;
  /** Writes what is there, a gap at least, before the turn ends. */
  schedule(): void;
  record(control: Control): void;
  /** Tells of something, and records that it did. */
  alert(alert: SpoolAlert): void;
  /** Resolves when all that was recorded so far is durable, if need be in the reserve. */
  said(): Promise<void>;
  /** There is more room than there was: tries again at once. */
  retry(): void;
  takeOldest(category: string): Entry | undefined;
  /** `working`; `restarting` in the first attempt after a failure; `failing` after that. */
  state(): "working" | "restarting" | "failing";
  pending(): number;
  /** What all events in memory weigh. */
  weight(): number;
  /** All numbers up to it are recorded, and the records durable. */
  through(): number;
  checkpoint(): string | undefined;
  close(): Promise<void>;
}
