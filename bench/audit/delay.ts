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

/** About 7 microseconds. */
const REST_STEPS = 5000;
/** In milliseconds. A longer one was interrupted, and whatever came meanwhile waited as in a turn. */
const LONGEST_REST = 0.05;

/**
 * How long what arrives at any moment waits for the event loop, at a steady rate of events. The loop never sleeps: each
 * turn is timed, to a tenth of a microsecond, and a moment within a turn waits for its end. Between turns the loop rests
 * as if it slept, and nothing waits: turns without end made 69 of 84 collections in three seconds themselves, which were
 * 1 % of all moments, and so the pauses of this loop were measured (with rests, 1 of 15).
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
  let spun = 0;
  let total = 0;
  let cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    let last = start;
    const turn = (): void => {
      const now = performance.now();
      const isCounted = last >= begin;
      if (isCounted) {
        turns[count] = now - last;
        count += 1;
      } else if (now >= begin) {
        monitor.enable();
        cpu = process.cpuUsage();
      }
      if (now >= end || count >= turns.length - 1) {
        total = now - begin;
        resolve();
        return;
      }
      spun = rest(spun);
      last = performance.now();
      if (isCounted && last - now > LONGEST_REST) {
        turns[count] = last - now;
        count += 1;
      }
      for (const due = ((last - start) / 1000) * RATE; made < due; made += 1) {
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
    microseconds: 1000 * waitAt({ turns: turns.subarray(0, count), total }, 0.99),
    monitor: monitor.percentile(99) / 1000,
    cpu: used.user + used.system,
    made,
    spun,
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

/** Works without making anything that is to be collected; its result keeps it from being left out. */
function rest(from: number): number {
  let state = from;
  for (let step = 0; step < REST_STEPS; step += 1) state = (Math.imul(state, 31) + step) | 0;
  return state;
}

/** The wait that this share of all moments of `total` stays under: of a turn, the later part waits less. */
function waitAt(
  { turns, total }: { readonly turns: Float64Array; readonly total: number },
  share: number,
): number {
  const sorted = turns.toSorted();
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
