import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** A file to which whole lines are appended, by one process at a time. */
export interface LineFile {
  /** Durable when it resolves; where it rejects, nothing of it is kept. One after another. */
  append(text: string): Promise<void>;
  /** Bytes of the whole lines. */
  size(): number;
  /** The last `bytes` of them at most, from the beginning of a line on. */
  tail(bytes: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the file, which is made, readable for its owner alone, where it is missing. A last line
 * without its line feed is what a crash left of a write that nobody was told of: it is cut off.
 *
 * @throws the file system's error
 */
export async function openLineFile(path: string): Promise<LineFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "a+", 0o600);
  try {
    const { size } = await file.stat();
    let length = await wholeLines(file, size);
    if (length < size) await file.truncate(length);
    await syncFolder(dirname(path));
    let isTorn = false;
    let last: Promise<unknown> = Promise.resolve();

    const write = async (bytes: Buffer) => {
      try {
        if (isTorn) await file.truncate(length);
        isTorn = true;
        for (let at = 0; at < bytes.length; ) {
          at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
        }
        await file.datasync();
        length += bytes.length;
        isTorn = false;
      } catch (error) {
        // Now where that is possible, else before the next write.
        await file.truncate(length).catch(() => undefined);
        throw error;
      }
    };
    return {
      append(text) {
        const bytes = Buffer.from(text);
        const appended = last.then(() => write(bytes));
        last = appended.catch(() => undefined);
        return appended;
      },
      size: () => length,
      tail: (bytes) => readTail(file, length, bytes),
      async close() {
        await last;
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A new or gone name is durable after that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const CHUNK = 64 * 1024;

async function wholeLines(file: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const feed = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (feed !== -1) return start + feed + 1;
    end = start;
  }
  return 0;
}

async function readTail(file: FileHandle, size: number, bytes: number): Promise<string> {
  const start = Math.max(0, size - bytes);
  const chunk = Buffer.alloc(size - start);
  const { bytesRead } = await file.read(chunk, 0, chunk.length, start);
  const text = chunk.subarray(0, bytesRead);
  return text.subarray(start === 0 ? 0 : text.indexOf(0x0a) + 1).toString();
}
