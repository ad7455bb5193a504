import fs from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { lockFolder } from "./lock-folder.js";

/**
 * The part of a file system that a spool needs; tests put a model of power cuts in its place. Every
 * call fails with the error of Node's `fs`.
 */
export interface SpoolFiles {
  /** Makes the folder (0700) with its parents where it is missing. */
  makeFolder(folder: string): void;
  list(folder: string): readonly string[];
  /** `create` fails where the file is there, and makes it 0600; `overwrite` is for writing at positions. */
  open(path: string, use: "create" | "overwrite" | "read"): number;
  /** Appends, or writes at `position`; returns how many bytes were taken. */
  write(file: number, bytes: Buffer, position: number | null): number;
  /** Fills `into` from `position` on; fewer bytes at the end of the file. */
  read(file: number, into: Buffer, position: number): Promise<number>;
  size(file: number): number;
  /** fdatasync(2). */
  sync(file: number): Promise<void>;
  /** fsync(2) of a folder, so that a new or gone name is durable. */
  syncFolder(folder: string): Promise<void>;
  truncate(path: string, length: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  close(file: number): void;
  /** Keeps other processes out; @throws SpoolError `locked`. Returns what lets them in again. */
  lock(folder: string): () => void;
}

const modes = { create: "wx", overwrite: "r+", read: "r" } as const;
const sync = promisify(fs.fdatasync);
const syncAll = promisify(fs.fsync);
const read = promisify(fs.read);

export const nodeFiles: SpoolFiles = {
  makeFolder: (folder) => void fs.mkdirSync(folder, { recursive: true, mode: 0o700 }),
  list: (folder) => fs.readdirSync(folder),
  open: (path, use) => fs.openSync(path, modes[use], 0o600),
  write: (file, bytes, position) => fs.writeSync(file, bytes, 0, bytes.length, position),
  async read(file, into, position) {
    return (await read(file, into, 0, into.length, position)).bytesRead;
  },
  size: (file) => fs.fstatSync(file).size,
  sync,
  async syncFolder(folder) {
    const file = fs.openSync(folder, "r");
    try {
      await syncAll(file);
    } finally {
      fs.closeSync(file);
    }
  },
  truncate: (path, length) => fs.truncateSync(path, length),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  close: (file) => fs.closeSync(file),
  lock: (folder) => lockFolder(join(folder, "lock")),
};

/** Writes all of it, however often it takes: appended, or at `position`. */
export function writeWhole(
  files: SpoolFiles,
  file: number,
  { bytes, position }: { readonly bytes: Buffer; readonly position: number | null },
): void {
  let from = 0;
  while (from < bytes.length) {
    const place = position === null ? null : position + from;
    const taken = files.write(file, from === 0 ? bytes : bytes.subarray(from), place);
    if (taken <= 0) throw Object.assign(new Error("no byte was written"), { code: "EIO" });
    from += taken;
  }
}

/** The whole of a file. */
export async function readWhole(files: SpoolFiles, path: string): Promise<Buffer> {
  const file = files.open(path, "read");
  try {
    const bytes = Buffer.allocUnsafe(files.size(file));
    let length = 0;
    while (length < bytes.length) {
      const taken = await files.read(file, bytes.subarray(length), length);
      if (taken === 0) break;
      length += taken;
    }
    return bytes.subarray(0, length);
  } finally {
    files.close(file);
  }
}
