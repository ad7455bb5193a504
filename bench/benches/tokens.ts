import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Bench, Table } from "../harness/bench.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundle = `${root}build/bench/tokens.mjs`;
const ROUNDS = 31;
const QUICK_ROUNDS = 9;

/**
 * Verification of access tokens, all of them different. The contenders run from sources in a process of
 * their own, since the verifier itself is no package's export.
 */
export const tokens: Bench = {
  name: "tokens",
  summary: "verified access tokens: the raw primitive, jose, jsonwebtoken, fast-jwt",
  async run({ isQuick, note }) {
    await build({
      entryPoints: [`${root}bench/tokens/run.ts`],
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
    const found: Readonly<Record<string, number>> = JSON.parse(stdout);
    const ratio = (above: string, below: string) =>
      (found[above] ?? Number.NaN) / (found[below] ?? Number.NaN);
    return {
      ratios: [
        {
          name: "hs256_vs_raw",
          value: ratio("HS256 gatewright", "HS256 raw"),
          target: { atMost: 3 },
        },
        {
          name: "ed25519_vs_raw",
          value: ratio("Ed25519 gatewright", "Ed25519 raw"),
          target: { atMost: 1.2 },
        },
        {
          name: "cache_vs_fast_jwt",
          value: ratio("fast-jwt cache", "gatewright cache"),
          target: { atLeast: 3 },
        },
      ],
      tables: [verified(found), refused(found)],
    };
  },
};

function verified(found: Readonly<Record<string, number>>): Table {
  return {
    title: "microseconds a good token, the median of rounds in turn",
    head: ["contender", "µs"],
    rows: Object.entries(found)
      .filter(([name]) => !name.includes("refused"))
      .map(([name, nanos]) => [name, (nanos / 1000).toFixed(2)]),
  };
}

/** What is told before the signature is to cost less than half of a good token, the rest at most 1.2 times. */
function refused(found: Readonly<Record<string, number>>): Table {
  return {
    title: "a refused token, as a share of a good one of the algorithm",
    head: ["why", "share"],
    rows: Object.entries(found)
      .filter(([name]) => name.includes("refused"))
      .map(([name, nanos]) => {
        const [algorithm = ""] = name.split(" ");
        return [name, (nanos / (found[`${algorithm} gatewright`] ?? Number.NaN)).toFixed(2)];
      }),
  };
}
