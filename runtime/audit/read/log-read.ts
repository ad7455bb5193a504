import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "../spool/ledger.js";

export interface ReadToLog {
  readonly command: string;
  /** What is read, as it was named. */
  readonly from: string;
  /** Names of filters with what may be written of them: no value that tells of a person. */
  readonly filters: Readonly<Record<string, string | number | boolean>>;
}

/** A read that has its first line in the log. */
export interface LoggedRead {
  readonly id: string;
  /** Adds how it ended. @throws the file system's error */
  end(result: { readonly exitCode: number; readonly events: number }): Promise<void>;
}

/** Where the reads of a folder are kept. */
export function readLogOf(folder: string): string {
  return join(folder, "reads.jsonl");
}

/**
 * Writes, durably, that somebody is about to read an audit log, and later how that ended: two lines
 * of one id, so that a read that was killed has left its first. The file is made for its owner alone.
 *
 * @throws the file system's error where it cannot be written; Error where it is no file
 */
export async function logRead(folder: string, read: ReadToLog): Promise<LoggedRead> {
  const id = randomUUID();
  const path = readLogOf(folder);
  const { user, ...reader } = readerOf();
  const common = {
    category: "audit",
    id,
    principal: { id: user, issuer: `os:${hostname()}`, roles: [] },
  };
  const { command, from, filters } = read;
  const data = { command, filters, from, pid: process.pid, ...reader };
  await append(path, { ...common, data, type: "audit.read" });
  return {
    id,
    end: (result) => append(path, { ...common, data: result, type: "audit.read-ended" }),
  };
}

async function append(path: string, line: object): Promise<void> {
  // No link is followed, and a pipe does not make us wait for its reader.
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
  const flags = O_APPEND | O_CREAT | O_RDWR | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
  const file = await open(path, flags, 0o600);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw Object.assign(new Error("it is no file"), { code: "ENOTFILE" });
    const last = Buffer.alloc(1);
    if (status.size > 0) await file.read(last, 0, 1, status.size - 1);
    // Whatever a crash left of another line, this one is a line of its own.
    const start = status.size > 0 && last[0] !== 0x0a ? "\n" : "";
    const text = canonicalJson({ ...line, time: new Date().toISOString() });
    await file.writeFile(`${start}${text}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** The account of the system; behind `sudo`, also whose it was before, as sudo says. */
function readerOf(): { readonly user: string; readonly uid: number; readonly sudoUser?: string } {
  const sudoUser = process.env["SUDO_USER"];
  const more = sudoUser ? { sudoUser: sudoUser.slice(0, 64) } : {};
  try {
    const { username, uid } = userInfo();
    return { user: username, uid, ...more };
  } catch {
    // A container may run under a number without a name.
    const uid = process.getuid?.() ?? -1;
    return { user: String(uid), uid, ...more };
  }
}
