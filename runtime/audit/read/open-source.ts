import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { segmentNumbers } from "../spool/segment-header.js";
import { openJsonlSource } from "./jsonl-source.js";
import { AuditReadError } from "./read-error.js";
import type { AuditSource } from "./source.js";
import { openSpoolSource } from "./spool-source.js";

const SQLITE_MAGIC = Buffer.from("SQLite format 3\0");

/**
 * Finds out what a path is: an audit folder (its `spool/`, or without one its `requests.jsonl`), the
 * folder of a spool, a SQLite file, or a JSONL file with those that were set aside beside it.
 *
 * @throws AuditReadError where it is none of them; GateError for SQLite without a driver
 */
export async function openAuditSource(path: string): Promise<AuditSource> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    if (found.isDirectory()) return await openFolder(path);
    if (!found.isFile()) throw new AuditReadError(`\`${path}\` is neither a file nor a folder`);
    if (!(await isSqlite(path))) return openJsonlSource(path);
  } catch (error) {
    throw error instanceof AuditReadError ? error : unreadable(path, error);
  }
  const { openSqliteSource } = await import("./sqlite-source.js");
  return openSqliteSource(path);
}

/** The folder of the spool that a path means, or undefined where it has none. */
export async function findSpool(path: string): Promise<string | undefined> {
  for (const folder of [path, join(path, "spool")]) {
    const names = await readdir(folder).catch(() => []);
    if (segmentNumbers(names).length > 0) return folder;
  }
  return undefined;
}

async function openFolder(path: string): Promise<AuditSource> {
  const spool = await findSpool(path);
  if (spool !== undefined) return openSpoolSource(spool);
  const names = await readdir(path);
  if (names.includes("requests.jsonl")) return openJsonlSource(join(path, "requests.jsonl"));
  const others = names.filter((name) => /\.(?:jsonl|ndjson|db|sqlite3?)$/.test(name));
  const other = others.toSorted().find((name) => name !== "reads.jsonl");
  throw new AuditReadError(
    `there is no audit log in \`${path}\``,
    other === undefined
      ? "write `--from PATH` with the folder or file that `audit` of the policy names"
      : `write \`--from ${join(path, other)}\` to read that file`,
  );
}

async function isSqlite(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const head = Buffer.alloc(SQLITE_MAGIC.length);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return bytesRead === head.length && head.equals(SQLITE_MAGIC);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, error: unknown): AuditReadError {
  const { code } = Object(error);
  if (code === "ENOENT")
    return new AuditReadError(
      `there is no file or folder \`${path}\``,
      "write `--from PATH` with the folder or file that `audit` of the policy names",
    );
  if (code === "EACCES" || code === "EPERM")
    return new AuditReadError(
      `\`${path}\` cannot be read (${code})`,
      "audit files are readable for their owner alone: run this as the user of the service",
    );
  return new AuditReadError(`\`${path}\` cannot be read (${code ?? "unknown"})`);
}
