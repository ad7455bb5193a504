import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import type { Stats } from "node:fs";

/** Between two looks at a file, however many requests ask. */
const PAUSE_MILLISECONDS = 1000;

export interface WatchedFile<Content> {
  /** What the file held when it was last seen to change; a look at most once a second. */
  current(): Content;
  /** Reads it now. @throws what reading throws; the former content then stays. */
  reload(): void;
}

/**
 * Reads a file now, and anew when it changes. A new file that cannot be read leaves the former content in
 * force, and `onError` hears of it once.
 *
 * @throws what reading throws
 */
export function watchFile<Content>(
  path: string,
  read: (text: string, stats: Stats) => Content,
  onError: (error: unknown) => void,
): WatchedFile<Content> {
  let seen = "";
  let lookedAt = 0;
  const take = (): Content => {
    const file = openSync(path, "r");
    try {
      const stats = fstatSync(file);
      seen = versionOf(stats);
      return read(readFileSync(file, "utf8"), stats);
    } finally {
      closeSync(file);
    }
  };
  let content = take();
  // A clock that nobody sets: it tells only how long ago the last look was.
  lookedAt = performance.now();
  return {
    current() {
      const now = performance.now();
      if (now - lookedAt < PAUSE_MILLISECONDS) return content;
      lookedAt = now;
      try {
        if (versionOf(statSync(path)) !== seen) content = take();
      } catch (error) {
        if (seen !== MISSING) onError(error);
        if (Object(error).code === "ENOENT") seen = MISSING;
      }
      return content;
    },
    reload() {
      content = take();
      lookedAt = performance.now();
    },
  };
}

const MISSING = "missing";

/** A file that is replaced by renaming another has a new inode, whatever its times are. */
function versionOf({ ino, mtimeMs, size }: Stats): string {
  return `${ino}:${mtimeMs}:${size}`;
}
