import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { analyse, compile } from "gatewright";
import { POLICY } from "../audit/policy.js";
import type { Bench, Table } from "../harness/bench.js";
import { median, pairedRatio } from "../harness/statistics.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const work = join(root, "build/bench/audit");

const ROUNDS = { serialize: 61, durable: 7, delay: 7 };
const QUICK_ROUNDS = { serialize: 25, durable: 3, delay: 3 };

/** Events of the application: made, masked and written; kept for good; and what the event loop has of it. */
export const audit: Bench = {
  name: "audit",
  summary: "events with 25 fields, six masked: JSON.stringify, pino with redaction, fsync, async",
  async run({ isQuick, seed, note }) {
    const prepared = await prepare();
    const folder = mkdtempSync(join(work, "files-"));
    const rounds = isQuick ? QUICK_ROUNDS : ROUNDS;
    const common = { prepared, folder, seed, seconds: isQuick ? 2 : 4 };
    try {
      note("writing");
      const written = await ask<Written>({
        ...common,
        part: "serialize",
        rounds: rounds.serialize,
      });
      note("keeping");
      const kept = await ask<Kept>({ ...common, part: "durable", rounds: rounds.durable });
      note("waiting");
      const delays = await measureDelays(common, rounds.delay);
      note("overloading");
      const overload = await ask<Overload>({ ...common, part: "overload" });
      return {
        ratios: [
          {
            name: "serialize_vs_stringify",
            value: written.vsStringify,
            target: { atMost: 1 },
          },
          { name: "vs_pino_redact", value: written.vsPino, target: { atLeast: 3 } },
          {
            name: "durable_vs_pino_fsync",
            value: pairedRatio(kept.gatewright, kept.pino),
            target: { atLeast: 10 },
          },
          {
            name: "loop_delay_vs_pino_async",
            value: pairedRatio(
              delays.gatewright.map(({ microseconds }) => microseconds),
              delays.pino.map(({ microseconds }) => microseconds),
            ),
            target: { atMost: 1 },
          },
        ],
        tables: [
          writtenTable(written),
          keptTable(kept),
          delayTable(delays),
          overloadTable(overload),
        ],
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Compiles the policy, and bundles its code and the contenders from sources. */
async function prepare(): Promise<string> {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "generated"), { recursive: true });
  const common = {
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  } as const;
  const contenders = join(work, "run.mjs");
  await build({ ...common, entryPoints: [join(root, "bench/audit/run.ts")], outfile: contenders });
  const sources = [{ path: "policies/audit.yaml", text: POLICY }];
  const { files, diagnostics } = compile(sources);
  const schema = analyse(sources).snapshot?.auditSchema;
  if (schema === undefined) throw new Error(JSON.stringify(diagnostics));
  for (const { path, text } of files) writeFileSync(join(work, "generated", path), text);
  const code = join(work, "compiled.cjs");
  const door = join(root, "runtime/audit-events.ts");
  await build({
    ...common,
    format: "cjs",
    entryPoints: [join(work, "generated/audit.ts")],
    alias: { "@gatewright/runtime/abi/audit": door },
    outfile: code,
  });
  const prepared = join(work, "prepared.json");
  writeFileSync(prepared, JSON.stringify({ schema, code }));
  return prepared;
}

type Ask = Readonly<Record<string, string | number>>;

async function ask<Found>(run: Ask): Promise<Found> {
  const args = ["--expose-gc", join(work, "run.mjs"), JSON.stringify(run)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Found;
}

/** Each in a process of its own, in turn. */
async function measureDelays(common: Ask, rounds: number): Promise<Delays> {
  const delays: Delays = { gatewright: [], pino: [] };
  const contenders = ["gatewright", "pino"] as const;
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
      delays[contender].push(await ask<Delay>({ ...common, part: "delay", contender }));
  }
  return delays;
}

interface Written {
  readonly nanoseconds: Readonly<Record<string, number>>;
  readonly vsStringify: number;
  readonly vsPino: number;
  readonly similarVsStringify: number;
  readonly loopVsStringify: number;
}

interface Kept {
  readonly gatewright: readonly number[];
  readonly pino: readonly number[];
}

interface Delay {
  readonly microseconds: number;
  readonly monitor: number;
  readonly cpu: number;
  readonly made: number;
}

interface Delays {
  readonly gatewright: Delay[];
  readonly pino: Delay[];
}

interface Overload {
  readonly offered: number;
  readonly durable: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly growth: number;
}

function writtenTable(written: Written): Table {
  const at = (name: string) => written.nanoseconds[name] ?? Number.NaN;
  const names = {
    stringify: "JSON.stringify, nothing masked",
    straight: "gatewright, generated code",
    loop: "gatewright, by the snapshot alone",
    hashed: "generated code, one mask a keyed hash",
    line: "gatewright, a line to a sink",
    pino: "pino, six paths redacted, to a sink",
  };
  return {
    title: "microseconds an event, the median of rounds in turn",
    head: ["", "all values differ", "seven texts shared"],
    rows: Object.entries(names).map(([name, told]) => [
      told,
      (at(`own ${name}`) / 1000).toFixed(2),
      (at(`similar ${name}`) / 1000).toFixed(2),
    ]),
  };
}

function keptTable({ gatewright, pino }: Kept): Table {
  return {
    title: "durable events a second, the median of rounds in turn",
    head: ["contender", "events/s"],
    rows: [
      ["gatewright, spool", median(gatewright).toFixed(0)],
      ["pino, sync and fsync", median(pino).toFixed(0)],
    ],
  };
}

function middle(delays: readonly Delay[], key: keyof Delay): string {
  return median(delays.map((delay) => delay[key])).toFixed(0);
}

function delayRow(name: string, delays: readonly Delay[]): readonly string[] {
  return [name, middle(delays, "microseconds"), middle(delays, "monitor")];
}

function delayTable({ gatewright, pino }: Delays): Table {
  return {
    title:
      "microseconds that the event loop keeps waiting at 5000 events/s, 99 %, the median of processes",
    head: ["contender", "any moment", "monitorEventLoopDelay (timer of 1 ms)"],
    rows: [delayRow("gatewright, spool", gatewright), delayRow("pino, async", pino)],
  };
}

function overloadTable({ offered, durable, dropped, rejected, growth }: Overload): Table {
  return {
    title: "ten times as much as a disk of 2 MiB/s takes",
    head: ["offered", "durable", "dropped", "rejected", "growth of memory in MiB"],
    rows: [[...[offered, durable, dropped, rejected].map(String), growth.toFixed(1)]],
  };
}
