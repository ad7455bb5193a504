import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUtcClock, timeBefore } from "../../../../runtime/audit/log/utc-clock.js";

const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A clock of which time and the system's opinion of it are set apart, which may run so much too fast. */
function open(partsPerMillion = 0n) {
  let elapsed = 0n;
  let offset = 0;
  const told = () => elapsed + (elapsed * partsPerMillion) / 1_000_000n;
  const clock = createUtcClock(
    () => START + Number(told() / 1_000_000n) + offset,
    () => elapsed + 123_456_789n,
  );
  return {
    read: () => clock.now(),
    pass: (nanoseconds: bigint) => void (elapsed += nanoseconds),
    step: (milliseconds: number) => void (offset += milliseconds),
    /** What the system's clock says, in nanoseconds. */
    wall: () => BigInt(START + offset) * 1_000_000n + (told() / 1_000_000n) * 1_000_000n,
  };
}

const passing = fc.bigInt({ min: 0n, max: 5_000_000_000n }).map((pass) => ({ pass, step: 0 }));
const stepping = fc
  .integer({ min: -7_200_000, max: 7_200_000 })
  .map((step) => ({ pass: 1n, step }));

describe("the clock of the log", () => {
  it("only goes forward, whatever is done to the system's", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(passing, passing, stepping), { maxLength: 200 }), (moves) => {
        const clock = open();
        let last = clock.read();
        for (const { pass, step } of moves) {
          clock.pass(pass);
          clock.step(step);
          const next = clock.read();
          expect(next.nanoseconds).toBeGreaterThan(last.nanoseconds);
          expect(next.time > last.time).toBe(true);
          expect(next.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
          last = next;
        }
      }),
    );
  });

  it("is that of the system while that runs on, to two milliseconds", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1_000n, max: 60_000_000_000n })), (passes) => {
        const clock = open();
        for (const pass of passes) {
          clock.pass(pass);
          const { nanoseconds, clock: source } = clock.read();
          const difference = nanoseconds - clock.wall();
          expect(difference >= -2_000_000n && difference <= 2_000_000n).toBe(true);
          expect(source).toEqual({ source: "system" });
        }
      }),
    );
  });

  it("stays as near to one that drifts for hours, and takes that for no step", () => {
    const drift = fc.bigInt({ min: -500n, max: 500n });
    // From reads within a millisecond to a quarter of an hour without any; some hours in all.
    const pass = fc.oneof(
      fc.bigInt({ min: 0n, max: 1_000_000n }),
      fc.bigInt({ min: 0n, max: 1_000_000_000n }),
      fc.bigInt({ min: 0n, max: 900_000_000_000n }),
    );
    const passes = fc.array(pass, { minLength: 50, maxLength: 150 });
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(-200n, 200n), drift), passes, (partsPerMillion, all) => {
        const clock = open(partsPerMillion);
        let last = clock.read();
        let reads = 1n;
        for (const passed of all) {
          clock.pass(passed);
          const next = clock.read();
          reads += 1n;
          const difference = next.nanoseconds - clock.wall();
          // A read takes a nanosecond where time stands.
          expect(difference >= -2_000_000n && difference <= 2_000_000n + reads).toBe(true);
          expect(next.clock).toEqual({ source: "system" });
          expect(next.nanoseconds).toBeGreaterThan(last.nanoseconds);
          expect(next.time > last.time).toBe(true);
          last = next;
        }
      }),
    );
  });

  it("follows a step forward at once, and says how far the system's is off after one back", () => {
    const clock = open();
    clock.step(3_600_000);
    expect(clock.read().time).toMatch(/^2026-01-02T04:04:05\.678/);
    clock.step(-7_200_000);
    clock.pass(1_000_000_000n);
    expect(clock.read()).toMatchObject({
      time: expect.stringMatching(/^2026-01-02T04:04:06\.678/),
      clock: { source: "monotonic", offsetMilliseconds: -7_200_000 },
    });
    // Once the system's clock is set right, it counts again.
    clock.step(7_200_000);
    clock.pass(1_000_000n);
    expect(clock.read().clock).toEqual({ source: "system" });
  });

  it("stands, a nanosecond each, while the system's is behind by less than a second", () => {
    const clock = open();
    const { nanoseconds } = clock.read();
    clock.step(-500);
    expect(clock.read().nanoseconds).toBe(nanoseconds + 1n);
    expect(clock.read().nanoseconds).toBe(nanoseconds + 2n);
    clock.pass(600_000_000n);
    const later = clock.read().nanoseconds - nanoseconds;
    expect(later >= 98_000_000n && later <= 104_000_000n).toBe(true);
  });

  it("tells the time of what began before", () => {
    const clock = open();
    const moment = clock.read();
    expect(timeBefore(moment, 0)).toBe(moment.time);
    expect(timeBefore(moment, 5678.000001)).toBe("2026-01-02T03:03:59.999999999Z");
  });
});
