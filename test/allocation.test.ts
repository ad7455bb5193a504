import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { compileSnapshot, samplePolicy } from "./agreement/compile-policy.js";

const CALLS = 1_000_000;

/**
 * Runs on its own, so that nothing else allocates, with a young generation that takes all of it: what
 * the heap has grown by is then what was allocated. The built package is measured, as it is shipped.
 */
const script = `
  import { readFileSync } from "node:fs";
  import { PerformanceObserver, performance } from "node:perf_hooks";
  import { decide, loadSnapshot, maskOf, methodNumber } from ${JSON.stringify(new URL("../runtime/dist/index.js", import.meta.url).href)};

  const { serialized, requests, calls } = JSON.parse(readFileSync(0, "utf8"));
  const snapshot = loadSnapshot(serialized);
  const cases = requests.map(({ method, path, roles }) => ({
    method: methodNumber(snapshot, method),
    path,
    mask: maskOf(snapshot, roles).mask,
  }));
  const decideAll = (times) => {
    let sum = 0;
    for (let n = 0, at = 0; n < times; n += 1, at = at + 1 === cases.length ? 0 : at + 1) {
      const { method, path, mask } = cases[at];
      sum = (sum + decide(snapshot, method, path, mask)) | 0;
    }
    return sum;
  };
  const allocateAll = (times) => {
    const kept = [undefined];
    for (let n = 0; n < times; n += 1) kept[0] = [n];
    return kept;
  };
  const grownBy = (run) => {
    run(calls);
    const before = process.memoryUsage().heapUsed;
    run(calls);
    return (process.memoryUsage().heapUsed - before) / calls;
  };
  let collections = 0;
  new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({ entryTypes: ["gc"] });
  const decision = grownBy(decideAll);
  const control = grownBy(allocateAll);
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(JSON.stringify({ decision, control, collections }));
`;

describe("the integer decision", () => {
  it("allocates under one byte per call, averaged over a million calls", () => {
    const serialized = compileSnapshot(samplePolicy());
    const requests = serialized.routes.flatMap(({ id, pattern }) =>
      [[], ["clerk"], ["auditor", "manager"]].flatMap((roles) => {
        const method = id.slice(0, id.indexOf(" "));
        const path = pattern.replace(/:[^/]+|[*]+/g, "7");
        return [path, `${path}/`, `${path}/unknown`, path.toUpperCase()].map((target) => ({
          method,
          path: target,
          roles,
        }));
      }),
    );
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        "--max-semi-space-size=512",
        "--min-semi-space-size=512",
        "--input-type=module",
        "--eval",
        script,
      ],
      { input: JSON.stringify({ serialized, requests, calls: CALLS }), encoding: "utf8" },
    );
    expect(stderr).toBe("");
    const { decision, control, collections } = JSON.parse(stdout);
    console.log(`bytes per decision: ${decision}; per array of one: ${control}`);
    // The measurement itself: nothing was collected, and an allocation does show.
    expect(collections).toBe(0);
    expect(control).toBeGreaterThan(8);
    expect(decision).toBeLessThan(1);
  });
});
