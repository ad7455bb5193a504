import { readFileSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { SpoolError } from "./spool-error.js";

/**
 * A symbolic link that names its process: made in one step, so that it is never half written. A
 * process that is gone, or another one with its number, holds nothing.
 *
 * @throws SpoolError `locked`.
 */
export function lockFolder(path: string): () => void {
  const owner = `${process.pid}@${startOf(process.pid) ?? ""}`;
  for (const attempt of [1, 2]) {
    try {
      symlinkSync(owner, path);
      return () => unlinkSync(path);
    } catch (error) {
      if (attempt === 2 || !hasCode(error, "EEXIST")) throw error;
      if (isHeld(path)) throw new SpoolError("locked", "another process has the audit spool open");
      unlinkSync(path);
    }
  }
  throw new Error("unreachable: the second attempt returns or throws");
}

/** Whether a process has the spool of a folder open; for who only reads it. */
export function isSpoolOpen(folder: string): boolean {
  try {
    return isHeld(join(folder, "lock"));
  } catch {
    return false;
  }
}

function isHeld(path: string): boolean {
  const [pid = "", start = ""] = readlinkSync(path).split("@");
  const number = Number(pid);
  if (!isAlive(number)) return false;
  return start === (startOf(number) ?? start);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** When a process began, in ticks since boot: field 22 of proc(5) stat; undefined off Linux. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, field 2, may hold spaces and brackets.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
