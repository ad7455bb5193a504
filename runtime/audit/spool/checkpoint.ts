import { ledgerKeys } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import type { Position } from "./segment-header.js";
import { rootOf } from "./tree.js";
import type { Tree } from "./tree.js";

/** What a checkpoint says of all frames before it. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly epoch: number;
  readonly ledger: Readonly<Ledger>;
  /** All before it was durable when the checkpoint was made. */
  readonly durable: Position | undefined;
  /** True for the last one of a process that shut down in order. */
  readonly isClosing: boolean;
}

export interface CheckpointFacts {
  readonly origin: string;
  readonly tree: Tree;
  readonly epoch: number;
  readonly ledger: Readonly<Ledger>;
  readonly durable: Position | undefined;
  /** Milliseconds since the epoch of Unix. */
  readonly time: number;
  /** Counts of whoever feeds the spool, such as invalid and masked events. */
  readonly tallies: Readonly<Record<string, number>>;
  readonly end: "open" | "closed";
}

/**
 * The text that is signed: origin, size and root as C2SP tlog-checkpoint has them
 * (https://c2sp.org/tlog-checkpoint), then one extension line for each further fact.
 */
export function formatCheckpoint(facts: CheckpointFacts): string {
  const { origin, tree, epoch, ledger, durable, time, tallies, end } = facts;
  const lines = [origin, tree.size, rootOf(tree).toString("base64"), `epoch ${epoch}`];
  lines.push(...ledgerKeys.map((key) => `${key} ${ledger[key]}`));
  if (durable !== undefined) lines.push(`durable ${durable.segment} ${durable.offset}`);
  lines.push(`time ${new Date(time).toISOString()}`);
  for (const name of Object.keys(tallies).toSorted()) lines.push(`tally ${name} ${tallies[name]}`);
  if (end === "closed") lines.push("closed");
  return lines.map((line) => `${line}\n`).join("");
}

/** Reads the text of a note; undefined where it is no checkpoint of a spool. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = "", size = "", root = "", ...lines] = text.split("\n");
  const words = new Map(lines.map((line) => [line.split(" ", 1)[0], line.split(" ").slice(1)]));
  const number = (name: string, index = 0) => Number(words.get(name)?.[index] ?? Number.NaN);
  const [events, dropped, rejected] = [number("events"), number("dropped"), number("rejected")];
  const [spilled, lost, sequence] = [number("spilled"), number("lost"), number("sequence")];
  const ledger = { events, dropped, rejected, spilled, lost, sequence };
  const epoch = number("epoch");
  const all = [Number(size), epoch, ...Object.values(ledger)];
  if (origin === "" || Buffer.from(root, "base64").length !== 32) return undefined;
  if (!all.every(Number.isSafeInteger)) return undefined;
  const durable = words.has("durable")
    ? { segment: number("durable"), offset: number("durable", 1) }
    : undefined;
  return {
    origin,
    size: Number(size),
    root,
    epoch,
    ledger,
    durable,
    isClosing: words.has("closed"),
  };
}
