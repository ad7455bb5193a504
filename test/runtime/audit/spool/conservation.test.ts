import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpoolError } from "../../../../runtime/audit/spool/spool-error.js";
import type { Cursor, FullPolicy, Spool } from "../../../../runtime/audit/spool/spool.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import type { MemoryFiles } from "./memory-files.js";
import { keys, openCase, readAll, sumOf } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

// Random traffic of every policy on disks that fill up and fail. CI runs 200 histories;
// SPOOL_SOAK=5000 (or more) is the full size.
const HISTORIES = Number(process.env["SPOOL_SOAK"] ?? 200);

const categories: Readonly<Record<string, FullPolicy>> = {
  auth: { overflow: "fail_closed", isCritical: true },
  patient: { overflow: "fail_closed", blockMilliseconds: 5 },
  access: { overflow: "drop_newest" },
  debug: { overflow: "drop_oldest" },
  spilled: { overflow: "spill" },
};

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("accept" as const, "commit" as const),
      category: fc.constantFrom(...Object.keys(categories)),
      size: fc.nat(900),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("disk" as const),
      state: fc.constantFrom("well" as const, "full" as const, "failing" as const, "odd" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const) }) },
);

describe("P3, P5: accepted = durable + dropped + rejected + pending", () => {
  it("holds at every instant on disks that fill up and fail, and to the event at rest", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          steps: fc.array(step, { minLength: 5, maxLength: 80 }),
          hard: fc.integer({ min: 4000, max: 60_000 }),
          window: fc.constantFrom(20, 1000),
          reserve: fc.constantFrom(0, 4096),
          memoryBytes: fc.integer({ min: 2000, max: 20_000 }),
        }),
        runHistory,
      ),
      { numRuns: HISTORIES },
    );
  }, 3_600_000);
});

interface History {
  readonly steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[];
  readonly hard: number;
  readonly window: number;
  readonly reserve: number;
  readonly memoryBytes: number;
}

async function runHistory({ steps, hard, window, reserve, memoryBytes }: History): Promise<void> {
  const files = createMemoryFiles();
  const spill = await openCase({ folder: "/spill", files: createMemoryFiles() });
  const spool = await openCase({
    folder: "/spool",
    files,
    categories,
    limits: { soft: hard / 2, hard, reserve },
    memoryBytes,
    window,
    spill: { commit: (event) => spill.commit({ ...event, category: "auth" }) },
    groupCommit: { milliseconds: 1, bytes: 4096 },
    checkpoint: { events: 10, seconds: 60 },
  });
  const told = { offered: 0, acked: 0, refused: 0, taken: 0, commitsTaken: 0 };
  const waiting: Promise<void>[] = [];
  let cursor: Cursor | undefined;
  for (const made of steps) {
    if (made.do === "turns") for (let left = made.count; left > 0; left -= 1) await turn();
    else if (made.do === "disk") setDisk(files, made.state);
    else if (made.do === "release") {
      cursor = (await spool.read({ from: cursor, max: 1000 })).next;
      await spool.release({ passed: [cursor], floorMilliseconds: 0 }).catch(expectSpoolError);
    } else {
      told.offered += 1;
      const { category, size } = made;
      const id = `e-${told.offered}`;
      offer(spool, { do: made.do, category, id, line: lineOf(id, size) }, { told, waiting });
    }
    expectBalance(spool, told.offered);
  }
  setDisk(files, "well");
  await spool.close().catch(expectSpoolError);
  await Promise.all(waiting);
  const counts = spool.counts();
  expectBalance(spool, told.offered);
  expect(counts.pending).toBe(0);
  expect(counts.rejected).toBe(told.refused);
  expect(counts.durable + counts.dropped).toBe(told.acked + told.taken);
  expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "intact" });
  await expectTheSame(files, spool);
  await spill.close();
}

/** What the next process makes of the record comes to the same sums. */
async function expectTheSame(files: MemoryFiles, before: Spool): Promise<void> {
  const spool = await openCase({
    folder: "/spool",
    files,
    categories: { auth: { overflow: "fail_closed" } },
  });
  expect(spool.counts()).toEqual(before.counts());
  const records = await readAll(spool);
  const gaps = records.filter(({ kind }) => kind === "gap").map(({ line }) => JSON.parse(line));
  for (const gap of gaps)
    expect(gap.count).toBeLessThanOrEqual(
      gap.to - gap.from + 1 + gap.count * Number(gap.from === 0),
    );
  await spool.close();
  expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "intact" });
}

function offer(
  spool: Spool,
  { do: how, ...event }: { do: "accept" | "commit"; category: string; id: string; line: string },
  {
    told,
    waiting,
  }: { told: { acked: number; refused: number; taken: number }; waiting: Promise<void>[] },
): void {
  if (how === "commit") {
    const settled = spool.commit(event).then(
      () => void (told.acked += 1),
      (error: unknown) => {
        expectSpoolError(error);
        told.refused += 1;
      },
    );
    waiting.push(settled);
    return;
  }
  try {
    spool.accept(event);
    told.taken += 1;
  } catch (error) {
    expectSpoolError(error);
    told.refused += 1;
  }
}

function expectBalance(spool: Spool, offered: number): void {
  const counts = spool.counts();
  expect(counts.accepted).toBe(offered);
  expect(sumOf(counts)).toBe(offered);
}

function expectSpoolError(error: unknown): void {
  expect(error).toBeInstanceOf(SpoolError);
}

function setDisk(files: MemoryFiles, state: "well" | "full" | "failing" | "odd"): void {
  const used = [...files.content().values()].reduce((sum, { length }) => sum + length, 0);
  let calls = 0;
  if (state === "well") files.setOptions({});
  else if (state === "full") files.setOptions({ capacity: () => used + 100 });
  else
    files.setOptions({
      fault(operation) {
        calls += 1;
        const isHit = state === "failing" || calls % 3 === 0;
        return isHit && (operation === "write" || operation === "sync") ? "EIO" : undefined;
      },
    });
}
