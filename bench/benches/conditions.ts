import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Bench } from "../harness/bench.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundle = `${root}build/bench/conditions.mjs`;
const ROUNDS = 31;
const QUICK_ROUNDS = 9;

/**
 * A decision with one typed ownership condition. The contenders run from sources in a process of their own,
 * since the generator's own parts are among them and no package exports those.
 */
export const conditions: Bench = {
  name: "conditions",
  summary: "an ownership condition: generated and from a bundle, by hand, CASL, @bufbuild/cel",
  async run({ isQuick, note }) {
    await build({
      entryPoints: [`${root}bench/conditions/run.ts`],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "error",
    });
    note("measuring");
    const rounds = String(isQuick ? QUICK_ROUNDS : ROUNDS);
    const { stdout } = await promisify(execFile)(process.execPath, [bundle, rounds]);
    const found: Measured = JSON.parse(stdout);
    const valueOf = (name: string) => found.ratios[name] ?? Number.NaN;
    return {
      ratios: [
        { name: "vs_bufbuild_cel", value: valueOf("vs_bufbuild_cel"), target: { atLeast: 20 } },
        { name: "vs_casl", value: valueOf("vs_casl"), target: { atLeast: 5 } },
        { name: "vs_handwritten", value: valueOf("vs_handwritten"), target: { atMost: 1.5 } },
      ],
      tables: [
        {
          title: "nanoseconds a decision, the median of rounds in turn",
          head: ["contender", "ns"],
          rows: Object.entries(found.nanoseconds).map(([name, nanos]) => [name, String(nanos)]),
        },
      ],
    };
  },
};

interface Measured {
  readonly nanoseconds: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
}
