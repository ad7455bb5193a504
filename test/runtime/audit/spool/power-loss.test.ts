import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Spool } from "../../../../runtime/audit/spool/spool.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import type { MemoryFiles } from "./memory-files.js";
import { keys, openCase, readAll, roomy, sumOf } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

// Random histories of one spool over several power cuts and kills, on a file system in memory.
// CI runs 500 of them; SPOOL_HISTORIES=10000 (or more) is the full size.
const HISTORIES = Number(process.env["SPOOL_HISTORIES"] ?? 500);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("accept" as const), size: fc.nat(600) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("commit" as const), size: fc.nat(600) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      skip: fc.nat(3),
      code: fc.constantFrom("EIO", "ENOSPC"),
      times: fc.constantFrom(1, 3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "release" as const }) },
);

const life = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  end: fc.oneof(
    fc.record({
      how: fc.constant("cut" as const),
      seed: fc.nat(),
      sector: fc.constantFrom(512 as const, 4096 as const),
    }),
    fc.record({ how: fc.constant("kill" as const) }),
    fc.record({ how: fc.constant("close" as const) }),
  ),
});

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

interface Offered {
  readonly id: string;
  readonly line: string;
  readonly epoch: number;
  readonly number: number;
  isAcked: boolean;
  isDelivered: boolean;
}

describe("P1, P2: a power cut", () => {
  it("takes nothing that was acknowledged, in any order of what the disk kept", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 600, max: 6000 }),
        runLives,
      ),
      { numRuns: HISTORIES },
    );
  }, 1_800_000);
});

async function runLives(lives: readonly Life[], segmentBytes: number): Promise<void> {
  let files = createMemoryFiles();
  const offered = new Map<string, Offered>();
  const limits = { ...roomy, reserve: 3000 };
  let olderCheckpoint: string | undefined;
  for (const { steps, end } of lives) {
    const spool = await openCase({ folder: "/spool", files, segmentBytes, limits });
    const waiting = steps.length > 0 ? await take(spool, steps, { files, offered }) : [];
    expect(sumOf(spool.counts())).toBe(spool.counts().accepted);
    olderCheckpoint = spool.checkpoint() ?? olderCheckpoint;
    if (end.how === "close") {
      files.setOptions({});
      await spool.close();
      await Promise.allSettled(waiting);
      olderCheckpoint = spool.checkpoint();
      files = files.kill();
    } else {
      const dead = files;
      files =
        end.how === "kill" ? dead.kill() : dead.cut({ ...end, random: createRandom(end.seed) });
      // What was not acknowledged by now never is: the file system is gone.
      const acked = [...offered.values()].filter(({ isAcked }) => isAcked).length;
      await spool.close().catch(() => undefined);
      await Promise.allSettled(waiting);
      expect([...offered.values()].filter(({ isAcked }) => isAcked)).toHaveLength(acked);
      expect(sumOf(spool.counts())).toBe(spool.counts().accepted);
      const { verdict } = await verifySpool("/spool", { keys, files, olderCheckpoint });
      expect(["intact", "torn"]).toContain(verdict);
    }
    await expectAll(files, offered, { segmentBytes, olderCheckpoint });
  }
}

/** Feeds a spool; what is returned are the commits. */
async function take(
  spool: Spool,
  steps: Life["steps"],
  { files, offered }: { readonly files: MemoryFiles; readonly offered: Map<string, Offered> },
): Promise<readonly Promise<void>[]> {
  const commits: Promise<void>[] = [];
  let number = 0;
  for (const made of steps) {
    if (made.do === "turns") for (let count = made.count; count > 0; count -= 1) await turn();
    else if (made.do === "fault") fail(files, made);
    else if (made.do === "release") await deliver(spool, offered);
    else {
      const id = `${spool.epoch}-${offered.size}`;
      const line = lineOf(id, made.size);
      number += 1;
      const known: Offered = {
        id,
        line,
        epoch: spool.epoch,
        number,
        isAcked: false,
        isDelivered: false,
      };
      offered.set(id, known);
      if (made.do === "accept") {
        expect(spool.accept({ category: "access", id, line })).toBe(number);
        continue;
      }
      const acked = spool.commit({ category: "auth", id, line }).then((given) => {
        known.isAcked = true;
        expect(given).toBe(known.number);
      });
      commits.push(acked);
      acked.catch(() => undefined);
    }
  }
  return commits;
}

/** Failures of writes and syncs, after some that succeed. */
function fail(
  files: MemoryFiles,
  { skip, times, code }: { readonly skip: number; readonly times: number; readonly code: string },
): void {
  let left = skip;
  files.setOptions({
    fault(operation) {
      if (operation !== "write" && operation !== "sync") return undefined;
      left -= 1;
      return left < 0 && left >= -times ? code : undefined;
    },
  });
}

/** What was read may go. */
async function deliver(spool: Spool, offered: ReadonlyMap<string, Offered>): Promise<void> {
  const { records, next } = await spool.read({ max: 1000 });
  for (const { id } of records) {
    const known = offered.get(id);
    if (known !== undefined) known.isDelivered = true;
  }
  await spool.release({ passed: [next], floorMilliseconds: 0 }).catch(() => 0);
}

async function expectAll(
  before: Pick<MemoryFiles, "content">,
  offered: ReadonlyMap<string, Offered>,
  { segmentBytes, olderCheckpoint }: { segmentBytes: number; olderCheckpoint: string | undefined },
): Promise<void> {
  const files = createMemoryFiles({}, before.content());
  const spool = await openCase({ folder: "/spool", files, segmentBytes });
  const records = await readAll(spool);
  const events = records.filter(({ kind }) => kind === "event");
  for (const { id, line, epoch, sequence } of events)
    expect(offered.get(id)).toMatchObject({ id, line, epoch, number: sequence });
  const ids = new Set(events.map(({ id }) => id));
  expect(ids.size).toBe(events.length);
  const acked = [...offered.values()].filter(({ isAcked, isDelivered }) => isAcked && !isDelivered);
  expect(acked.filter(({ id }) => !ids.has(id))).toEqual([]);
  // The record of how the last epoch was found bounds what may be gone.
  const heads = records
    .filter(({ kind }) => kind === "segment")
    .map(({ line }) => JSON.parse(line));
  const { opening } = heads.findLast((head) => head.opening !== null);
  const last = [...offered.values()].filter(({ epoch }) => epoch === spool.epoch - 1);
  for (const { number, isAcked } of last) {
    expect(number).toBeLessThanOrEqual(opening.upperBound);
    if (isAcked && opening.holes.length === 0)
      expect(opening.lastDurable).toBeGreaterThanOrEqual(number);
  }
  const counts = spool.counts();
  const isAllThere = [...offered.values()].every(({ isDelivered }) => !isDelivered);
  if (isAllThere) expect(counts.durable).toBe(events.length);
  expect(sumOf(counts)).toBe(counts.accepted);
  await expect(spool.commit({ category: "auth", id: "next", line: "{}" })).resolves.toBe(1);
  await spool.close();
  const report = await verifySpool("/spool", { keys, files, olderCheckpoint });
  expect(report).toMatchObject({ verdict: "intact", findings: [] });
  const expected = olderCheckpoint === undefined ? ["unchecked"] : ["proven"];
  expect(isAllThere ? expected : [...expected, "released"]).toContain(report.consistency);
}

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
