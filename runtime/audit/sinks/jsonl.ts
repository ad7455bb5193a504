import { closeSync, mkdirSync, openSync, write as writeFile } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Sink } from "../sink.js";

/** Lines kept while the file cannot be written; what comes after is lost. */
const MAX_PENDING = 10_000;
const RETRY_MILLISECONDS = 250;

const writeBytes = promisify(writeFile);

/**
 * Appends JSON lines to a file (created with mode 0600, its folders too), in order and without
 * blocking. After a failed write the sink is failing and tries again until a write succeeds.
 *
 * @throws the file system's error where the file cannot be opened for appending.
 */
export function openJsonlSink(path: string, onError: (error: unknown) => void): Sink {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a", 0o600);
  let pending: string[] = [];
  let isFailing = false;
  let isClosing = false;
  let writing: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    let rest = Buffer.alloc(0);
    while (rest.length > 0 || pending.length > 0) {
      if (rest.length === 0) {
        rest = Buffer.from(pending.join(""));
        pending = [];
      }
      try {
        rest = rest.subarray((await writeBytes(file, rest)).bytesWritten);
        isFailing = false;
      } catch (error) {
        if (!isFailing) onError(error);
        isFailing = true;
        if (isClosing) throw error;
        await wait(RETRY_MILLISECONDS);
      }
    }
    // In the same turn as the last look at `pending`, so that no line falls between.
    writing = undefined;
  };
  const start = async (): Promise<void> => {
    if (writing === undefined && pending.length > 0) writing = drain();
    await writing;
  };
  const write = (line: string): void => {
    if (!isClosing && pending.length < MAX_PENDING) pending.push(`${line}\n`);
    // A rejection only comes while closing, and `close` reports it.
    start().catch(() => undefined);
  };
  return {
    accept: (record) => write(JSON.stringify(record)),
    write,
    isFailing: () => isFailing,
    async close() {
      isClosing = true;
      try {
        await start();
      } finally {
        closeSync(file);
      }
    },
  };
}
