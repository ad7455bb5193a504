import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canTrace, expectRecovered, inTurns, openWorkshop, runChild } from "./traced-child.js";
import type { Told, Workshop } from "./traced-child.js";

// Lets system calls on the segments fail, by strace: once, for a while, and from then on. CI tries
// 60 points; SPOOL_ERROR_POINTS=1000 tries more of a longer history.
const POINTS = Number(process.env["SPOOL_ERROR_POINTS"] ?? 60);
const ROUNDS = Math.max(12, Math.ceil(POINTS / 12));
const codes = ["EIO", "ENOSPC", "EDQUOT"] as const;
const spans = [
  (from: number) => `${from}`,
  (from: number) => `${from}..${from + 4}`,
  (from: number) => `${from}+`,
];

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.close());

describe("P1, P3, P6: a system call that fails", () => {
  it.skipIf(!canTrace())(
    "acknowledges nothing that is not durable, and counts everything",
    async () => {
      const tasks = Array.from({ length: POINTS }, (_, index) => {
        const call = index % 2 === 0 ? "write" : "fdatasync";
        const code = codes[Math.floor(index / 2) % 3] ?? "EIO";
        const span = spans[Math.floor(index / 6) % 3] ?? String;
        const from = 1 + Math.floor((index / POINTS) * ROUNDS * 1.2);
        return `${call}:error=${code}:when=${span(from)}`;
      });
      let ends = { closed: 0, failed: 0, killed: 0 };
      await inTurns(tasks, async (inject) => {
        const run = { rounds: ROUNDS, releases: "none", on: "segments", inject } as const;
        const told = await runChild(workshop, run);
        ends = { ...ends, [told.end]: ends[told.end] + 1 };
        await expectCounted(told);
      });
      expect(ends.killed).toBe(0);
      expect(ends.closed).toBeGreaterThan(POINTS / 3);
      expect(ends.failed).toBeGreaterThan(0);
    },
    3_600_000,
  );
});

async function expectCounted(told: Told): Promise<void> {
  const { counts, acked, refused, end } = told;
  const events = await expectRecovered(told, ROUNDS);
  // Where the spool could not be opened, nothing was offered to it.
  if (counts === undefined) {
    expect([acked.size, refused.size, events.length]).toEqual([0, 0, 0]);
    return;
  }
  expect(counts.accepted).toBe(ROUNDS * 4);
  expect(counts.accepted).toBe(counts.durable + counts.dropped + counts.rejected);
  expect(acked.size + refused.size).toBe(ROUNDS * 3);
  expect(counts.rejected).toBe(refused.size);
  // What was refused may be found after a failure without end; what is durable is always there.
  if (end === "failed") expect(events.length).toBeGreaterThanOrEqual(counts.durable);
  else {
    expect(events).toHaveLength(counts.durable);
    expect(events.filter(({ id }) => refused.has(id))).toEqual([]);
  }
}
