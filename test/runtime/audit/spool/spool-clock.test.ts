import { describe, expect, it } from "vitest";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import { collectAlerts, keys, openCase, readAll } from "./spool-cases.js";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1, 12);

describe("a clock that does not run as time does", () => {
  it.each([
    ["steps back one hour", (passed: number) => (passed < 5000 ? passed : passed - HOUR), 1],
    ["steps forward one hour", (passed: number) => (passed < 5000 ? passed : passed + HOUR), 1],
    [
      "steps back by a second and a bit",
      (passed: number) => (passed < 5000 ? passed : passed - 1001),
      1,
    ],
    ["repeats a leap second", (passed: number) => (passed < 5000 ? passed : passed - 1000), 1],
    ["is slewed", (passed: number) => Math.round(passed * 1.05), 0],
    ["runs well", (passed: number) => passed, 0],
  ])("that %s leaves the numbers in order, and is recorded", async (_name, wall, steps) => {
    const { records, codes } = await runWith(wall);
    expect(codes.filter((code) => code === "clock-step")).toHaveLength(steps);
    const clock = records
      .filter(({ kind }) => kind === "clock")
      .map(({ line }) => JSON.parse(line));
    expect(clock).toHaveLength(steps);
    for (const { from, to } of clock) expect([from, to].every(Number.isSafeInteger)).toBe(true);
    const numbers = records.filter(({ kind }) => kind === "event").map(({ sequence }) => sequence);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const times = records
      .filter(({ kind }) => kind === "checkpoint")
      .map(({ line }) => /^time (.*)$/m.exec(line)?.[1] ?? "");
    expect(times.length).toBeGreaterThan(15);
    expect(times).toEqual(times.toSorted());
  });

  it("that stands still is recorded, and said again for as long as it does", async () => {
    const { records, codes } = await runWith(() => 0);
    expect(codes.filter((code) => code === "clock-step").length).toBeGreaterThan(3);
    const numbers = records.filter(({ kind }) => kind === "event").map(({ sequence }) => sequence);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});

/** Twenty commits, half a second apart by the monotonic clock. */
async function runWith(wall: (passed: number) => number) {
  const files = createMemoryFiles();
  const { codes, onAlert } = collectAlerts();
  let passed = 0;
  const spool = await openCase({
    folder: "/spool",
    files,
    onAlert,
    now: () => START + wall(passed),
    monotonic: () => 77 + passed,
    checkpoint: { events: 1, seconds: 60 },
  });
  for (let index = 0; index < 20; index += 1) {
    passed += 500;
    await spool.commit({ category: "auth", id: `e-${index}`, line: "{}" });
  }
  const records = await readAll(spool);
  await spool.close();
  expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "intact" });
  return { records, codes };
}
