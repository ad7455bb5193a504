import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { Stats } from "node:fs";
import { GateError } from "../gate-error.js";
import { checkRing, readRing } from "./read-ring.js";
import type { RingDocument } from "./ring-document.js";
import { watchFile } from "./watched-file.js";
import type { WatchedFile } from "./watched-file.js";

/** Opens the file of a ring, that errors call by a name; see `watchFile` for when it is read again. */
export function openRingFile(
  { path, name = path }: { readonly path: string; readonly name?: string },
  onError: (error: unknown) => void,
): WatchedFile<RingDocument> {
  const fail = failFor(name);
  const read = (text: string, stats: Stats) => {
    requirePrivate(stats, fail);
    return readRing(text, fail);
  };
  try {
    return watchFile(path, read, onError);
  } catch (error) {
    if (error instanceof GateError) throw error;
    return fail(`cannot be read: ${Object(error).code ?? "it is no file"}`);
  }
}

/** Whoever can read the keys can sign with them. Windows has no such mode, and grants by lists of its own. */
function requirePrivate({ mode, uid }: Stats, fail: (reason: string) => never): void {
  if (process.platform === "win32") return;
  if ((mode & 0o077) !== 0) fail("can be read by others: take their rights with `chmod 600`");
  if (uid !== 0 && uid !== process.getuid?.()) fail("belongs to another user");
}

/**
 * Changes the file of a ring as one step: whoever reads sees the old keys or the new ones. Of two changes at
 * a time the second fails. `change` gets undefined where there is no file yet, and gives undefined where it
 * has nothing to write; returns whether something was written.
 *
 * @throws GateError `configuration-invalid` where the file is not a ring, can be read by others or cannot be written
 */
export function changeRingFile(
  path: string,
  change: (document: RingDocument | undefined) => RingDocument | undefined,
): boolean {
  const fail = failFor(path);
  const next = `${path}.new`;
  let file: number;
  try {
    // Exclusive: the new file is the lock too, and no link that lies there is followed.
    file = openSync(next, "wx", 0o600);
  } catch (error) {
    const isTaken = Object(error).code === "EEXIST";
    return fail(isTaken ? `is being changed: \`${next}\` is there` : reasonOf(error));
  }
  let isWritten = false;
  try {
    const document = change(readExisting(path));
    if (document !== undefined) {
      writeSync(file, `${JSON.stringify(checkRing(document, fail), null, 2)}\n`);
      fsyncSync(file);
      renameSync(next, path);
      isWritten = true;
    }
  } catch (error) {
    // Of others than the file system's, whoever called hears as they are.
    if (Object(error).syscall === undefined) throw error;
    return fail(reasonOf(error));
  } finally {
    closeSync(file);
    // Once it is renamed, what has this name is the next change.
    if (!isWritten) rmSync(next, { force: true });
  }
  return isWritten;
}

function readExisting(path: string): RingDocument | undefined {
  return existsSync(path) ? openRingFile({ path }, ignore).current() : undefined;
}

/** It is read once, and what is wrong with it is thrown. */
function ignore(): void {}

function reasonOf(error: unknown): string {
  return `cannot be written: ${Object(error).code ?? "it is no file"}`;
}

function failFor(path: string): (reason: string) => never {
  return (reason) => {
    throw new GateError("configuration-invalid", `the key ring \`${path}\` ${reason}`);
  };
}
