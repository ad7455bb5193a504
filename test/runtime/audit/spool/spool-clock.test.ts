import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClock } from "../../../../runtime/audit/spool/clock.js";
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

describe("a clock that drifts, as all do", () => {
  /** Milliseconds between two looks at it: often, and up to ten minutes; some hours in all. */
  const passing = fc.array(
    fc.oneof(
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 600_000, noNaN: true }),
    ),
    { minLength: 50, maxLength: 150 },
  );
  const drifting = fc.oneof(
    fc.constantFrom(-200e-6, 200e-6),
    fc.double({ min: -500e-6, max: 500e-6, noNaN: true }),
  );

  it("is never said to step", () => {
    fc.assert(
      fc.property(drifting, passing, (drift, passes) => {
        const clock = openDrifting(drift);
        let last = clock.now();
        for (const pass of passes) {
          clock.pass(pass);
          expect(clock.takeStep()).toBeUndefined();
          expect(clock.now()).toBeGreaterThanOrEqual(last);
          last = clock.now();
        }
      }),
    );
  });

  it("is said to where it does, however long it drifted before", () => {
    const stepping = fc.oneof(
      fc.integer({ min: 2500, max: HOUR }),
      fc.integer({ min: -HOUR, max: -2500 }),
    );
    fc.assert(
      fc.property(drifting, passing, stepping, (drift, passes, step) => {
        const clock = openDrifting(drift);
        for (const pass of passes) {
          clock.pass(pass);
          clock.takeStep();
        }
        clock.pass(1000);
        clock.step(step);
        const { expected, to } = JSON.parse(clock.takeStep() ?? "{}");
        expect(Math.abs(to - expected - step)).toBeLessThan(1000);
        clock.pass(1000);
        expect(clock.takeStep()).toBeUndefined();
      }),
    );
  });

  it("is said to where it runs too fast for a drift", () => {
    const clock = openDrifting(0.002);
    const steps = Array.from({ length: 3600 }, () => {
      clock.pass(1000);
      return clock.takeStep();
    });
    expect(steps.filter((step) => step !== undefined).length).toBeGreaterThan(2);
  });

  it.each([-200e-6, 200e-6])(
    "by %d for hours leaves no record of a step in a spool",
    async (drift) => {
      // Twenty minutes each, and more than six hours in all.
      const { records, codes } = await runWith(
        (passed) => Math.round(passed * (1 + drift)),
        1_200_000,
      );
      expect(codes).not.toContain("clock-step");
      expect(records.filter(({ kind }) => kind === "clock")).toEqual([]);
      const numbers = records
        .filter(({ kind }) => kind === "event")
        .map(({ sequence }) => sequence);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    },
  );
});

/** A clock of which the wall's runs so much too fast. */
function openDrifting(drift: number) {
  let passed = 0;
  let offset = 0;
  const wall = () => START + Math.trunc(passed * (1 + drift)) + offset;
  return {
    ...createClock(wall, () => 77 + passed),
    pass: (milliseconds: number) => void (passed += milliseconds),
    step: (milliseconds: number) => void (offset += milliseconds),
  };
}

/** Twenty commits, so far apart by the monotonic clock. */
async function runWith(wall: (passed: number) => number, milliseconds = 500) {
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
    passed += milliseconds;
    await spool.commit({ category: "auth", id: `e-${index}`, line: "{}" });
  }
  const records = await readAll(spool);
  await spool.close();
  expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "intact" });
  return { records, codes };
}
