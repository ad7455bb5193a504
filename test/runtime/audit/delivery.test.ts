import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  refuseBatch,
  refuseRecords,
  retryLater,
  splitBatch,
} from "@gatewright/runtime/audit/delivery";
import type { AuditBatch, DeadLetter } from "@gatewright/runtime/audit/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAttempt } from "../../../runtime/audit/delivery/attempt.js";
import { createBatch } from "../../../runtime/audit/delivery/audit-sink.js";
import { createDeliveryDesk, createScriptedSink } from "./delivery-desk.js";
import type { Answer, DeliveryDesk } from "./delivery-desk.js";
import { createRecords } from "./memory-log.js";

let desk: DeliveryDesk;
beforeEach(async () => {
  desk = await createDeliveryDesk();
});
afterEach(() => desk.close());

const records = createRecords(25);
const ids = records.map(({ id }) => id);
const refuse = (error: Error) => () => {
  throw error;
};
/** Settles when the signal says so, as a good sink does. */
const hang: Answer = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const deaf: Answer = () => new Promise(() => undefined);
const idsOf = ({ records }: AuditBatch) => records.map(({ id }) => id);
const deadLetters = (): readonly DeadLetter[] =>
  readFileSync(join(desk.folder, "desk.dead.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const all = { durable: 25, delivered: 25, pending: 0, deadLettered: 0, missed: 0, fellBack: 0 };

describe("P4: a delivery", () => {
  it("brings all, in order, in batches of the declared size", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink();
    const delivery = await desk.open(sink, { batch: { count: 10, milliseconds: 60_000 } });
    await expect.poll(() => sink.batches.length).toBe(2);
    // The last five wait for more.
    expect(delivery.counts()).toEqual({ ...all, delivered: 20, pending: 5 });
    desk.log.append(...createRecords(5, 26));
    await delivery.idle();
    expect(sink.batches.map(({ key }) => key)).toEqual([
      `${ids[0]}:10`,
      `${ids[10]}:10`,
      `${ids[20]}:10`,
    ]);
    expect(sink.ids()).toEqual(createRecords(30).map(({ id }) => id));
  });

  it("sends what does not fill a batch when it has waited, and when it closes", async () => {
    desk.log.append(...records.slice(0, 3));
    const sink = createScriptedSink();
    const delivery = await desk.open(sink, { batch: { milliseconds: 1 } });
    await delivery.idle();
    expect(sink.ids()).toEqual(ids.slice(0, 3));
    await delivery.close();
    desk.log.append(...records.slice(3));
    const next = createScriptedSink();
    await (await desk.open(next, { batch: { milliseconds: 60_000 } })).close();
    expect(next.ids()).toEqual(ids.slice(3));
    expect(next.isClosed()).toBe(true);
  });

  it("bounds the bytes of a batch, but never leaves out a large record", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink();
    const [first] = records;
    const bytes = 2 * ((first?.line.length ?? 0) + 1);
    const delivery = await desk.open(sink, { batch: { bytes, milliseconds: 1 } });
    await delivery.idle();
    expect(Math.max(...sink.batches.map(({ records }) => records.length))).toBe(2);
    await delivery.close();
    desk.log.append(...createRecords(2, 26));
    const single = createScriptedSink();
    const narrow = await desk.open(single, { batch: { bytes: 1, milliseconds: 1 } });
    await narrow.idle();
    expect(single.batches.map(({ records }) => records.length)).toEqual([1, 1]);
  });

  it("begins after a restart where it left off, and sends nothing twice", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink(...Array.from({ length: 4 }, () => () => undefined), hang);
    // Batches end in the middle of what is read at once.
    const batch = { count: 3, milliseconds: 1 };
    const delivery = await desk.open(sink, { batch });
    await expect.poll(() => sink.batches.length).toBe(5);
    await delivery.close({ drain: 0 });
    expect(sink.ids()).toEqual(ids.slice(0, 12));
    const next = createScriptedSink();
    const again = await desk.open(next, { batch });
    await again.idle();
    expect(next.ids()).toEqual(ids.slice(12));
    expect(again.counts()).toEqual(all);
  });

  it("sends the batch that was under way under the same key after a restart", async () => {
    desk.log.append(...records.slice(0, 7));
    const sink = createScriptedSink(hang);
    const delivery = await desk.open(sink);
    await expect.poll(() => sink.batches.length).toBe(1);
    await delivery.close({ drain: 0 });
    // More is there now, and would fit.
    desk.log.append(...records.slice(7));
    const next = createScriptedSink();
    await (await desk.open(next)).idle();
    expect(next.batches[0]?.key).toBe(sink.batches[0]?.key);
    expect(next.ids()).toEqual(ids);
  });

  it("sends the half of a batch that was under way under the same key after a restart", async () => {
    desk.log.append(...records);
    const split = refuse(splitBatch("status-413"));
    const sink = createScriptedSink(split, split, () => undefined, hang);
    const delivery = await desk.open(sink);
    await expect.poll(() => sink.batches.length).toBe(4);
    await delivery.close({ drain: 0 });
    expect(sink.ids()).toEqual(ids.slice(0, 7));
    const next = createScriptedSink();
    await (await desk.open(next)).idle();
    expect(next.batches[0]?.key).toBe(`${ids[7]}:6`);
    expect(next.ids()).toEqual(ids.slice(7));
  });

  it("sends all again where its place is lost, and says so", async () => {
    desk.log.append(...records);
    const delivery = await desk.open(createScriptedSink());
    await delivery.idle();
    await delivery.close();
    for (const text of ["", "{}", '{"version":1,"place":{"skip":-1}}']) {
      writeFileSync(join(desk.folder, "desk.cursor"), text);
      const next = createScriptedSink();
      const again = await desk.open(next);
      await again.idle();
      expect(next.ids()).toEqual(ids);
      expect(again.counts()).toEqual(all);
      await again.close();
    }
    expect(desk.codes()).toEqual(["state-damaged", "state-damaged", "state-damaged"]);
  });

  it("keeps its files for their owner alone", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink(refuse(refuseBatch("no")));
    await (await desk.open(sink)).idle();
    for (const name of ["desk.cursor", "desk.cursor.flight", "desk.dead.jsonl"]) {
      expect(statSync(join(desk.folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("takes no name that leads out of its folder", async () => {
    for (const name of ["", "..", "a/b", ".hidden", "a\0"]) {
      await expect(desk.open(createScriptedSink(), { name })).rejects.toMatchObject({
        code: "configuration-invalid",
      });
    }
  });

  it("goes on where whoever is told of alerts fails", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink(refuse(retryLater("busy")));
    const onAlert = refuse(new Error("nobody listens"));
    const delivery = await desk.open(sink, { onAlert });
    await delivery.idle();
    expect(sink.ids()).toEqual(ids);
  });
});

describe("what a sink refuses", () => {
  it("is sent again, in order, under the same key", async () => {
    desk.log.append(...records);
    const busy = refuse(retryLater("status-503"));
    const sink = createScriptedSink(busy, refuse(new Error("secret")), busy);
    const delivery = await desk.open(sink);
    await delivery.idle();
    expect(new Set(sink.batches.slice(0, 4).map(({ key }) => key)).size).toBe(1);
    expect(sink.ids()).toEqual(ids);
    expect(delivery.counts()).toEqual(all);
    expect(desk.alerts).toEqual([
      { sink: "desk", code: "failing", detail: "status-503" },
      { sink: "desk", code: "recovered" },
    ]);
    expect(delivery.isFailing()).toBe(false);
  });

  it("is a dead letter with its reason where the whole batch is refused for good", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink(refuse(refuseBatch("not-ours")));
    const delivery = await desk.open(sink, { batch: { count: 10, milliseconds: 1 } });
    await delivery.idle();
    expect(sink.ids()).toEqual(ids.slice(10));
    expect(delivery.counts()).toEqual({ ...all, delivered: 15, deadLettered: 10 });
    const letters = deadLetters();
    expect(letters.map(({ line }) => line)).toEqual(records.slice(0, 10).map(({ line }) => line));
    const { id, sequence, category } = records[0] ?? {};
    const fields = { sink: "desk", reason: "not-ours", epoch: 1, id, sequence, category };
    expect(letters[0]).toMatchObject(fields);
    expect(desk.alerts).toEqual([{ sink: "desk", code: "dead-letters", detail: "10" }]);
  });

  it("is a dead letter alone where it is named", async () => {
    desk.log.append(...records);
    const bad = new Map([
      [String(ids[3]), "too-large"],
      [String(ids[7]), "no-time"],
    ]);
    const sink = createScriptedSink(refuse(refuseRecords(bad)));
    const delivery = await desk.open(sink, { batch: { count: 10, milliseconds: 1 } });
    await delivery.idle();
    expect(sink.batches.slice(1).flatMap(idsOf)).toEqual(ids.slice(10));
    expect(deadLetters().map(({ id, reason }) => [id, reason])).toEqual([...bad]);
    expect(delivery.counts()).toEqual({ ...all, delivered: 23, deadLettered: 2 });
  });

  it("is found in halves, and is a dead letter alone where the receiver cannot name it", async () => {
    desk.log.append(...records);
    const bad = [ids[4], ids[11], ids[12]];
    const answer: Answer = (batch) => {
      if (idsOf(batch).some((id) => bad.includes(id))) throw splitBatch("status-422");
    };
    const sink = createScriptedSink(...Array.from({ length: 100 }, () => answer));
    const delivery = await desk.open(sink);
    await delivery.idle();
    expect(sink.ids()).toEqual(ids.filter((id) => !bad.includes(id)));
    expect(deadLetters().map(({ id, reason }) => [id, reason])).toEqual(
      bad.map((id) => [id, "status-422"]),
    );
    expect(delivery.counts()).toEqual({ ...all, delivered: 22, deadLettered: 3 });
  });

  it("is not passed by while its dead letter cannot be kept", async () => {
    // A folder stands where the file is to be.
    desk.log.append(...records);
    const sink = createScriptedSink(refuse(refuseBatch("no")));
    mkdirSync(join(desk.folder, "desk.dead.jsonl"));
    const delivery = await desk.open(sink);
    await expect
      .poll(() => desk.alerts)
      .toContainEqual({
        sink: "desk",
        code: "not-kept",
        detail: "EISDIR",
      });
    expect(delivery.counts()).toEqual({ ...all, delivered: 0, pending: 25 });
    rmdirSync(join(desk.folder, "desk.dead.jsonl"));
    await delivery.idle();
    expect(deadLetters()).toHaveLength(25);
    expect(delivery.counts()).toEqual({ ...all, delivered: 0, deadLettered: 25 });
  });
});

describe("a sink that hangs", () => {
  it("has a time limit, and gets the batch again", async () => {
    desk.log.append(...records);
    const sink = createScriptedSink(hang, deaf);
    const delivery = await desk.open(sink, { timeLimit: 5 });
    await delivery.idle();
    expect(sink.ids()).toEqual(ids);
    expect(desk.alerts[0]).toEqual({ sink: "desk", code: "failing", detail: "time-limit" });
    expect(delivery.counts()).toEqual(all);
  });

  it("takes a bounded memory, whatever waits in the log", async () => {
    desk.log.append(...createRecords(10_000));
    const sink = createScriptedSink(...Array.from({ length: 1000 }, () => deaf));
    const delivery = await desk.open(sink, {
      timeLimit: 20,
      retry: { first: 1, longest: 1 },
      batch: { count: 10, milliseconds: 1 },
    });
    const scanned = desk.log.given();
    // Open calls are four at most, until they are taken for lost and the sink is tried again.
    await expect.poll(() => sink.batches.length).toBeGreaterThan(4);
    expect(new Set(sink.batches.map(({ key }) => key)).size).toBe(1);
    // Never more than two batches are out of the log.
    expect(desk.log.given() - scanned).toBeLessThanOrEqual(20);
    expect(delivery.counts().pending).toBe(10_000);
  });

  it("is not called while four of its calls are open", async () => {
    const attempt = createAttempt(
      createScriptedSink(...Array.from({ length: 9 }, () => deaf)),
      1000,
    );
    const batch = createBatch(records);
    const stop = new AbortController();
    const open = [1, 2, 3, 4].map(() => attempt(batch, stop.signal));
    expect((await attempt(batch, stop.signal))?.reason).toBe("hanging");
    stop.abort();
    const reasons = (await Promise.all(open)).map((failure) => failure?.reason);
    expect(reasons).toEqual(["stopped", "stopped", "stopped", "stopped"]);
  });

  it("does not hold up the end of the process", async () => {
    desk.log.append(...records);
    const delivery = await desk.open(createScriptedSink(deaf), { timeLimit: 60_000 });
    await delivery.close({ drain: 10 });
    expect(delivery.counts()).toEqual({ ...all, delivered: 0, pending: 25 });
  });
});
