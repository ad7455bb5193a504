import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Bench } from "../harness/bench.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundle = `${root}build/bench/sessions.mjs`;
const ROUNDS = 31;
const QUICK_ROUNDS = 9;

/** Where they usually are; `REDIS_PORT` and `POSTGRES_URL` say otherwise. */
const REDIS_PORT = "6379";
const POSTGRES_URL = "postgres://root@127.0.0.1:5432/test";

/** Refreshes of sessions in every store, beside a rotation by hand in the same Redis. */
export const sessions: Bench = {
  name: "sessions",
  summary: "refreshes on each store, and a plain GET/SET rotation; needs Redis and PostgreSQL",
  async run({ isQuick, note }) {
    await build({
      entryPoints: [`${root}bench/sessions/run.ts`],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "error",
    });
    note("measuring");
    const rounds = String(isQuick ? QUICK_ROUNDS : ROUNDS);
    const { REDIS_PORT: port = REDIS_PORT, POSTGRES_URL: url = POSTGRES_URL } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, [bundle, rounds, port, url]);
    const { nanoseconds, ratio, rotationAlone }: Found = JSON.parse(stdout);
    return {
      ratios: [{ name: "redis_vs_plain_rotation", value: ratio, target: { atLeast: 0.8 } }],
      tables: [
        {
          title: "refreshes a second, 64 sessions at once, the median of rounds in turn",
          head: ["rotation", "refreshes/s"],
          rows: Object.entries(nanoseconds).map(([name, each]) => [name, (1e9 / each).toFixed(0)]),
        },
        {
          title: "beside the plain rotation, without the access token of either",
          head: ["", "ratio"],
          rows: [["rotation alone", rotationAlone.toFixed(3)]],
        },
      ],
    };
  },
};

interface Found {
  readonly nanoseconds: Readonly<Record<string, number>>;
  /** Of whole refreshes, an access token included. */
  readonly ratio: number;
  readonly rotationAlone: number;
}
