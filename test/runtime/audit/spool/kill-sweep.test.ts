import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canTrace, expectRecovered, inTurns, openWorkshop, runChild } from "./traced-child.js";
import type { Workshop } from "./traced-child.js";

// Kills a process at its N-th write, fdatasync, rename or unlink, by strace, and compares what is
// recovered with what the process had told a pipe. CI tries 60 points; SPOOL_KILL_POINTS=1000 (or
// more) takes a longer history and tries so many, with one kill by timer for every ten.
//
// All of the spool at full size, in about half an hour on two cores:
// SPOOL_KILL_POINTS=1000 SPOOL_ERROR_POINTS=1000 SPOOL_HISTORIES=10000 SPOOL_SOAK=5000 \
//   SPOOL_HOSTILE=20000 SPOOL_BIT_ROT=full npx vitest run test/runtime/audit/spool
const POINTS = Number(process.env["SPOOL_KILL_POINTS"] ?? 60);
const ROUNDS = Math.max(30, Math.ceil(POINTS / 6));
const calls = ["write", "fdatasync", "rename", "unlink"] as const;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.close());

describe("P1: kill -9", () => {
  it.skipIf(!canTrace())(
    "at any system call leaves all that was acknowledged, and nothing that was not offered",
    async () => {
      const run = { rounds: ROUNDS, releases: "some" } as const;
      const counted = await countCalls();
      const points = calls.flatMap((call) =>
        Array.from({ length: counted[call] }, (_, index) => ({ call, when: index + 1 })),
      );
      const stride = Math.max(1, points.length / POINTS);
      const tried = Array.from(
        { length: Math.min(POINTS, points.length) },
        (_, index) => points[Math.floor(index * stride)],
      );
      // The rare ones always.
      const rare = points.filter(({ call }) => call === "rename" || call === "unlink");
      let killed = 0;
      await inTurns([...new Set([...tried, ...rare])], async (point) => {
        if (point === undefined) return;
        const inject = `${point.call}:signal=SIGKILL:when=${point.when}`;
        const told = await runChild(workshop, { ...run, inject });
        if (told.end === "killed") killed += 1;
        await expectRecovered(told, ROUNDS);
      });
      // A run of another timing may end before a late point.
      expect(killed).toBeGreaterThanOrEqual(Math.min(POINTS, points.length) * 0.9);
    },
    3_600_000,
  );

  it("at any time does so too", async () => {
    const delays = Array.from({ length: Math.ceil(POINTS / 10) }, (_, index) => (index * 7) % 40);
    await inTurns(delays, async (killAfter) => {
      const told = await runChild(workshop, { rounds: 400, releases: "some", killAfter });
      await expectRecovered(told, 400);
    });
  }, 3_600_000);
});

/** How often one run makes each call; by the thread that makes the most, for strace counts by thread. */
async function countCalls(): Promise<Readonly<Record<(typeof calls)[number], number>>> {
  const inject = `${calls.join(",")}:delay_enter=0`;
  const told = await runChild(workshop, { rounds: ROUNDS, releases: "some", inject });
  expect(told.end).toBe("closed");
  const trace = readFileSync(join(workshop.folder, "trace"), "utf8");
  rmSync(told.folder, { recursive: true });
  const count = (call: string) => {
    const threads = [...trace.matchAll(new RegExp(`^(\\d+) +${call}\\(`, "gm"))].map(
      ([, id]) => id,
    );
    return Math.max(
      0,
      ...[...new Set(threads)].map((id) => threads.filter((other) => other === id).length),
    );
  };
  return {
    write: count("write"),
    fdatasync: count("fdatasync"),
    rename: count("rename"),
    unlink: count("unlink"),
  };
}
