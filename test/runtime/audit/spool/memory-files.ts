import { basename, dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";

type Operation = "open" | "write" | "sync" | "syncFolder" | "rename" | "remove" | "truncate";

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

interface Content {
  /** What every reader sees. */
  cached: Buffer;
  /** What a power cut leaves. */
  durable: Buffer;
  /** What a sync would make durable. */
  dirty: Write[];
  /** What a failed sync left in the cache: no later sync makes it durable. */
  lost: Write[];
}

export interface MemoryOptions {
  /** Code of the error that an operation fails with. */
  readonly fault?: (operation: Operation, path: string) => string | undefined;
  /** Bytes of all files; beyond them a write takes what fits, or fails with ENOSPC. */
  readonly capacity?: () => number;
}

export interface Cut {
  /** In [0, 1). */
  readonly random: () => number;
  readonly sector: 512 | 4096;
}

export interface MemoryFiles extends SpoolFiles {
  /** What a power cut leaves; this file system fails from then on. */
  cut(cut: Cut, options?: MemoryOptions): MemoryFiles;
  /** What the end of the process leaves: all that was written. This file system fails from then on. */
  kill(options?: MemoryOptions): MemoryFiles;
  /** A copy as it is, for another history. */
  content(): ReadonlyMap<string, Buffer>;
  setOptions(options: MemoryOptions): void;
}

const EMPTY = Buffer.alloc(0);

/**
 * A file system in memory with a cache: what is written is seen at once, durable after a sync of the
 * file, and found after a power cut if its name was durable too. A cut keeps any sectors of what
 * was not synced, in no order, and any of the names that were not.
 */
export function createMemoryFiles(
  options: MemoryOptions = {},
  start: ReadonlyMap<string, Buffer> = new Map(),
): MemoryFiles {
  let { fault, capacity } = options;
  let isDead = false;
  const names = new Map<string, Content>();
  let durableNames = new Map<string, Content>();
  const open = new Map<number, { readonly path: string; readonly content: Content; at: number }>();
  let lastFile = 2;
  for (const [path, bytes] of start) {
    const content = {
      cached: Buffer.from(bytes),
      durable: Buffer.from(bytes),
      dirty: [],
      lost: [],
    };
    names.set(path, content);
    durableNames.set(path, content);
  }

  const check = (operation: Operation, path: string): void => {
    const code = isDead ? "EIO" : fault?.(operation, basename(path));
    if (code !== undefined) throw failure(code);
  };
  const contentOf = (path: string): Content => {
    const content = names.get(path);
    if (content === undefined) throw failure("ENOENT");
    return content;
  };
  const openOf = (file: number) => {
    const found = open.get(file);
    if (found === undefined) throw failure("EBADF");
    return found;
  };
  const used = () => [...names.values()].reduce((sum, { cached }) => sum + cached.length, 0);

  return {
    makeFolder() {
      if (isDead) throw failure("EIO");
    },
    list: (folder) =>
      [...names.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path)),
    open(path, use) {
      check("open", path);
      if (use === "create") {
        if (names.has(path)) throw failure("EEXIST");
        names.set(path, { cached: EMPTY, durable: EMPTY, dirty: [], lost: [] });
      }
      lastFile += 1;
      open.set(lastFile, { path, content: contentOf(path), at: 0 });
      return lastFile;
    },
    write(file, bytes, position) {
      const opened = openOf(file);
      check("write", opened.path);
      const { content } = opened;
      const at = position ?? opened.at;
      const grows = Math.max(0, at + bytes.length - content.cached.length);
      const room = capacity === undefined ? grows : Math.max(0, capacity() - used());
      const taken = bytes.length - Math.max(0, grows - room);
      if (taken <= 0) throw failure("ENOSPC");
      const written = Buffer.from(bytes.subarray(0, taken));
      content.cached = put(content.cached, { at, bytes: written });
      content.dirty.push({ at, bytes: written });
      if (position === null) opened.at += taken;
      return taken;
    },
    async read(file, into, position) {
      return openOf(file).content.cached.copy(into, 0, position);
    },
    size: (file) => openOf(file).content.cached.length,
    async sync(file) {
      const { path, content } = openOf(file);
      const writes = [...content.dirty];
      await turn();
      try {
        check("sync", path);
      } catch (error) {
        content.dirty = content.dirty.filter((write) => !writes.includes(write));
        content.lost.push(...writes);
        throw error;
      }
      content.dirty = content.dirty.filter((write) => !writes.includes(write));
      content.durable = writes.reduce(put, content.durable);
    },
    async syncFolder(folder) {
      const now = new Map(names);
      await turn();
      check("syncFolder", folder);
      durableNames = now;
    },
    truncate(path, length) {
      check("truncate", path);
      const content = contentOf(path);
      content.cached = content.cached.subarray(0, length);
      content.durable = content.durable.subarray(0, length);
      content.dirty = content.dirty.filter(({ at, bytes }) => at + bytes.length <= length);
    },
    rename(from, to) {
      check("rename", from);
      names.set(to, contentOf(from));
      names.delete(from);
    },
    remove(path) {
      check("remove", path);
      contentOf(path);
      names.delete(path);
    },
    close: (file) => void open.delete(file),
    lock: () => () => undefined,
    cut({ random, sector }, next = {}) {
      isDead = true;
      const left = new Map<string, Buffer>();
      for (const path of new Set([...names.keys(), ...durableNames.keys()])) {
        const now = names.get(path);
        const before = durableNames.get(path);
        // A change of a name that was not synced may or may not have come through.
        const content = now === before || random() < 0.5 ? now : before;
        if (content !== undefined) left.set(path, survivors(content, { random, sector }));
      }
      return createMemoryFiles(next, left);
    },
    kill(next = {}) {
      isDead = true;
      return createMemoryFiles(
        next,
        new Map([...names].map(([path, { cached }]) => [path, cached])),
      );
    },
    content: () => new Map([...names].map(([path, { cached }]) => [path, Buffer.from(cached)])),
    setOptions(changed) {
      ({ fault, capacity } = changed);
    },
  };
}

function survivors({ durable, dirty, lost }: Content, { random, sector }: Cut): Buffer {
  let left = durable;
  for (const { at, bytes } of [...lost, ...dirty]) {
    for (let from = at; from < at + bytes.length; ) {
      const to = Math.min(at + bytes.length, (Math.floor(from / sector) + 1) * sector);
      if (random() < 0.6) left = put(left, { at: from, bytes: bytes.subarray(from - at, to - at) });
      from = to;
    }
  }
  return left;
}

function put(into: Buffer, { at, bytes }: Write): Buffer {
  const made = Buffer.alloc(Math.max(into.length, at + bytes.length));
  into.copy(made);
  bytes.copy(made, at);
  return made;
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
