import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SerializedSnapshot } from "@gatewright/runtime";
import { workFolder } from "../compile/programs.js";
import type { Table } from "../harness/bench.js";
import { runProgram } from "../harness/run-program.js";

/** What it takes to load a snapshot that is parsed already. */
export interface LoadFigures {
  readonly milliseconds: number;
  /** What memory holds after loading and did not before, the parsed JSON left out. */
  readonly loadedBytes: number;
  /** The arrays that decisions read. */
  readonly decisionBytes: number;
  /** Of the whole process, which also read and parsed the JSON. */
  readonly peakBytes: number;
}

/** In a process of its own, where nothing else takes memory. */
export async function measureLoad(serialized: SerializedSnapshot): Promise<Table> {
  mkdirSync(workFolder, { recursive: true });
  const file = join(workFolder, "snapshot.json");
  writeFileSync(file, JSON.stringify(serialized));
  const script = fileURLToPath(new URL("load-snapshot.js", import.meta.url));
  const program = { script, args: [file], cwd: workFolder, flags: ["--expose-gc"] };
  const { code, output } = await runProgram(program);
  if (code !== 0) throw new Error(`the snapshot was not loaded: ${output.slice(-2000)}`);
  const figures: LoadFigures = JSON.parse(output);
  const count = serialized.routes.length;
  const perRoute = (bytes: number) => `${Math.round(bytes / count)} bytes per route`;
  return {
    title: `a snapshot of ${count} routes`,
    head: ["", "", ""],
    rows: [
      ["as JSON", megabytes(statSync(file).size), perRoute(statSync(file).size)],
      ["time to load, digest included", `${figures.milliseconds.toFixed(0)} ms`, ""],
      ["added by loading", megabytes(figures.loadedBytes), perRoute(figures.loadedBytes)],
      ["read by decisions", megabytes(figures.decisionBytes), perRoute(figures.decisionBytes)],
      ["the process at its peak, JSON and all", megabytes(figures.peakBytes), ""],
    ],
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
