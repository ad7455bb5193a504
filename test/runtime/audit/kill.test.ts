import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeliveryCounts } from "@gatewright/runtime/audit/delivery";
import Database from "better-sqlite3";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webhook } from "./http-protocols.js";
import { startReceiver } from "./http-receiver.js";
import type { Posted } from "./http-receiver.js";
import type { KilledSettings } from "./killed-delivery.js";
import { createRecords } from "./memory-log.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const EVENTS = 60;
/** How many processes are killed at a time that nobody chose; the full size is 1 000. */
const KILLS = Number(process.env["GATEWRIGHT_AUDIT_KILLS"] ?? 10);
/** Of the steps of a delivery, each so manieth is a kill point; 1 is the full sweep. */
const STRIDE = KILLS >= 1000 ? 1 : 9;

let folder = "";
let script = "";
beforeAll(async () => {
  // Inside the repository, where Node finds the driver.
  mkdirSync(join(root, "build"), { recursive: true });
  folder = mkdtempSync(join(root, "build", "audit-"));
  script = join(folder, "killed-delivery.mjs");
  const { exports } = JSON.parse(readFileSync(join(root, "runtime/package.json"), "utf8"));
  const doors = Object.entries<{ readonly default?: string }>(exports).flatMap(([door, target]) => {
    const path = target.default?.replace(/^\.\/dist\/(.*)\.js$/, "runtime/$1.ts");
    const name = `@gatewright/runtime${door.slice(1)}`;
    return path === undefined ? [] : [[name, join(root, path)] as const];
  });
  await build({
    entryPoints: [join(root, "test/runtime/audit/killed-delivery.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: script,
    alias: Object.fromEntries(doors),
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly steps: number;
  readonly counts: Readonly<Record<string, DeliveryCounts>>;
}

/** A receiver and a folder over which processes come and go. */
async function openDesk() {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-kill-"));
  const { lines, ...receiver } = webhook.createReceiver();
  const server = await startReceiver(receiver);
  const run = async (killAt: number, killAfter?: number): Promise<Report | undefined> => {
    const settings: KilledSettings = { folder, url: server.url, events: EVENTS, killAt };
    const child = fork(script, [JSON.stringify(settings)]);
    let report: Report | undefined;
    child.on("message", (message: Partial<Report>) => {
      if (message.counts !== undefined) report = message as Report;
      else if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    const [code, signal] = await once(child, "exit");
    if (signal === "SIGKILL") return undefined;
    expect(code).toBe(0);
    return report;
  };
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  };
  return { folder, posted: server.posted, lines, run, close };
}

type Desk = Awaited<ReturnType<typeof openDesk>>;

const wanted = createRecords(EVENTS).map(({ line }) => line);
const all = {
  durable: EVENTS,
  delivered: EVENTS,
  pending: 0,
  deadLettered: 0,
  missed: 0,
  fellBack: 0,
};

/** All is there, nothing that never was, and what came again came in the batch that it came in first. */
function expectAll({ folder, posted, lines }: Desk, report: Report | undefined, kills: number) {
  expect(readFileSync(join(folder, "audit.jsonl"), "utf8")).toBe(`${wanted.join("\n")}\n`);
  const database = new Database(join(folder, "audit.db"), { readonly: true });
  const rows = database.prepare("SELECT line FROM audit_events ORDER BY place").pluck().all();
  database.close();
  expect(rows).toEqual(wanted);
  // The receiver knows batches again by their keys alone.
  expect(lines).toEqual(wanted);
  expect(posted.length - new Set(posted.map(keyOf)).size).toBeLessThanOrEqual(kills);
  expect(report?.counts).toEqual({ jsonl: all, sqlite: all, webhook: all });
}

const keyOf = ({ headers }: Posted) => headers["webhook-id"];

describe("P4: a delivery that is killed", () => {
  it("at every step goes on with the very same batch, and nothing is lost, changed or invented", async () => {
    const whole = await openDesk();
    const report = await whole.run(0);
    expectAll(whole, report, 0);
    await whole.close();
    const steps = report?.steps ?? 0;
    expect(steps).toBeGreaterThan(50);
    for (let killAt = 1; killAt <= steps; killAt += STRIDE) {
      const desk = await openDesk();
      // Processes may differ by a step or two, so that the last kill may miss.
      const early = await desk.run(killAt);
      expectAll(desk, early ?? (await desk.run(0)), 1);
      await desk.close();
    }
  }, 600_000);

  it("again and again, at times that nobody chose, ends with all of it", async () => {
    for (let kills = 0; kills < KILLS; ) {
      const desk = await openDesk();
      let ownKills = 0;
      let report: Report | undefined;
      // A process that never lives for long enough gets nowhere: the last may live.
      while (report === undefined) {
        report = ownKills < 10 ? await desk.run(0, Math.random() * 250) : await desk.run(0);
        if (report === undefined) ownKills += 1;
      }
      kills += ownKills;
      expectAll(desk, report, ownKills);
      await desk.close();
    }
  }, 3_600_000);
});
