import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { openSpool } from "../../runtime/audit/spool/open-spool.js";
import type { Spool, SpoolOptions } from "../../runtime/audit/spool/spool.js";
import { createRandom } from "../harness/random.js";
import { createLine, createPino, openWriters } from "./contenders.js";
import { makeEvent } from "./make-event.js";

/** Commits in flight: requests that wait for their record. */
const AT_ONCE = 4096;
const MIB = 1024 * 1024;

export function openBenchSpool(
  folder: string,
  options: Partial<SpoolOptions> = {},
): Promise<Spool> {
  return openSpool({
    folder,
    categories: { business: { overflow: "drop_newest" } },
    limits: { soft: 4096 * MIB, hard: 8192 * MIB, reserve: 0 },
    onAlert: () => undefined,
    ...options,
  });
}

/** Durable events a second of either, each file read again afterwards. */
export async function measureDurable(
  prepared: string,
  {
    folder,
    seed,
    rounds,
  }: { readonly folder: string; readonly seed: number; readonly rounds: number },
): Promise<Readonly<Record<string, readonly number[]>>> {
  const { straight } = await openWriters(prepared);
  const lineOf = createLine(straight);
  const random = createRandom(seed);
  const events = Array.from({ length: 20_000 }, () => makeEvent(random));
  const few = events.slice(0, 1000);
  const gatewright: number[] = [];
  const others: number[] = [];
  const ours = async (): Promise<number> => {
    const path = join(folder, "spool");
    const spool = await openBenchSpool(path);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let event = events[next]; event !== undefined; event = events[next]) {
        next += 1;
        await spool.commit({ category: "business", ...lineOf(event) });
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const seconds = (performance.now() - start) / 1000;
    await requireRecords(spool, events.length);
    await spool.close();
    rmSync(path, { recursive: true });
    return events.length / seconds;
  };
  const theirs = (): number => {
    const path = join(folder, "pino.log");
    const destination = pino.destination({ dest: path, sync: true, fsync: true });
    const logger = createPino(destination);
    const start = performance.now();
    for (const event of few) logger.info(event);
    const seconds = (performance.now() - start) / 1000;
    destination.end();
    const lines = readFileSync(path, "utf8").split("\n").length - 1;
    if (lines !== few.length) throw new Error(`pino kept ${lines} of ${few.length} events`);
    rmSync(path);
    return few.length / seconds;
  };
  for (let round = -1; round < rounds; round += 1) {
    const rates =
      round % 2 === 0 ? [await ours(), theirs()] : [theirs(), await ours()].toReversed();
    if (round < 0) continue;
    gatewright.push(rates[0] ?? Number.NaN);
    others.push(rates[1] ?? Number.NaN);
  }
  return { gatewright, pino: others };
}

async function requireRecords(spool: Spool, expected: number): Promise<void> {
  let found = 0;
  let batch = await spool.read({ max: 5000 });
  while (batch.records.length > 0) {
    found += batch.records.filter(({ kind }) => kind === "event").length;
    batch = await spool.read({ from: batch.next, max: 5000 });
  }
  const { durable } = spool.counts();
  if (found === expected && durable === expected) return;
  throw new Error(`the spool kept ${found} (it says ${durable}) of ${expected} events`);
}
