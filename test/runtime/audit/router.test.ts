import { openRouter } from "@gatewright/runtime/audit/delivery";
import type { Router, RouterSink } from "@gatewright/runtime/audit/delivery";
import { refuseBatch, retryLater } from "@gatewright/runtime/audit/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveryDesk, createScriptedSink } from "./delivery-desk.js";
import type { DeliveryDesk } from "./delivery-desk.js";
import { createRecords } from "./memory-log.js";

let desk: DeliveryDesk;
let routers: Router[] = [];
beforeEach(async () => {
  desk = await createDeliveryDesk();
  routers = [];
});
afterEach(async () => {
  await Promise.all(routers.map((router) => router.close({ drain: 0 })));
  await desk.close();
});

const fast = {
  batch: { count: 10, milliseconds: 1 },
  retry: { first: 1, longest: 5 },
  pollEvery: 5,
};
const open = async (...sinks: readonly RouterSink[]): Promise<Router> => {
  const { log: source, folder, alerts } = desk;
  const onAlert = (alert: (typeof alerts)[number]) => void alerts.push(alert);
  const router = await openRouter({ source, folder, onAlert, sinks });
  routers.push(router);
  return router;
};
const busy = () => {
  throw retryLater("busy");
};
const down = Array.from({ length: 100_000 }, () => busy);
const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);
const none = { deadLettered: 0, missed: 0, fellBack: 0 };

describe("the router", () => {
  it("sends each sink its categories, and counts what is for it", async () => {
    const auth = createRecords(30);
    const orders = createRecords(50, 31, "order");
    desk.log.append(...auth.slice(0, 15), ...orders, ...auth.slice(15));
    const [every, some, nothing] = [
      createScriptedSink(),
      createScriptedSink(),
      createScriptedSink(),
    ];
    const router = await open(
      { ...fast, name: "every", sink: every, isRequired: true },
      { ...fast, name: "some", sink: some, isRequired: true, categories: ["auth"] },
      { ...fast, name: "nothing", sink: nothing, isRequired: true, categories: ["other"] },
    );
    await router.idle();
    expect(every.ids()).toEqual(idsOf([...auth.slice(0, 15), ...orders, ...auth.slice(15)]));
    expect(some.ids()).toEqual(idsOf(auth));
    expect(nothing.batches).toEqual([]);
    expect(router.counts()).toEqual({
      every: { durable: 80, delivered: 80, pending: 0, ...none },
      some: { durable: 30, delivered: 30, pending: 0, ...none },
      nothing: { durable: 0, delivered: 0, pending: 0, ...none },
    });
    // A sink that wants nothing of it does not hold the log.
    expect(router.passed().map(({ segment }) => segment)).toEqual([8, 8, 8]);
  });

  it("keeps the counts of a filter over a restart", async () => {
    desk.log.append(...createRecords(10, 1, "order"), ...createRecords(5, 11));
    const some = { ...fast, name: "some", isRequired: true, categories: ["auth"] };
    const first = await open({ ...some, sink: createScriptedSink() });
    await first.idle();
    await first.close();
    desk.log.append(...createRecords(10, 16, "order"), ...createRecords(5, 26));
    const second = await open({ ...some, sink: createScriptedSink() });
    await second.idle();
    expect(second.counts()).toEqual({
      some: { durable: 10, delivered: 10, pending: 0, ...none },
    });
  });

  it("leaves the log's own records to the log", async () => {
    const [gap, ...events] = createRecords(20);
    if (gap !== undefined) desk.log.append({ ...gap, kind: "gap", id: "", category: "" });
    desk.log.append(...events.map((event) => ({ ...event, kind: "event" })));
    const sink = createScriptedSink();
    const router = await open({ ...fast, name: "desk", sink, isRequired: true });
    await router.idle();
    expect(sink.ids()).toEqual(idsOf(events));
    expect(router.counts()["desk"]).toEqual({ durable: 19, delivered: 19, pending: 0, ...none });
  });

  it("lets no sink wait for another that hangs or is down", async () => {
    desk.log.append(...createRecords(100));
    const hanging = createScriptedSink(() => new Promise(() => undefined));
    const good = createScriptedSink();
    const router = await open(
      { ...fast, name: "hanging", sink: hanging, isRequired: true },
      { ...fast, name: "down", sink: createScriptedSink(...down), isRequired: true },
      { ...fast, name: "good", sink: good, isRequired: true },
    );
    await router.deliveries[2]?.idle();
    expect(good.ids()).toHaveLength(100);
    const { hanging: first, down: second, good: third } = router.counts();
    expect([first?.pending, second?.pending, third?.pending]).toEqual([100, 100, 0]);
  });

  it("P4: holds the log for required sinks alone, from the very beginning", async () => {
    desk.log.append(...createRecords(100));
    const router = await open(
      { ...fast, name: "optional", sink: createScriptedSink(...down), isRequired: false },
      { ...fast, name: "down", sink: createScriptedSink(...down), isRequired: true },
      { ...fast, name: "good", sink: createScriptedSink(), isRequired: true },
    );
    await router.deliveries[2]?.idle();
    expect(router.passed().map(({ segment }) => segment)).toEqual([0, 10]);
  });

  it("says how many events an optional sink has missed, and counts them", async () => {
    desk.log.append(...createRecords(35));
    const optional = { ...fast, name: "optional", isRequired: false };
    const first = await open({ ...optional, sink: createScriptedSink() });
    await first.idle();
    await first.close();
    desk.log.append(...createRecords(65, 36));
    desk.log.release(6);
    const sink = createScriptedSink();
    const second = await open({ ...optional, sink });
    await second.idle();
    expect(sink.ids()).toEqual(idsOf(createRecords(40, 61)));
    const counts = { durable: 100, delivered: 75, pending: 0, ...none, missed: 25 };
    expect(second.counts()["optional"]).toEqual(counts);
    expect(desk.alerts).toEqual([{ sink: "optional", code: "missed", detail: "25" }]);
  });

  it("begins a new sink with the oldest event, and counts from there", async () => {
    desk.log.append(...createRecords(50));
    desk.log.release(3);
    const sink = createScriptedSink();
    const router = await open({ ...fast, name: "late", sink, isRequired: true });
    await router.idle();
    expect(sink.ids()).toEqual(idsOf(createRecords(20, 31)));
    expect(router.counts()["late"]).toEqual({ durable: 20, delivered: 20, pending: 0, ...none });
  });

  it("refuses two sinks of one name", async () => {
    const sink = createScriptedSink();
    const twice = open(
      { ...fast, name: "desk", sink, isRequired: true },
      { ...fast, name: "Desk", sink, isRequired: true },
    );
    await expect(twice).rejects.toMatchObject({ code: "configuration-invalid" });
  });

  it("closes what was opened where one sink cannot be", async () => {
    const sink = createScriptedSink();
    const faulty = open(
      { ...fast, name: "good", sink, isRequired: true },
      { ...fast, name: "../bad", sink: createScriptedSink(), isRequired: true },
    );
    await expect(faulty).rejects.toMatchObject({ code: "configuration-invalid" });
    expect(sink.isClosed()).toBe(true);
  });
});

