import { parseArgs } from "node:util";
import { hostNames } from "../host-apps/host-app.js";
import { lacks } from "./measure-mix.js";
import { printReport } from "./print-report.js";
import { runAgreement } from "./run-agreement.js";

/** Below that many requests the shares of a mix say nothing. */
const ENOUGH_FOR_A_MIX = 10_000;

const { values } = parseArgs({
  options: {
    /** One host or several; all of them by default. */
    host: { type: "string", multiple: true, default: [...hostNames] },
    /** For each host. */
    requests: { type: "string", default: "50000" },
    seed: { type: "string" },
    /** Tells what is wrong as it was found, without looking for a smaller case. */
    quick: { type: "boolean", default: false },
    /** Reports as JSON, one a line. */
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const unknown = values.host.find((name) => !hostNames.some((host) => host === name));
if (unknown !== undefined || !Number.isSafeInteger(seed) || !(Number(values.requests) > 0)) {
  throw new Error(`--host ${hostNames.join("|")} --requests <number> --seed <number>`);
}
for (const host of hostNames.filter((name) => values.host.includes(name))) {
  const { quick } = values;
  const report = await runAgreement({ host, requests: Number(values.requests), seed, quick });
  process.stdout.write(`${values.json ? JSON.stringify(report) : printReport(report)}\n`);
  const isThin = report.mix.requests >= ENOUGH_FOR_A_MIX && lacks(report.mix).length > 0;
  if (report.counterexample !== undefined || isThin) process.exitCode = 1;
}
