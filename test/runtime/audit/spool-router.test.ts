import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRouter, retryLater } from "@gatewright/runtime/audit/delivery";
import type { AuditSink, RecordSource } from "@gatewright/runtime/audit/delivery";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSpool } from "../../../runtime/audit/spool/open-spool.js";
import type { Spool, SpoolEvent } from "../../../runtime/audit/spool/spool.js";
import { createScriptedSink } from "./delivery-desk.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatewright-spool-router-"));
});
afterEach(() => rm(folder, { recursive: true }));

const MIB = 1024 * 1024;
const fast = {
  batch: { count: 50, milliseconds: 1 },
  retry: { first: 1, longest: 5 },
  pollEvery: 5,
};

const openLog = () =>
  openSpool({
    folder: join(folder, "spool"),
    categories: { auth: { overflow: "fail_closed" }, order: { overflow: "fail_closed" } },
    limits: { soft: 50 * MIB, hard: 100 * MIB, reserve: 0 },
    segmentBytes: 8192,
    checkpoint: { events: 20, seconds: 60 },
    onAlert: () => undefined,
  });
/** How the two are joined: what was spilled is in another spool. */
const sourceOf = (spool: Spool): RecordSource => ({
  read: spool.read,
  durable: () => spool.counts().durable - spool.counts().spilled,
});
const createEvents = (count: number, first: number): readonly SpoolEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `event-${first + index}`;
    const category = (first + index) % 3 === 0 ? "order" : "auth";
    return { category, id, line: JSON.stringify({ id, text: "x".repeat(60) }) };
  });
/** In groups, for a group lies in one segment. */
const commit = async (spool: Spool, events: readonly SpoolEvent[]) => {
  for (let start = 0; start < events.length; start += 20) {
    await Promise.all(events.slice(start, start + 20).map((event) => spool.commit(event)));
  }
};
const open = (spool: Spool, jsonl: AuditSink, other: AuditSink) =>
  openRouter({
    source: sourceOf(spool),
    folder: join(folder, "delivery"),
    onAlert: () => undefined,
    sinks: [
      { ...fast, name: "jsonl", sink: jsonl, isRequired: true },
      { ...fast, name: "orders", sink: other, isRequired: true, categories: ["order"] },
    ],
  });

it("P3, P4: drains the spool over restarts of both, and lets it delete what all have", async () => {
  const path = join(folder, "audit.jsonl");
  const events = createEvents(900, 1);
  const kept: string[] = [];
  let released = 0;
  for (let round = 0; round < 3; round += 1) {
    const spool = await openLog();
    const orders = createScriptedSink(() => {
      throw retryLater("busy");
    });
    const router = await open(spool, await openJsonlFileSink({ path }), orders);
    await commit(spool, events.slice(round * 300, (round + 1) * 300));
    // The second round ends with what is left, which comes in the third.
    if (round !== 1) await router.idle();
    for (const { durable, delivered, pending, deadLettered, missed } of Object.values(
      router.counts(),
    )) {
      expect(durable).toBe(delivered + pending + deadLettered);
      expect(missed).toBe(0);
    }
    await router.close({ drain: round === 1 ? 0 : 5000 });
    const passed = router.passed();
    released += await spool.release({ passed, floorMilliseconds: 0 });
    kept.push(...orders.ids());
    if (round === 2) {
      const none = { pending: 0, deadLettered: 0, missed: 0, fellBack: 0 };
      expect(router.counts()).toEqual({
        jsonl: { durable: 900, delivered: 900, ...none },
        orders: { durable: 300, delivered: 300, ...none },
      });
    }
    await spool.close();
  }
  expect(released).toBeGreaterThan(5);
  expect(await readFile(path, "utf8")).toBe(events.map(({ line }) => `${line}\n`).join(""));
  const orders = events.filter(({ category }) => category === "order");
  expect(kept).toEqual(orders.map(({ id }) => id));
});

it("holds the spool while a required sink is down, and no longer", async () => {
  const spool = await openLog();
  let isDown = true;
  const down = createScriptedSink(
    ...Array.from({ length: 100_000 }, () => () => {
      if (isDown) throw retryLater("down");
    }),
  );
  const jsonl = await openJsonlFileSink({ path: join(folder, "audit.jsonl") });
  const router = await open(spool, jsonl, down);
  await commit(spool, createEvents(300, 1));
  await router.deliveries[0]?.idle();
  const release = () => spool.release({ passed: router.passed(), floorMilliseconds: 0 });
  expect(await release()).toBe(0);
  isDown = false;
  await router.idle();
  expect(await release()).toBeGreaterThan(3);
  await router.close();
  await spool.close();
});