describe("the fall-back", () => {
  // Long enough that an outage is one when the fall-back is asked.
  const slow = { ...fast, retry: { first: 20, longest: 50 }, random: () => 1 };

  it("takes the records of a sink that is down for longer than declared, and the log goes on", async () => {
    desk.log.append(...createRecords(100));
    const file = createScriptedSink();
    const sink = createScriptedSink(...down);
    const fallBack = { after: 0, sink: file };
    const router = await open({ ...slow, name: "down", sink, isRequired: true, fallBack });
    await router.idle();
    expect(file.ids()).toEqual(idsOf(createRecords(100)));
    const counts = { durable: 100, delivered: 100, pending: 0, ...none, fellBack: 100 };
    expect(router.counts()["down"]).toEqual(counts);
    expect(router.passed()[0]?.segment).toBe(10);
    expect(desk.codes()).toEqual(["failing", "fell-back"]);
    await router.close();
    expect(file.isClosed()).toBe(true);
  });

  it("gives way to the sink when that is back: each record is with one of them", async () => {
    desk.log.append(...createRecords(50));
    const file = createScriptedSink();
    const sink = createScriptedSink(busy, busy);
    const fallBack = { after: 0, sink: file };
    const router = await open({ ...slow, name: "back", sink, isRequired: true, fallBack });
    await router.idle();
    // However long its absence was, it is tried again with what comes.
    let next = 51;
    while (router.deliveries[0]?.isFailing()) {
      desk.log.append(...createRecords(10, next));
      next += 10;
      await router.idle();
    }
    const records = createRecords(next - 1);
    expect([...file.ids(), ...sink.ids()].toSorted()).toEqual(idsOf(records));
    const { fellBack, pending } = router.counts()["back"] ?? {};
    expect({ fellBack, pending }).toEqual({ fellBack: file.ids().length, pending: 0 });
    expect(desk.codes()).toEqual(["failing", "fell-back", "recovered"]);
  });

  it("is not used for what the sink refuses", async () => {
    desk.log.append(...createRecords(10));
    const file = createScriptedSink();
    const sink = createScriptedSink(() => {
      throw refuseBatch("no");
    });
    const fallBack = { after: 0, sink: file };
    const router = await open({ ...slow, name: "desk", sink, isRequired: true, fallBack });
    await router.idle();
    expect(file.batches).toEqual([]);
    expect(router.counts()["desk"]?.deadLettered).toBe(10);
  });

  it("loses nothing where it fails too", async () => {
    desk.log.append(...createRecords(30));
    const sink = createScriptedSink(busy, busy, busy);
    const file = createScriptedSink(busy, busy);
    const fallBack = { after: 0, sink: file };
    const router = await open({ ...slow, name: "both", sink, isRequired: true, fallBack });
    await router.idle();
    expect([...file.ids(), ...sink.ids()].toSorted()).toEqual(idsOf(createRecords(30)));
    expect(desk.codes()).toContain("not-kept");
  });
});
