import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { hostNames } from "../host-apps/host-app.js";
import type { HostName } from "../host-apps/host-app.js";
import { bundleAgreement } from "./bundle-agreement.js";
import { faults } from "./faults.js";
import { lacks } from "./measure-mix.js";
import { printReport } from "./print-report.js";
import type { AgreementReport } from "./run-agreement.js";

const REQUESTS = 50_000;
/** Most planted faults show within a few thousand requests; the rarest may take more than a run has. */
const FAULT_REQUESTS = 400_000;
const FAULT_SEED = 3;
const MINUTES = 60_000;

const run = promisify(execFile);

/** Runs the harness in a process of its own, so that hosts share neither a heap nor an event loop. */
async function report(
  bundle: string,
  host: HostName,
  requests: number,
  more: readonly string[],
): Promise<AgreementReport> {
  const flags = ["--no-warnings", "--max-semi-space-size=32"];
  const options = ["--json", "--host", host, "--requests", String(requests), ...more];
  const { stdout } = await run(process.execPath, [...flags, bundle, ...options], {
    maxBuffer: 2 ** 26,
  }).catch((failed: { readonly stdout: string; readonly stderr: string }) => {
    if (failed.stdout === "") throw new Error(failed.stderr);
    return failed;
  });
  return JSON.parse(stdout);
}

describe("a handler that runs is one that the policy lets this caller run", () => {
  let bundle = "";
  beforeAll(async () => {
    bundle = await bundleAgreement("shipped");
  });

  it.concurrent.each(hostNames)(
    `for ${REQUESTS} random requests to %s`,
    async (host) => {
      const found = await report(bundle, host, REQUESTS, []);
      const printed = printReport(found);
      console.log(printed);
      expect(found.counterexample, printed).toBeUndefined();
      expect(found.mix.requests).toBe(REQUESTS);
      expect(lacks(found.mix)).toEqual([]);
    },
    10 * MINUTES,
  );
});

describe("the harness finds", () => {
  it.concurrent.each(faults.map((fault) => [fault.name, fault] as const))(
    "that %s",
    async (_, fault) => {
      const bundle = await bundleAgreement(`fault-${faults.indexOf(fault)}`, fault);
      const found = await report(bundle, fault.host, FAULT_REQUESTS, [
        "--quick",
        "--seed",
        String(FAULT_SEED),
      ]);
      expect(found.counterexample?.verdict).toEqual(expect.any(String));
    },
    10 * MINUTES,
  );

  it("a small case of what it finds", async () => {
    const fault = faults.find(({ name }) => name === "a parameter beats a literal");
    if (fault === undefined) throw new Error("the fault is gone");
    const bundle = await bundleAgreement("fault-shrunk", fault);
    const { counterexample } = await report(bundle, fault.host, FAULT_REQUESTS, [
      "--seed",
      String(FAULT_SEED),
    ]);
    // It takes a literal and a parameter at one place, and a request.
    expect(counterexample?.scenario.table.routes).toHaveLength(2);
    expect(counterexample?.trials).toHaveLength(1);
  });
});
