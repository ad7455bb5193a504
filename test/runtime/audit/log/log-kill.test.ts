import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AuditLogCounts } from "@gatewright/runtime/abi/audit-log";
import { openAuditSource, readSource } from "@gatewright/runtime/audit/read";
import type { AuditEntry, LogNote } from "@gatewright/runtime/audit/read";
import { verifySpool } from "@gatewright/runtime/audit/spool";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseGap } from "../../../../runtime/audit/spool/ledger.js";
import { parseHeader } from "../../../../runtime/audit/spool/segment-header.js";
import { createOracle } from "./kill-oracle.js";
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

it(
  "loses nothing that is durable and invents nothing, however often the process is killed",
  async () => {
    const cwd = mkdtempSync(join(folder, "cwd-"));
    const oracle = createOracle(`Bearer ${tokenOf("clerk")}`);
    for (let round = 0; round < KILLS; round += 1) {
      // First the log deletes what all sinks have; what comes then is compared with them.
      const keeps = round >= KILLS / 2;
      const { child, url } = await start({ cwd, keeps });
      const clients = Array.from({ length: CLIENTS }, () => oracle.hammer(url));
      // On a busy machine too, some answers are out when it ends.
      await oracle.answered(2 * CLIENTS);
      // What is to be deleted must have been delivered, which happens in batches of 200 ms.
      await wait(Math.random() * (keeps ? 100 : 800));
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await Promise.all([gone, ...clients]);
    }
    const { child } = await start({ cwd, keeps: true });
    const told = once(child, "message") as Promise<[{ readonly counts: AuditLogCounts }]>;
    const ended = once(child, "exit");
    child.send("end");
    const [{ counts }] = await told;
    expect(await ended).toEqual([0, null]);

    const table = await readAll(join(cwd, "data/events.sqlite"));
    const kinds = oracle.check(table.entries);
    // A request of an accepted category is recorded once its answer has left: of each client, a kill may take the last.
    expect(kinds.unrecorded).toBeLessThanOrEqual(KILLS * CLIENTS);
    const types = table.entries.map(({ value }) => String(value["type"]));
    expect(types.filter((type) => /^audit\.(?:started|stopped)$/.test(type))).toEqual([
      ...Array.from({ length: KILLS + 1 }, () => "audit.started"),
      "audit.stopped",
    ]);

    const inFile = readFileSync(join(cwd, "data/events.jsonl"), "utf8").trimEnd().split("\n");
    expect(inFile).toEqual(table.entries.map(({ line }) => line));
    const spool = await readAll(join(cwd, "audit"));
    expect(spool.passed).toEqual([]);
    expect(spool.released).toBeGreaterThan(0);
    expect(spool.entries.map(placeOf)).toEqual(table.entries.slice(spool.released).map(placeOf));
    checkEpochs(table.entries, spool.notes);
    checkCounts(counts, table.entries.length - 1);

    const report = await verifySpool(join(cwd, "audit/spool"), { keys: [] });
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe("intact");
    console.log(`${KILLS} kills: ${JSON.stringify(kinds)}, ${spool.released} released`);
  },
  60_000 + KILLS * 5_000,
);

async function start(settings: Omit<KilledService, "keys">) {
  const told: KilledService = { ...settings, keys: String(signer.jwk["k"]) };
  const child = fork(script, [JSON.stringify(told)]);
  const [{ url }] = await Promise.race([
    once(child, "message") as Promise<[{ readonly url: string }]>,
    once(child, "exit").then(([code]) => {
      throw new Error(`the service ended with ${code}`);
    }),
  ]);
  return { child, url };
}

async function readAll(path: string) {
  const source = await openAuditSource(path);
  const batches = [];
  for await (const batch of readSource(source)) batches.push(batch);
  const released = await source.released();
  await source.close();
  return {
    entries: batches.flatMap(({ entries }) => entries),
    notes: batches.flatMap(({ notes }) => notes),
    passed: batches.flatMap(({ passed }) => passed),
    released,
  };
}

/** What a sink has of an event that the spool delivered. */
function placeOf({ id, epoch, sequence, category, line }: AuditEntry): object {
  return { id, epoch, sequence, category, line };
}

/** Numbers of an epoch go on to where the next one found their end, but for what a gap tells of. */
function checkEpochs(entries: readonly AuditEntry[], notes: readonly LogNote[]): void {
  const gaps = notes.filter(({ kind }) => kind === "gap");
  // Nothing was dropped or rejected: counts say so too.
  expect(gaps.map(({ line }) => parseGap(line))).toEqual([]);
  const epochs = [...new Set(entries.map(({ epoch = 0 }) => epoch))];
  expect(epochs).toEqual(Array.from({ length: KILLS + 1 }, (_, index) => index + 1));
  const last = new Map<number, number>();
  for (const epoch of epochs) {
    const numbers = entries.filter((entry) => entry.epoch === epoch).map((each) => each.sequence);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    last.set(epoch, numbers.length);
  }
  const headers = notes.flatMap(({ kind, line }) =>
    kind === "segment" ? [parseHeader(line)] : [],
  );
  const openings = headers.flatMap((header) => (header?.opening ? [header] : []));
  expect(openings.length).toBeGreaterThan(KILLS / 2);
  for (const { epoch, opening, ledger } of openings) {
    const lastDurable = last.get(epoch - 1) ?? 0;
    expect(opening).toMatchObject({ after: "unclean", lastDurable, holes: [] });
    expect(ledger).toMatchObject({ dropped: 0, rejected: 0, spilled: 0, lost: 0 });
    expect(ledger.events).toBe(entries.filter((entry) => (entry.epoch ?? 0) < epoch).length);
  }
}

/** Over the life of the log, and for each sink; `events` are those that are durable. */
function checkCounts(counts: AuditLogCounts, events: number): void {
  const { accepted, durable, dropped, rejected, pending, open, sinks } = counts;
  expect(accepted).toBe(durable + dropped + rejected + pending);
  expect([dropped, rejected, pending, open]).toEqual([0, 0, 0, 0]);
  expect(durable).toBe(events);
  expect(Object.keys(sinks).toSorted()).toEqual(["file", "table"]);
  for (const sink of Object.values(sinks)) {
    expect(sink).toMatchObject({ delivered: events, pending: 0, deadLettered: 0, missed: 0 });
  }
}
