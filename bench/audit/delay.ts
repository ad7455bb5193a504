import { rmSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import pino from "pino";
import { createRandom } from "../harness/random.js";
import { createLine, createPino, openWriters } from "./contenders.js";
import { openBenchSpool } from "./durable.js";
import { makeEvent } from "./make-event.js";
import type { BenchEvent } from "./make-event.js";

const RATE = 5000;
const WARM_SECONDS = 1;

/**
 * How long what arrives at any moment waits for the event loop, at a steady rate of events. The loop never sleeps: each
 * turn is timed, to a tenth of a microsecond, and a moment within a turn waits for its end.
 */
export async function measureDelay(
  prepared: string,
  options: {
    readonly folder: string;
    readonly seed: number;
    readonly seconds: number;
    readonly contender: string;
  },
): Promise<Readonly<Record<string, number>>> {
  const { folder, seed, seconds, contender } = options;
  const random = createRandom(seed);
  const events = Array.from({ length: 4096 }, () => makeEvent(random));
  const { record, close } = await openContender(prepared, folder, contender);
  const turns = new Float64Array(8 * 1024 * 1024);
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  const begin = start + WARM_SECONDS * 1000;
  const end = begin + seconds * 1000;
  let count = 0;
  let made = 0;
  let cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    let last = start;
    const turn = (): void => {
      const now = performance.now();
      if (last >= begin) {
        turns[count] = now - last;
        count += 1;
      } else if (now >= begin) {
        monitor.enable();
        cpu = process.cpuUsage();
      }
      last = now;
      if (now >= end || count === turns.length) {
        resolve();
        return;
      }
      for (const due = ((now - start) / 1000) * RATE; made < due; made += 1) {
        const event = events[made % events.length];
        if (event !== undefined) record(event);
      }
      setImmediate(turn);
    };
    turn();
  });
  monitor.disable();
  const used = process.cpuUsage(cpu);
  await close();
  return {
    microseconds: 1000 * waitAt(turns.subarray(0, count), 0.99),
    monitor: monitor.percentile(99) / 1000,
    cpu: used.user + used.system,
    made,
  };
}

async function openContender(prepared: string, folder: string, contender: string) {
  const path = join(folder, contender);
  if (contender === "pino") {
    const destination = pino.destination({ dest: path, sync: false });
    const logger = createPino(destination);
    return {
      record: (event: BenchEvent) => logger.info(event),
      close: async () => {
        destination.end();
        await new Promise((resolve) => destination.once("close", resolve));
        rmSync(path);
      },
    };
  }
  const lineOf = createLine((await openWriters(prepared)).straight);
  const spool = await openBenchSpool(path);
  return {
    record: (event: BenchEvent) => {
      spool.accept({ category: "business", ...lineOf(event) });
    },
    close: async () => {
      await spool.close();
      const { accepted, durable } = spool.counts();
      if (accepted !== durable) throw new Error(`the spool kept ${durable} of ${accepted} events`);
      rmSync(path, { recursive: true });
    },
  };
}

/** The wait that this share of all moments stays under: of a turn, the later part waits less. */
function waitAt(turns: Float64Array, share: number): number {
  const sorted = turns.toSorted();
  const total = sorted.reduce((sum, each) => sum + each, 0);
  const budget = total * (1 - share);
  // Moments that wait longer than x are those in the part of each turn before its last x.
  let longer = 0;
  for (let index = sorted.length - 1; index >= 0; index -= 1) {
    const count = sorted.length - index;
    const here = sorted[index] ?? 0;
    longer += here;
    const below = sorted[index - 1] ?? 0;
    if (longer - count * below >= budget) return (longer - budget) / count;
  }
  return 0;
}
