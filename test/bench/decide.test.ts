import { describe, expect, it } from "vitest";
import { analyse } from "gatewright";
import { loadSnapshot } from "@gatewright/runtime";
import { benches } from "../../bench/benches/index.js";
import { contenders } from "../../bench/decide/contenders/index.js";
import { loadContender } from "../../bench/decide/load-contender.js";
import { policySources } from "../../bench/decide/policy-sources.js";
import { expectedAnswers } from "../../bench/decide/reference.js";
import { createRequestMix } from "../../bench/decide/request-mix.js";
import { createRouteTable } from "../../bench/decide/route-table.js";

const table = createRouteTable(100, 5);
const mix = createRequestMix(table, 5);
const expected = expectedAnswers(table, mix);

describe("the benchmarks", () => {
  it("have names of their own", () => {
    const names = benches.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["decide", "build", "scale"]));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("the route table", () => {
  it.each([10, 100, 5000])("has exactly %d routes, no two alike", (size) => {
    const ids = createRouteTable(size, 1).routes.map(({ method, pattern }) => method + pattern);
    expect(ids).toHaveLength(size);
    expect(new Set(ids).size).toBe(size);
  });

  it("compiles without a mistake", () => {
    const { diagnostics, snapshot } = analyse(policySources(table));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(snapshot && loadSnapshot(snapshot).source.routes).toHaveLength(100);
  });
});

describe("the request mix", () => {
  it("holds what passes, what is refused and what meets no route", () => {
    const passing = expected.filter((answer) => answer !== -1 && (answer & 1) === 1);
    const stray = expected.filter((answer) => answer === -1);
    for (const part of [passing, stray])
      expect(part.length).toBeGreaterThan(mix.requests.length / 10);
    expect(passing.length + stray.length).toBeLessThan(mix.requests.length * 0.9);
    expect(mix.requests.some(({ target }) => target.includes("?"))).toBe(true);
    expect(mix.requests.some(({ target }) => target.includes("%20"))).toBe(true);
  });
});

describe("every contender", () => {
  it.each(contenders.map((contender) => [contender.name, contender] as const))(
    "%s answers as the reference does",
    async (_, contender) => {
      const task = await loadContender(contender, { table, mix, expected });
      expect(task.units).toBeGreaterThan(0);
    },
  );

  it("is stopped where it does not", async () => {
    const wrong = expected.with(3, 12_345);
    const [contender] = contenders;
    const loading = contender && loadContender(contender, { table, mix, expected: wrong });
    await expect(loading).rejects.toThrow("where the reference answers 12345");
  });
});
