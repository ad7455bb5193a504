import { prepareProject } from "../compile/prepare-project.js";
import { proveDriftIsFound, proveRoutesAreThere } from "../compile/prove-equal-work.js";
import { program } from "../compile/programs.js";
import { createRouteTable } from "../decide/route-table.js";
import type { Bench, BenchContext, BenchResult } from "../harness/bench.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Samples, Task } from "../harness/measure.js";
import { runOrThrow } from "../harness/run-program.js";
import type { Program } from "../harness/run-program.js";
import { pairedRatio, quantile } from "../harness/statistics.js";

const size = 10_000;
/** A round takes ten seconds instead of fifty. */
const quickSize = 2_000;

export const build: Bench = {
  name: "build",
  summary: `a policy of ${size} OpenAPI operations built, checked and type-checked`,
  async run({ isQuick, seed, note }: BenchContext): Promise<BenchResult> {
    const operations = isQuick ? quickSize : size;
    const table = createRouteTable(operations, seed);
    note(`importing ${operations} operations`);
    const folder = await prepareProject("build", table);
    const tasks = tasksIn(folder);
    // In this order each finds what it needs; from now on, all files are in the cache of the system.
    for (const { name, run } of tasks) {
      note(`once: ${name}`);
      await run();
    }
    proveRoutesAreThere(folder, table);
    note("both sides hold every operation; changing one, to see that both checks fail");
    await proveDriftIsFound(folder);
    note("measuring");
    return resultOf(
      await measureRounds(tasks, { rounds: isQuick ? 1 : 5, warmUps: 0 }),
      operations,
    );
  },
};

const names = {
  ours: "gatewright build --no-cache",
  ourBuild: "gatewright build, nothing changed",
  ourCheck: "gatewright check",
  theirs: "openapi-typescript",
  theirCheck: "openapi-typescript --check",
  ourTsc: "tsc on gatewright's output",
  union: "tsc on a hand-written union and map",
};

function tasksIn(folder: string): readonly Task[] {
  const document = ["openapi.json", "-o", "types.ts"];
  const programs: readonly (readonly [string, Program])[] = [
    [names.ours, program("gatewright", ["build", "--no-cache"], folder)],
    // Twice: the build without cache leaves no stamp.
    ["gatewright build", program("gatewright", ["build"], folder)],
    [names.ourBuild, program("gatewright", ["build"], folder)],
    [names.ourCheck, program("gatewright", ["check"], folder)],
    [names.theirs, program("openapi-typescript", document, folder)],
    [names.theirCheck, program("openapi-typescript", [...document, "--check"], folder)],
    [names.ourTsc, program("tsc", ["-p", "tsconfig.ours.json"], folder)],
    [names.union, program("tsc", ["-p", "tsconfig.union.json"], folder)],
  ];
  return programs.map(([name, each]) => ({ name, units: 1, run: () => runOrThrow(each) }));
}

function resultOf(samples: Samples, operations: number): BenchResult {
  const ratio = (theirs: string, ours: string) =>
    pairedRatio(samplesOf(samples, theirs), samplesOf(samples, ours));
  return {
    ratios: [
      {
        name: "build_vs_openapi_typescript",
        value: ratio(names.theirs, names.ours),
        target: { atLeast: 4 },
      },
      {
        // The slower of the two, both of which say that nothing has to be done.
        name: "check_vs_openapi_typescript",
        value: Math.min(
          ratio(names.theirCheck, names.ourCheck),
          ratio(names.theirCheck, names.ourBuild),
        ),
        target: { atLeast: 20 },
      },
      { name: "tsc_vs_union", value: ratio(names.ourTsc, names.union), target: { atMost: 1.5 } },
    ],
    tables: [
      {
        title: `seconds, ${operations} operations`,
        head: ["", "median", "fastest", "slowest"],
        rows: Object.values(names).map((name) => [
          name,
          ...[0.5, 0, 1].map((share) =>
            (quantile(samplesOf(samples, name), share) / 1e9).toFixed(2),
          ),
        ]),
      },
    ],
  };
}
