import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { verifySpool } from "@gatewright/runtime/audit/spool";
import Database from "better-sqlite3";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KilledService } from "./killed-service.js";
import { signer, tokenOf } from "./log-desk.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
/** How many processes are killed under load; the full size is 1 000: `GATEWRIGHT_LOG_KILLS=1000 npx vitest run test/runtime/audit/log/log-kill.test.ts`. */
const KILLS = Number(process.env["GATEWRIGHT_LOG_KILLS"] ?? 8);
const CLIENTS = 8;

let folder = "";
let script = "";
beforeAll(async () => {
  // Inside the repository, where Node finds the packages.
  mkdirSync(join(root, "build"), { recursive: true });
  folder = mkdtempSync(join(root, "build", "audit-log-"));
  script = join(folder, "killed-service.mjs");
  const { exports } = JSON.parse(readFileSync(join(root, "runtime/package.json"), "utf8"));
  const doors = Object.entries<{ readonly default?: string }>(exports).flatMap(([door, target]) => {
    const path = target.default?.replace(/^\.\/dist\/(.*)\.js$/, "runtime/$1.ts");
    return path === undefined
      ? []
      : [[`@gatewright/runtime${door.slice(1)}`, join(root, path)] as const];
  });
  await build({
    entryPoints: [join(root, "test/runtime/audit/log/killed-service.ts")],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outfile: script,
    alias: Object.fromEntries(doors.toSorted(([one], [other]) => other.length - one.length)),
    logLevel: "error",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly type: string;
  readonly id: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly outcome?: string;
  readonly category: string;
}

it(
  "loses no decision and no answer of a durable category, however often the process is killed",
  async () => {
    const cwd = mkdtempSync(join(folder, "cwd-"));
    const settings: KilledService = { cwd, keys: String(signer.jwk["k"]) };
    const authorization = `Bearer ${tokenOf("clerk")}`;
    const answers = new Set<string>();
    const durableAnswers = new Set<string>();

    /** One client after another request, until the service is gone. */
    const hammer = async (url: string) => {
      for (let turn = 0; ; turn += 1) {
        const isDurable = turn % 2 === 0;
        try {
          const response = await fetch(`${url}/orders/7${isDurable ? "/refund" : ""}`, {
            method: isDurable ? "POST" : "GET",
            headers: { authorization },
          });
          if (response.status !== 200) throw new Error(`answered with ${response.status}`);
          const into = isDurable ? durableAnswers : answers;
          into.add(String(response.headers.get("x-request-id")));
          await response.text();
        } catch (error) {
          if (/answered with/.test(String(error))) throw error;
          return;
        }
      }
    };
    const start = async () => {
      const child = fork(script, [JSON.stringify(settings)]);
      const [{ url }] = await Promise.race([
        once(child, "message") as Promise<[{ readonly url: string }]>,
        once(child, "exit").then(([code]) => {
          throw new Error(`the service ended with ${code}`);
        }),
      ]);
      return { child, url };
    };
    for (let round = 0; round < KILLS; round += 1) {
      const { child, url } = await start();
      const clients = Array.from({ length: CLIENTS }, () => hammer(url));
      const before = answers.size + durableAnswers.size;
      // On a busy machine too, some answers are out when it ends.
      while (answers.size + durableAnswers.size < before + 2 * CLIENTS) await wait(5);
      await wait(Math.random() * 100);
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await Promise.all([gone, ...clients]);
    }
    const { child } = await start();
    const told = once(child, "message");
    const ended = once(child, "exit");
    child.send("end");
    const [{ counts }] = await told;
    expect(await ended).toEqual([0, null]);

    const { accepted, durable, dropped, rejected, pending, open } = counts;
    expect(accepted).toBe(durable + dropped + rejected + pending);
    expect([dropped, rejected, open]).toEqual([0, 0, 0]);

    const table = new Database(join(cwd, "data/events.sqlite"), { readonly: true });
    const rows = table.prepare("SELECT id, line FROM audit_events ORDER BY place").all();
    table.close();
    const lines = rows.map((row): Line => JSON.parse(Object(row).line));
    const inFile = readFileSync(join(cwd, "data/events.jsonl"), "utf8").trimEnd().split("\n");
    expect(new Set(inFile)).toEqual(new Set(rows.map((row) => Object(row).line)));

    const requests = lines.filter(({ type }) => type === "request");
    const decisions = lines.filter(({ type }) => type === "decision");
    const closed = new Set(requests.map(({ id }) => id));
    expect(closed.size).toBe(requests.length);
    expect([...durableAnswers].filter((id) => !closed.has(id))).toEqual([]);
    // A request of an accepted category is recorded once its answer has left: of each client, a kill may take the last.
    const unrecorded = [...answers].filter((id) => !closed.has(id));
    expect(unrecorded.length).toBeLessThanOrEqual(KILLS * CLIENTS);
    expect(decisions.filter(({ id }) => !closed.has(id))).toEqual([]);
    const decided = new Set(decisions.map(({ id }) => id));
    const isMissing = ({ id, category }: Line) => category === "auth" && !decided.has(id);
    expect(requests.filter(isMissing)).toEqual([]);
    const unknown = requests.filter(({ outcome }) => outcome === "unknown");
    expect(unknown.filter(({ id }) => !decided.has(id))).toEqual([]);

    for (const epoch of new Set(lines.map((line) => line.epoch))) {
      const numbers = lines.filter((line) => line.epoch === epoch).map(({ sequence }) => sequence);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
    const report = await verifySpool(join(cwd, "audit/spool"), { keys: [] });
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe("intact");
    console.log(
      `${KILLS} kills: ${durableAnswers.size + answers.size} answers, ${unrecorded.length} of accepted ones unrecorded, ${decisions.length} decisions, ${unknown.length} unknown outcomes`,
    );
  },
  60_000 + KILLS * 5_000,
);
