import { contenders, routerStacks } from "../decide/contenders/index.js";
import { casl } from "../decide/contenders/casl.js";
import { compileTable, gatewright } from "../decide/contenders/gatewright.js";
import { createProblem, loadContender } from "../decide/load-contender.js";
import type { Problem } from "../decide/load-contender.js";
import { createRequestMix } from "../decide/request-mix.js";
import { createRouteTable } from "../decide/route-table.js";
import type { Bench, BenchContext, BenchResult, Table } from "../harness/bench.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Samples } from "../harness/measure.js";
import { median, pairedRatio, quantile } from "../harness/statistics.js";
import { measureLoad } from "../scale/measure-load.js";

const sizes = [10, 100, 1_000, 10_000, 100_000];
const ratioSize = 10_000;

export const decide: Bench = {
  name: "decide",
  summary: "a decision on method, target and roles, gatewright and its peers on the same tables",
  async run(context) {
    const measured = new Map<number, Samples>();
    for (const size of context.isQuick ? [ratioSize] : sizes) {
      measured.set(size, await measureSize(size, context));
    }
    const growth = await measureGrowth(context);
    const result = resultOf(measured, growth);
    if (context.isQuick) return result;
    const load = await measureLoad(compileTable(createRouteTable(100_000, context.seed)));
    return { ...result, tables: [...result.tables, load] };
  },
};

/** All contenders that bear the size, each with the same requests. */
async function measureSize(size: number, context: BenchContext): Promise<Samples> {
  const problem = problemOf(size, context.seed);
  const tasks = [];
  for (const contender of contenders.filter(({ maxRoutes }) => maxRoutes >= size)) {
    context.note(`${size} routes: loading ${contender.name}`);
    tasks.push(await loadContender(contender, problem));
  }
  context.note(`${size} routes: answers are equal, measuring`);
  return measureRounds(tasks, { rounds: context.isQuick ? 11 : 31, warmUps: 5 });
}

/** gatewright alone, all sizes in the same rounds: growth is not to be mistaken for another minute. */
async function measureGrowth({ isQuick, seed, note }: BenchContext): Promise<Samples> {
  const tasks = [];
  for (const size of isQuick ? [10, 100_000] : sizes) {
    note(`growth: loading ${size} routes`);
    const task = await loadContender(gatewright, problemOf(size, seed));
    tasks.push({ ...task, name: String(size) });
  }
  return measureRounds(tasks, { rounds: isQuick ? 31 : 61, warmUps: 10 });
}

function problemOf(size: number, seed: number): Problem {
  const table = createRouteTable(size, seed);
  return createProblem(table, createRequestMix(table, seed));
}

function resultOf(measured: ReadonlyMap<number, Samples>, growth: Samples): BenchResult {
  const at = measured.get(ratioSize);
  if (at === undefined) throw new Error(`${ratioSize} routes were not measured`);
  const ours = samplesOf(at, gatewright.name);
  const byTime = routerStacks.toSorted(
    (a, b) => median(samplesOf(at, a.name)) - median(samplesOf(at, b.name)),
  );
  const fastest = byTime[0]?.name ?? "";
  return {
    tables: [
      timesTable(measured, fastest),
      growthTable(growth),
      {
        title: `fastest router with role sets at ${ratioSize} routes: ${fastest}`,
        head: [],
        rows: [],
      },
    ],
    ratios: [
      {
        name: `vs_fastest_router_${ratioSize}`,
        value: pairedRatio(samplesOf(at, fastest), ours),
        target: { atLeast: 7 },
      },
      {
        name: `vs_casl_${ratioSize}`,
        value: pairedRatio(samplesOf(at, casl.name), ours),
        target: { atLeast: 20 },
      },
      {
        name: "growth_10_to_100000",
        value: pairedRatio(samplesOf(growth, "100000"), samplesOf(growth, "10")),
        target: { atMost: 2.5 },
      },
    ],
  };
}

function timesTable(measured: ReadonlyMap<number, Samples>, fastest: string): Table {
  return {
    title: `microseconds per decision, medians, by number of routes; fastest router: ${fastest}`,
    head: ["", ...[...measured.keys()].map(String)],
    rows: contenders.map(({ name }) => [
      name,
      ...[...measured.values()].map((samples) => {
        const values = samples.get(name);
        return values === undefined ? "-" : microseconds(median(values));
      }),
    ]),
  };
}

function growthTable(growth: Samples): Table {
  return {
    title: "gatewright alone, all sizes in the same rounds",
    head: ["routes", "median", "10th", "90th percentile"],
    rows: [...growth].map(([size, values]) => [
      size,
      ...[0.5, 0.1, 0.9].map((share) => microseconds(quantile(values, share))),
    ]),
  };
}

function microseconds(nanoseconds: number): string {
  return (nanoseconds / 1000).toPrecision(3);
}
