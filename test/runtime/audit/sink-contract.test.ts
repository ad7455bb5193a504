import { readFileSync } from "node:fs";
import { createBatch } from "../../../runtime/audit/delivery/audit-sink.js";
import type { AuditRecord, AuditSink } from "@gatewright/runtime/audit/delivery";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecord, createRecords } from "./memory-log.js";
import { closeServices, sinkCases } from "./sink-cases.js";
import type { SinkDesk } from "./sink-cases.js";

const never = new AbortController().signal;
const deliver = (sink: AuditSink, records: readonly AuditRecord[]) =>
  sink.deliver(createBatch(records), never);
const linesOf = (records: readonly AuditRecord[]) => records.map(({ line }) => line);
const sorted = (lines: readonly string[]) => lines.toSorted();

afterAll(closeServices);

it("has a case for every door of a sink", () => {
  const manifest = new URL("../../../runtime/package.json", import.meta.url);
  const { exports } = JSON.parse(readFileSync(manifest, "utf8"));
  const doors = Object.entries<{ readonly default?: string }>(exports)
    .filter(([, target]) => target.default?.startsWith("./dist/audit/sinks/"))
    .map(([door]) => door);
  // For applications, and for generated code.
  const wanted = sinkCases.flatMap(({ door }) => [`./audit/${door}`, `./abi/sinks/${door}`]);
  expect(doors.toSorted()).toEqual(wanted.toSorted());
});

describe.each(sinkCases)("the sink $door", ({ door, keepsTwice, openDesk }) => {
  let desk: SinkDesk;
  beforeEach(async () => {
    if (openDesk !== undefined) desk = await openDesk();
  });
  afterEach(async () => {
    if (openDesk !== undefined) await desk.close();
  });

  it.skipIf(openDesk === undefined)("keeps every line, in order", async () => {
    const sink = await desk.open();
    expect(sink.kind).toBe(door);
    const records = createRecords(1000);
    for (let start = 0; start < 1000; start += 250) {
      await deliver(sink, records.slice(start, start + 250));
    }
    await sink.close();
    expect(await desk.received()).toEqual(linesOf(records));
  });

  it.skipIf(openDesk === undefined)("keeps the bytes of a line", async () => {
    const texts = [
      "é漢字😀",
      "\u2028\u2029",
      '"\\/\b\f\n\r\t\u0000\u001f\u007f',
      "\ud800",
      "'; --$1",
    ];
    const records = texts.map((text, index) => createRecord(index + 1, { text }));
    const sink = await desk.open();
    await deliver(sink, records);
    await sink.close();
    expect(await desk.received()).toEqual(linesOf(records));
  });

  it.skipIf(openDesk === undefined)(
    "P4: knows a batch again that comes after a crash before the cursor was kept",
    async () => {
      const records = createRecords(30);
      const first = await desk.open();
      await deliver(first, records.slice(0, 10));
      await deliver(first, records.slice(10, 20));
      await first.close();
      const second = await desk.open();
      await deliver(second, records.slice(10, 20));
      await deliver(second, records.slice(20, 30));
      await second.close();
      const received = await desk.received();
      const again = keepsTwice === "everything" ? records.slice(10, 20) : [];
      expect(sorted(received)).toEqual(sorted(linesOf([...records, ...again])));
      // In the order in which they came first.
      expect([...new Set(received)]).toEqual(linesOf(records));
    },
  );

  it.skipIf(openDesk === undefined)("P4: knows a record again in another batch", async () => {
    const records = createRecords(20);
    const first = await desk.open();
    await deliver(first, records.slice(0, 15));
    await first.close();
    const second = await desk.open();
    await deliver(second, records.slice(5, 20));
    await second.close();
    const received = await desk.received();
    const again = keepsTwice === "nothing" ? [] : records.slice(5, 15);
    expect(sorted(received)).toEqual(sorted(linesOf([...records, ...again])));
    expect([...new Set(received)]).toEqual(linesOf(records));
  });

  it.skipIf(openDesk === undefined)("closes after what is under way", async () => {
    const records = createRecords(200);
    const sink = await desk.open();
    await Promise.all([deliver(sink, records), sink.close()]);
    expect(await desk.received()).toEqual(linesOf(records));
  });

  it.skipIf(openDesk === undefined)("closes without a delivery", async () => {
    await (await desk.open()).close();
  });
});
