import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { nodeFiles } from "../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../runtime/audit/spool/spool-files.js";
import { createRandom } from "../harness/random.js";
import { createLine, openWriters } from "./contenders.js";
import { openBenchSpool } from "./durable.js";
import { makeEvent } from "./make-event.js";

const MIB = 1024 * 1024;
/** What the slow disk takes in a second, and how many times that is offered. */
const DISK = 2 * MIB;
const TIMES = 10;

/** The memory that ten times as much as the disk takes costs, and what became of each event. */
export async function measureOverload(
  prepared: string,
  {
    folder,
    seed,
    seconds,
  }: { readonly folder: string; readonly seed: number; readonly seconds: number },
): Promise<Readonly<Record<string, number>>> {
  const path = join(folder, "overload");
  const lineOf = createLine((await openWriters(prepared)).straight);
  const random = createRandom(seed);
  const events = Array.from({ length: 2048 }, () => makeEvent(random));
  const spool = await openBenchSpool(path, { files: slowFiles(DISK) });
  for (const event of events) lineOf(event);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const start = performance.now();
  let peak = before;
  let offered = 0;
  let bytes = 0;
  while (performance.now() - start < seconds * 1000) {
    const due = ((performance.now() - start) / 1000) * DISK * TIMES;
    while (bytes < due) {
      const made = lineOf(events[offered % events.length] ?? {});
      bytes += made.line.length;
      offered += 1;
      spool.accept({ category: "business", ...made });
    }
    peak = Math.max(peak, process.memoryUsage.rss());
    await setTimeout(1);
  }
  await spool.close();
  const { accepted, durable, dropped, rejected } = spool.counts();
  rmSync(path, { recursive: true });
  if (accepted !== offered || accepted !== durable + dropped + rejected || dropped === 0)
    throw new Error("the counts of an overloaded spool do not add up");
  return { offered, durable, dropped, rejected, growth: (peak - before) / MIB };
}

/** Files of a disk that takes so many bytes in a second: a sync takes as long as they do. */
function slowFiles(bytesASecond: number): SpoolFiles {
  let waiting = 0;
  return {
    ...nodeFiles,
    write(file, bytes, position) {
      const taken = nodeFiles.write(file, bytes, position);
      waiting += taken;
      return taken;
    },
    async sync(file) {
      const milliseconds = (waiting / bytesASecond) * 1000;
      waiting = 0;
      await setTimeout(milliseconds);
      await nodeFiles.sync(file);
    },
  };
}
