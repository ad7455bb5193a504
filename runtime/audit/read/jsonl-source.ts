import { open, readdir, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Batch } from "./audit-entry.js";
import { POLL_MILLISECONDS } from "./polling.js";
import { nextLine, readLines } from "./read-lines.js";
import type { AuditSource, Part } from "./source.js";

const PART_BYTES = 8 * 1024 * 1024;

interface Following {
  handle: FileHandle;
  name: string;
  inode: number;
  offset: number;
}

/** A JSONL file with those that its writer set aside beside it, `<path>.<time>`. */
export function openJsonlSource(path: string): AuditSource {
  const folder = dirname(path);
  const handles: FileHandle[] = [];
  let last: Following | undefined;

  const openFile = async (file: string): Promise<Following | undefined> => {
    const handle = await open(file, "r").catch(missing);
    if (handle === undefined) return undefined;
    handles.push(handle);
    const { ino } = await handle.stat();
    return { handle, name: basename(file), inode: ino, offset: 0 };
  };
  const read = async function* (file: Following, end: "ended" | "growing") {
    file.offset = yield* readLines({ ...file, from: file.offset }, end);
    if (end === "ended" && file !== last) await letGo(handles, file.handle);
  };
  // Several parts of a large file, so that its end can be read without what is before it.
  const partsOf = async (file: Following): Promise<readonly Part[]> => {
    const { size } = await file.handle.stat();
    const count = Math.max(1, Math.floor(size / PART_BYTES));
    return Array.from({ length: count }, (_, index): Part => {
      const isLast = index === count - 1;
      return async function* () {
        const from = await nextLine(file.handle, index * PART_BYTES);
        const { handle, name } = file;
        if (!isLast)
          yield* readLines({ handle, name, from, to: (index + 1) * PART_BYTES }, "growing");
        else {
          file.offset = from;
          yield* read(file, "growing");
        }
      };
    });
  };
  const unfinished: Part = async function* () {
    if (last !== undefined) yield* readUnfinished(last);
  };

  return {
    kind: "jsonl",
    folder,
    path,
    released: async () => 0,
    async parts() {
      // The present file is opened first: what is set aside meanwhile is then known by its number.
      last = await openFile(path);
      const parts: Part[] = [];
      for (const file of await listSetAside(path)) {
        const older = async function* () {
          const opened = await openFile(file);
          if (opened !== undefined && opened.inode !== last?.inode) yield* read(opened, "ended");
        };
        parts.push(older);
      }
      if (last === undefined) return parts;
      const ofLast = await partsOf(last);
      return [...parts, ...ofLast.slice(0, -1), joined(ofLast.slice(-1), unfinished)];
    },
    async *follow(signal) {
      while (!signal.aborted) {
        last ??= await openFile(path);
        if (last !== undefined) {
          const { size } = await last.handle.stat();
          if (size < last.offset) {
            yield told({ trouble: "replaced", file: last.name, at: size });
            last.offset = 0;
          }
          yield* read(last, "growing");
          const present = await stat(path).catch(missing);
          if (present !== undefined && present.ino !== last.inode) {
            yield* followOn(last);
            continue;
          }
        }
        await wait(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    },
    async close() {
      for (const handle of handles.splice(0)) await handle.close();
    },
  };

  /** The rest of a file that was set aside, then any that were set aside since, then the present one. */
  async function* followOn(old: Following): AsyncGenerator<Batch, void> {
    yield* read(old, "ended");
    const names = await listSetAside(path);
    const inodes = await Promise.all(
      names.map(async (name) => (await stat(name).catch(missing))?.ino),
    );
    const place = inodes.indexOf(old.inode);
    const next = await openFile(path);
    last = next;
    await letGo(handles, old.handle);
    for (const name of place === -1 ? [] : names.slice(place + 1)) {
      const between = await openFile(name);
      if (between !== undefined && between.inode !== next?.inode) yield* read(between, "ended");
    }
  }
}

function joined(ofLast: readonly Part[], unfinished: Part): Part {
  return async function* () {
    for (const part of [...ofLast, unfinished]) yield* part();
  };
}

/** What has no line feed yet: shown where it is a whole line, and left where it is for who follows. */
async function* readUnfinished(file: Following): AsyncGenerator<Batch, void> {
  file.offset = yield* readLines({ ...file, from: file.offset }, "ended");
}

function told(passed: Batch["passed"][number]): Batch {
  return { entries: [], passed: [passed], notes: [] };
}

async function letGo(handles: FileHandle[], handle: FileHandle): Promise<void> {
  const place = handles.indexOf(handle);
  if (place === -1) return;
  handles.splice(place, 1);
  await handle.close();
}

/** As `openJsonlFileSink` names them: their order is that of time, and of a count where it is the same. */
async function listSetAside(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .flatMap((name) => {
      if (!name.startsWith(prefix)) return [];
      const [, time, count = "0"] =
        /^(\d{8}T\d{6}\.\d{3}Z)(?:-(\d{1,9}))?$/.exec(name.slice(prefix.length)) ?? [];
      return time === undefined ? [] : [{ name, time, count: Number(count) }];
    })
    .toSorted((one, other) =>
      one.time === other.time ? one.count - other.count : one.time < other.time ? -1 : 1,
    )
    .map(({ name }) => join(dirname(path), name));
}

function missing(error: unknown): undefined {
  if (Object(error).code !== "ENOENT") throw error;
}
