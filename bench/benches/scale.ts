import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { program, workFolder } from "../compile/programs.js";
import { compileTable, gatewright } from "../decide/contenders/gatewright.js";
import { createProblem, loadContender } from "../decide/load-contender.js";
import { policySources } from "../decide/policy-sources.js";
import { createRequestMix } from "../decide/request-mix.js";
import { createRouteTable } from "../decide/route-table.js";
import type { RouteTable } from "../decide/route-table.js";
import type { Bench, BenchContext, BenchResult, Table } from "../harness/bench.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import { runOrThrow } from "../harness/run-program.js";
import { median } from "../harness/statistics.js";
import { measureLoad } from "../scale/measure-load.js";

const size = 100_000;
/** Of all, printing the files takes the longest: 20 000 routes fit into half a minute. */
const quickSize = 20_000;

export const scale: Bench = {
  name: "scale",
  summary: `${size} routes built, loaded and decided, with time and memory; no ratios`,
  async run({ isQuick, seed, note }: BenchContext): Promise<BenchResult> {
    const table = createRouteTable(isQuick ? quickSize : size, seed);
    note(`building ${table.routes.length} routes`);
    const built = await buildTable(table);
    note("loading");
    const loaded = await measureLoad(compileTable(table));
    note("deciding");
    const problem = createProblem(table, createRequestMix(table, seed));
    const task = await loadContender(gatewright, problem);
    const samples = await measureRounds([task], { rounds: 21, warmUps: 10 });
    const time = median(samplesOf(samples, task.name));
    const decided: Table = {
      title: `${problem.mix.requests.length} requests, each answered as expected`,
      head: ["", ""],
      rows: [["a decision", `${(time / 1000).toPrecision(3)} microseconds`]],
    };
    return { ratios: [], tables: [built, loaded, decided] };
  },
};

/** By the command, from YAML on disk to TypeScript on disk. */
async function buildTable(table: RouteTable): Promise<Table> {
  const folder = join(workFolder, "scale");
  rmSync(folder, { recursive: true, force: true });
  for (const { path, text } of policySources(table)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const memory = join(folder, "memory.txt");
  const start = performance.now();
  await runOrThrow({
    ...program("gatewright", ["build", "--no-cache"], folder),
    flags: ["--import", new URL("../scale/peak-memory.js", import.meta.url).href],
    environment: { PEAK_MEMORY_FILE: memory },
  });
  const seconds = (performance.now() - start) / 1000;
  const megabytes = (Number(readFileSync(memory, "utf8")) * 1024) / 1e6;
  return {
    title: `gatewright build, ${table.routes.length} routes`,
    head: ["", ""],
    rows: [
      ["time", `${seconds.toFixed(1)} s`],
      ["memory at its peak", `${megabytes.toFixed(0)} MB`],
    ],
  };
}
