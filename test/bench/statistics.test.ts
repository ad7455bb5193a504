import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, pairedRatio, quantile } from "../../bench/harness/statistics.js";

const numbers = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 50 });

describe("median", () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 2, 4, 8], 6],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("has as many values below as above, and changes no list", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const before = [...values];
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
        expect(values).toEqual(before);
      }),
    );
  });

  it("of nothing is an error", () => {
    expect(() => median([])).toThrow("no values");
  });
});

describe("quantile", () => {
  it("goes from the smallest to the largest, linearly in between", () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantile([40, 10, 20], share))).toEqual([
      10, 15, 20, 40,
    ]);
  });
});

describe("pairedRatio", () => {
  it("compares within each round, so that a slow round of both sides changes nothing", () => {
    expect(pairedRatio([20, 2000, 20], [10, 1000, 10])).toBe(2);
    fc.assert(
      fc.property(numbers, fc.integer({ min: 2, max: 9 }), (ours, factor) => {
        expect(
          pairedRatio(
            ours.map((value) => value * factor),
            ours,
          ),
        ).toBeCloseTo(factor, 10);
      }),
    );
  });

  it("wants both sides of every round", () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow("rounds");
  });
});
