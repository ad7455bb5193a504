import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRouter } from "@gatewright/runtime/audit/delivery";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import type { AuditSink, RouterSink } from "@gatewright/runtime/audit/delivery";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import {
  refuseBatch,
  refuseRecords,
  retryLater,
  splitBatch,
} from "@gatewright/runtime/audit/delivery";
import { httpProtocols } from "./http-protocols.js";
import { startReceiver } from "./http-receiver.js";
import type { Fault } from "./http-receiver.js";
import { createMemoryLog, createRecord } from "./memory-log.js";

/** The full size is an hour: 3600. */
const SECONDS = Number(process.env["GATEWRIGHT_AUDIT_SOAK_SECONDS"] ?? 8);
const EVENTS_A_TURN = 40;
const MAX_BEHIND = 3000;
const CATEGORIES = ["auth", "order", "config_change"];

const oneOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T;
const pause = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

let isQuiet = false;
const chance = (part: number) => !isQuiet && Math.random() < part;

/** One post of four meets one of these, some after it was kept. */
const faults: readonly Fault[] = [
  (_, response) => Boolean(response.writeHead(429, { "retry-after": "0" }).end()),
  (_, response) => Boolean(response.writeHead(500).end()),
  (_, response) => Boolean(response.writeHead(503).end("down")),
  (_, response) => Boolean(response.writeHead(302, { location: "/" }).end()),
  (_, response) => Boolean(response.writeHead(413).end()),
  (request) => Boolean(request.socket.resetAndDestroy()),
  () => true,
];
/** Refusals after a batch is kept would be known twice: as delivered, and as refused. */
const harmless = faults.filter((_, index) => index !== 4);
const before: Fault = (...all) => chance(0.15) && oneOf(faults)(...all);
const after: Fault = (...all) => chance(0.1) && oneOf(harmless)(...all);

/** Fails before or after the sink kept the batch, in every way that a sink may. */
function makeUnreliable(sink: AuditSink): AuditSink {
  return {
    ...sink,
    async deliver(batch, signal) {
      if (chance(0.1)) throw oneOf([retryLater("busy"), splitBatch("size"), new Error("fault")]);
      if (chance(0.02)) throw refuseBatch("never");
      if (chance(0.02)) await new Promise(() => undefined);
      const [first, ...rest] = batch.records;
      if (first !== undefined && rest.length > 0 && chance(0.05)) {
        await sink.deliver({ ...batch, records: rest }, signal);
        throw refuseRecords(new Map([[first.id, "odd"]]));
      }
      await sink.deliver(batch, signal);
      if (chance(0.1)) throw retryLater("answer-lost");
      if (chance(0.02)) await new Promise(() => undefined);
    },
  };
}

const common = {
  isRequired: true,
  batch: { count: 25, milliseconds: 5 },
  retry: { first: 2, longest: 20 },
  timeLimit: 150,
  pollEvery: 5,
};
const linesOf = async (path: string) =>
  (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1);
const idOf = (line: string): string => JSON.parse(line).id;

it(
  "P3: conserves every event through random faults and restarts, to the event",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "gatewright-soak-"));
    const log = createMemoryLog();
    const desks = await Promise.all(
      httpProtocols.map(async (protocol) => {
        const { lines, read: _, ...receiver } = protocol.createReceiver();
        const server = await startReceiver({ ...receiver, before, after });
        return { ...protocol, lines, server };
      }),
    );
    const path = (name: string) => join(folder, name);
    const openSinks = async (): Promise<readonly RouterSink[]> => {
      const jsonl = await openJsonlFileSink({ path: path("audit.jsonl") });
      const sqlite = openSqliteSink({ path: path("audit.db") });
      const behind = await openJsonlFileSink({ path: path("behind.jsonl") });
      return [
        ...desks.map(({ name, createSink, server }) => ({
          ...common,
          name,
          sink: createSink(server.url),
        })),
        { ...common, name: "jsonl", sink: makeUnreliable(jsonl), categories: ["auth", "order"] },
        {
          ...common,
          name: "sqlite",
          sink: makeUnreliable(sqlite),
          fallBack: { after: 5, sink: behind },
        },
      ];
    };
    const open = async () =>
      openRouter({ source: log, folder, onAlert: () => undefined, sinks: await openSinks() });
    let router = await open();
    const check = () => {
      for (const { durable, delivered, pending, deadLettered, missed } of Object.values(
        router.counts(),
      )) {
        expect(durable).toBe(delivered + pending + deadLettered);
        expect([pending < 0, missed]).toEqual([false, 0]);
      }
    };

    const end = Date.now() + SECONDS * 1000;
    while (Date.now() < end) {
      // What is far behind by the end takes as long as the soak to come.
      const isAhead = Object.values(router.counts()).every(({ pending }) => pending < MAX_BEHIND);
      for (let count = isAhead ? EVENTS_A_TURN : 0; count > 0; count -= 1) {
        log.append(createRecord(log.durable() + 1, { category: oneOf(CATEGORIES) }));
      }
      check();
      if (chance(0.02)) {
        await router.close({ drain: Math.random() * 50 });
        router = await open();
      }
      await pause(20);
    }
    isQuiet = true;
    await router.idle();
    check();

    const records = log.records();
    const idsFor = (categories: readonly string[]) =>
      records.filter(({ category }) => categories.includes(category)).map(({ id }) => id);
    const counts = router.counts();
    await router.close();
    const database = new Database(path("audit.db"), { readonly: true });
    const rows = database.prepare("SELECT line FROM audit_events").pluck().all() as string[];
    database.close();
    const kept = new Map([
      ...desks.map(({ name, lines }) => [name, lines] as const),
      ["jsonl", await linesOf(path("audit.jsonl"))],
      ["sqlite", [...rows, ...(await linesOf(path("behind.jsonl")))]],
    ]);
    const known = new Map(records.map(({ id, line }) => [id, line]));
    for (const [name, lines] of kept) {
      const wanted = idsFor(name === "jsonl" ? ["auth", "order"] : CATEGORIES);
      const dead = (await linesOf(path(`${name}.dead.jsonl`))).map(idOf);
      // Nothing is invented or changed, and nothing is missing.
      expect(lines.every((line) => known.get(idOf(line)) === line)).toBe(true);
      const found = new Set([...lines.map(idOf), ...dead]);
      expect([name, found.size, wanted.filter((id) => !found.has(id))]).toEqual([
        name,
        wanted.length,
        [],
      ]);
      const { durable, deadLettered, pending } = counts[name] ?? {};
      expect({ durable, pending }).toEqual({ durable: wanted.length, pending: 0 });
      expect(new Set(dead).size).toBe(deadLettered);
    }
    for (const { server } of desks) await server.close();
    await rm(folder, { recursive: true });
  },
  (SECONDS + 120) * 1000,
);
