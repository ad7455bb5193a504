import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Below the working directory; what it holds can be removed at any time. */
const FOLDER = ".gatewright";

/** In bytes: more than this is not read back, and so not written either. */
const MAX_SIZE = 64 * 1024 * 1024;

/** What a file of the cache holds; undefined where there is none that can be used. */
export async function readCached(name: string): Promise<string | undefined> {
  try {
    if (!(await lstat(resolve(FOLDER))).isDirectory()) return undefined;
    const path = join(resolve(FOLDER), name);
    // Opening a pipe may never end.
    if (!(await lstat(path)).isFile()) return undefined;
    const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await handle.stat();
      return size > MAX_SIZE ? undefined : await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * Keeps a text for later: whole under another name first, then renamed. A cache that cannot be written
 * costs time and nothing else, so that is no fault.
 */
export async function writeCached(name: string, text: string): Promise<void> {
  if (Buffer.byteLength(text) > MAX_SIZE) return;
  const root = resolve(FOLDER);
  const draft = join(root, `${randomUUID()}.tmp`);
  try {
    await mkdir(root, { recursive: true });
    if (!(await lstat(root)).isDirectory()) return;
    // Keeps the folder out of version control where the project's own file does not name it.
    await writeFile(join(root, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined);
    await writeFile(draft, text, { flag: "wx" });
    await rename(draft, join(root, name));
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}
