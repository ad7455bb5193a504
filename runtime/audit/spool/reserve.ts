import { join } from "node:path";
import { RESERVE } from "./log.js";
import { writeWhole } from "./spool-files.js";
import type { SpoolFiles } from "./spool-files.js";

/** Space that is written ahead, so that a full disk cannot silence gaps, alerts and checkpoints. */
export interface Reserve {
  isThere(): boolean;
  /** Takes what an earlier process left: where the disk is full, there is no making one. */
  adopt(): void;
  /** The log takes its file. */
  use(): void;
  /** Makes it where it is missing, or not as large as it is to be. */
  fill(): Promise<void>;
  /** When it is no longer being made. */
  filled(): Promise<void>;
}

export interface ReserveOptions {
  readonly files: SpoolFiles;
  readonly folder: string;
  readonly bytes: number;
  readonly onMissing: (error: unknown) => void;
}

const zeros = Buffer.alloc(64 * 1024);

export function createReserve({ files, folder, bytes, onMissing }: ReserveOptions): Reserve {
  const path = join(folder, RESERVE);
  const made = `${path}.new`;
  let isThere = false;
  let filling: Promise<void> | undefined;

  const make = async (): Promise<void> => {
    const names = files.list(folder);
    if (names.includes(RESERVE) && sizeOf(files, path) === bytes) {
      isThere = true;
      return;
    }
    for (const name of [`${RESERVE}.new`, RESERVE])
      if (names.includes(name)) files.remove(join(folder, name));
    const file = files.open(made, "create");
    try {
      // Zeros that are written, not a hole: only those keep their blocks.
      for (let left = bytes; left > 0; left -= zeros.length)
        writeWhole(files, file, {
          bytes: zeros.subarray(0, Math.min(left, zeros.length)),
          position: null,
        });
      await files.sync(file);
    } finally {
      files.close(file);
    }
    files.rename(made, path);
    await files.syncFolder(folder);
    isThere = true;
  };

  const tryToMake = async (): Promise<void> => {
    try {
      await make();
    } catch (error) {
      onMissing(error);
      removeIfThere(files, made);
    }
    filling = undefined;
  };

  return {
    isThere: () => isThere,
    adopt() {
      isThere = bytes > 0 && files.list(folder).includes(RESERVE);
    },
    use() {
      isThere = false;
    },
    async fill() {
      if (isThere || bytes === 0) return;
      filling ??= tryToMake();
      await filling;
    },
    async filled() {
      await filling;
    },
  };
}

function sizeOf(files: SpoolFiles, path: string): number {
  const file = files.open(path, "read");
  try {
    return files.size(file);
  } finally {
    files.close(file);
  }
}

function removeIfThere(files: SpoolFiles, path: string): void {
  try {
    files.remove(path);
  } catch {
    // It was not made.
  }
}
