import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { doubleText, intText } from "../../../runtime/audit/events/number-text.js";

const edges = [0, 9, 10, 99, 100, 999, 1000, 1001, 9999, 999_999, 1e6, 1_000_001, 999_999_999, 1e9];

describe("the text of a number", () => {
  it("is that of JSON, for an integer", () => {
    const near = edges.flatMap((edge) => [edge - 1, edge, edge + 1, -edge]);
    for (const value of near) expect(intText(value)).toBe(JSON.stringify(value));
    const integer = fc.oneof(fc.maxSafeInteger(), fc.nat(2_000_000_000));
    fc.assert(fc.property(integer, (value) => intText(value) === JSON.stringify(value)));
  });

  it("is that of JSON, for any finite number", () => {
    for (const value of [
      -0,
      0.5,
      0.001,
      0.0005,
      0.1 + 0.2,
      1e21,
      5e-324,
      999_999.999,
      999_999.9995,
    ]) {
      expect(doubleText(value)).toBe(JSON.stringify(value));
    }
    const finite = fc.double({ noDefaultInfinity: true, noNaN: true });
    fc.assert(fc.property(finite, (value) => doubleText(value) === JSON.stringify(value)));
  });

  it("is that of JSON, for decimals and what is next to them", () => {
    const decimal = fc
      .tuple(fc.integer({ min: -2e9, max: 2e9 }), fc.constantFrom(1, 10, 100, 1000, 10_000))
      .map(([digits, divisor]) => digits / divisor);
    const step = fc.constantFrom(-2, -1, 0, 1, 2);
    fc.assert(
      fc.property(decimal, step, (value, steps) => {
        const next = value * (1 + steps * Number.EPSILON);
        return doubleText(next) === JSON.stringify(next);
      }),
      { numRuns: 5000 },
    );
  });
});
