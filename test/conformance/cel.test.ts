import { describe, expect, it } from "vitest";
import { runCel } from "./run-cel.js";

describe("the core of the CEL specification", async () => {
  const report = await runCel();

  it("is answered right by both back ends wherever it is accepted", () => {
    expect(report.wrong).toEqual([]);
  });

  it("is accepted, but for what the documentation lists", () => {
    expect(report.total).toBeGreaterThan(1000);
    expect(report.accepted + report.refused.length).toBe(report.total);
    expect(report.accepted / report.total).toBeGreaterThanOrEqual(0.95);
  });
});
