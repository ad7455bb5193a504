import { createHash } from "node:crypto";
import { readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AuditRecord, AuditSink } from "../delivery/audit-sink.js";
import { openLineFile, syncFolder } from "../delivery/line-file.js";
import type { LineFile } from "../delivery/line-file.js";
import { resolve } from "node:path";
import type { SinkOpener } from "../log/sink-opener.js";

export interface JsonlSinkOptions {
  /** The file that is written to; it and its folder are made, for their owner alone, where they are missing. */
  readonly path: string;
  /**
   * When the file is set aside, as `<path>.<time>`: before it would be larger than `bytes`, and at
   * the first batch of a new day in UTC. Nobody deletes what was set aside.
   */
  readonly rotate?: { readonly bytes?: number; readonly every?: "day" };
  /** Milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/** A batch is smaller unless its limits say otherwise; so much of the file is known again after a start. */
const KNOWN_BYTES = 4 * 1024 * 1024;
/** Lines that are known again; more than two batches of the usual size. */
const KNOWN_LINES = 8192;

/**
 * Appends events to a file, durably. What comes again after a crash or a time limit is not written
 * twice: the last lines are known.
 *
 * @throws the file system's error where the file cannot be opened
 */
export async function openJsonlFileSink(options: JsonlSinkOptions): Promise<AuditSink> {
  const { path, rotate = {}, now = Date.now } = options;
  const { bytes: largest = Infinity, every } = rotate;
  const dayOf = (time: number) =>
    every === "day" ? new Date(time).toISOString().slice(0, 10) : "";
  let file = await openLineFile(path);
  let day = dayOf(file.size() > 0 ? (await stat(path)).mtimeMs : now());
  let last: Promise<unknown> = Promise.resolve();
  const known = new Set<string>();
  for (const line of (await file.tail(KNOWN_BYTES)).split("\n")) remember(known, printOf(line));

  const write = async (records: readonly AuditRecord[]) => {
    const lines = new Map(records.map(({ line }) => [printOf(line), line]));
    for (const print of known) lines.delete(print);
    if (lines.size === 0) return;
    const text = [...lines.values(), ""].join("\n");
    // Between batches only, so that what may come again is in the file that is there.
    const isFull = file.size() + Buffer.byteLength(text) > largest;
    const today = dayOf(now());
    if (file.size() > 0 && (isFull || today !== day)) file = await setAside(file, path, now());
    day = today;
    await file.append(text);
    for (const print of lines.keys()) remember(known, print);
  };
  return {
    kind: "jsonl",
    deliver({ records }) {
      const written = last.then(() => write(records));
      last = written.catch(() => undefined);
      return written;
    },
    purge(ceilings) {
      // A file that was set aside holds all categories: it goes once nothing in it may be kept.
      const before = Math.min(...ceilings.map((ceiling) => ceiling.before));
      return removeSetAside(path, before);
    },
    async close() {
      await last;
      await file.close();
    },
  };
}

/** The new file is opened before the old one is let go: a failure leaves all as it was. */
async function setAside(file: LineFile, path: string, time: number): Promise<LineFile> {
  const stamp = new Date(time).toISOString().replaceAll(/[-:]/g, "");
  let aside = `${path}.${stamp}`;
  // Renaming would replace what is there.
  for (let count = 1; await exists(aside); count += 1) aside = `${path}.${stamp}-${count}`;
  await rename(path, aside);
  const next = await openLineFile(path).catch(async (error: unknown) => {
    await rename(aside, path);
    throw error;
  });
  await syncFolder(dirname(path));
  await file.close();
  return next;
}

/** What was set aside before a time holds nothing that is younger. */
async function removeSetAside(path: string, before: number): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [, year, month, day, hour, minute, second] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.\d{3}Z(?:-\d+)?$/.exec(name.slice(prefix.length)) ??
      [];
    if (year === undefined) continue;
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (time < before) await unlink(join(folder, name));
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function printOf(line: string): string {
  return createHash("sha256").update(line).digest("base64").slice(0, 22);
}

/** A set keeps the order in which things came. */
function remember(known: Set<string>, print: string): void {
  known.add(print);
  for (const oldest of known) {
    if (known.size <= KNOWN_LINES) return;
    known.delete(oldest);
  }
}

/** Opens the file that a policy names. */
export const opener: SinkOpener = ({ path = "", rotate }, { cwd, now }) =>
  openJsonlFileSink({ path: resolve(cwd, path), now, ...(rotate && { rotate }) });
