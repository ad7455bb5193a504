import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import type { JsonlSinkOptions } from "@gatewright/runtime/audit/jsonl";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import type { AuditRecord, AuditSink } from "@gatewright/runtime/audit/delivery";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBatch } from "../../../runtime/audit/delivery/audit-sink.js";
import { openLineFile } from "../../../runtime/audit/delivery/line-file.js";
import { retryDelay } from "../../../runtime/audit/delivery/retry-delay.js";
import { createRecord, createRecords } from "./memory-log.js";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatewright-files-"));
  path = join(folder, "audit.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const deliver = (sink: AuditSink, records: readonly AuditRecord[]) =>
  sink.deliver(createBatch(records), new AbortController().signal);
const textOf = (records: readonly AuditRecord[]) => records.map(({ line }) => `${line}\n`).join("");
const modeOf = (file: string) => statSync(file).mode & 0o777;

describe("the JSONL file", () => {
  it("is set aside before it is too large, between batches, and stays readable for its owner alone", async () => {
    // Numbers of one length, so that the lines are too.
    const records = createRecords(50, 100);
    const bytes = textOf(records.slice(0, 20)).length;
    const sink = await openJsonlFileSink({ path, rotate: { bytes } });
    for (let start = 0; start < 50; start += 10) {
      await deliver(sink, records.slice(start, start + 10));
    }
    await sink.close();
    const names = readdirSync(folder).filter((name) => name !== "audit.jsonl");
    const aside = names.map((name) => readFileSync(join(folder, name), "utf8"));
    expect(aside.toSorted()).toEqual([textOf(records.slice(0, 20)), textOf(records.slice(20, 40))]);
    expect(readFileSync(path, "utf8")).toBe(textOf(records.slice(40)));
    for (const name of readdirSync(folder)) expect(modeOf(join(folder, name))).toBe(0o600);
  });

  it("replaces nothing where two are set aside at one time, and writes a batch that is too large", async () => {
    const sink = await openJsonlFileSink({
      path,
      rotate: { bytes: 1 },
      now: () => Date.parse("2026-11-27T10:00:00Z"),
    });
    for (const record of createRecords(4)) await deliver(sink, [record]);
    await sink.close();
    const stamp = "audit.jsonl.20261127T100000.000Z";
    expect(readdirSync(folder).toSorted()).toEqual([
      "audit.jsonl",
      stamp,
      `${stamp}-1`,
      `${stamp}-2`,
    ]);
  });

  it("is set aside at the first batch of a new day in UTC, also after a restart", async () => {
    let time = Date.parse("2026-11-27T23:59:59.999Z");
    const options: JsonlSinkOptions = { path, rotate: { every: "day" }, now: () => time };
    const records = createRecords(4);
    const first = await openJsonlFileSink(options);
    await deliver(first, records.slice(0, 1));
    await deliver(first, records.slice(1, 2));
    expect(readdirSync(folder)).toEqual(["audit.jsonl"]);
    time += 1;
    await deliver(first, records.slice(2, 3));
    await first.close();
    expect(readdirSync(folder)).toHaveLength(2);
    utimesSync(path, time / 1000, time / 1000);
    time += 86_400_000;
    const second = await openJsonlFileSink(options);
    await deliver(second, records.slice(3));
    await second.close();
    expect(readdirSync(folder)).toHaveLength(3);
    expect(readFileSync(path, "utf8")).toBe(textOf(records.slice(3)));
  });

  it("loses the line that a crash cut, which comes again, and no other", async () => {
    const records = createRecords(3);
    writeFileSync(path, `${textOf(records.slice(0, 2))}${records[2]?.line.slice(0, 20)}`);
    const sink = await openJsonlFileSink({ path });
    await deliver(sink, records);
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe(textOf(records));
  });

  it("does not write twice what a time limit brings again while it is written", async () => {
    const records = createRecords(100);
    const sink = await openJsonlFileSink({ path });
    await Promise.all([deliver(sink, records), deliver(sink, records), deliver(sink, records)]);
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe(textOf(records));
  });

  it("rejects while the disk is full", async () => {
    const sink = await openJsonlFileSink({ path: "/dev/full" });
    await expect(deliver(sink, createRecords(1))).rejects.toMatchObject({ code: "ENOSPC" });
    await sink.close();
  });

  it("keeps the file that it has where it cannot make the next", async () => {
    const [first, ...rest] = createRecords(3);
    const sink = await openJsonlFileSink({ path, rotate: { bytes: 1 } });
    if (first === undefined) throw new Error("there is no record");
    await deliver(sink, [first]);
    // Root may write where the mode forbids it: the folder goes instead.
    const away = `${folder}-away`;
    renameSync(folder, away);
    await expect(deliver(sink, rest)).rejects.toMatchObject({ code: "ENOENT" });
    renameSync(away, folder);
    await deliver(sink, rest);
    await sink.close();
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(texts.toSorted()).toEqual([textOf([first]), textOf(rest)].toSorted());
  });
});

describe("a file of lines", () => {
  it("finds the end of the last whole line, however far it is", async () => {
    for (const torn of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      writeFileSync(path, `a\nb\n${"x".repeat(torn)}`);
      const file = await openLineFile(path);
      expect([file.size(), await file.tail(100), await file.tail(3)]).toEqual([4, "a\nb\n", "b\n"]);
      await file.append("c\n");
      await file.close();
      expect(readFileSync(path, "utf8")).toBe("a\nb\nc\n");
    }
    writeFileSync(path, "no line at all");
    const file = await openLineFile(path);
    expect(file.size()).toBe(0);
    await file.close();
  });

  it("leaves a mode that somebody chose", async () => {
    writeFileSync(path, "");
    chmodSync(path, 0o640);
    await (await openLineFile(path)).close();
    expect(modeOf(path)).toBe(0o640);
  });

  it("appends one after another, in order", async () => {
    const file = await openLineFile(path);
    const numbers = Array.from({ length: 100 }, (_, index) => `${index}\n`);
    await Promise.all(numbers.map((text) => file.append(text)));
    await file.close();
    expect(readFileSync(path, "utf8")).toBe(numbers.join(""));
  });
});

describe("the SQLite sink", () => {
  it("can be queried by time, category and the fields of the line", async () => {
    const database = join(folder, "audit.db");
    const sink = openSqliteSink({ path: database });
    const order = createRecord(3, { category: "order", actor: { id: "mary" } });
    await deliver(sink, [...createRecords(2), order, { ...createRecord(4), line: "{}" }]);
    await sink.close();
    expect(modeOf(database)).toBe(0o600);
    const reader = new Database(database, { readonly: true });
    const ask = (where: string) =>
      reader.prepare(`SELECT sequence FROM audit_events WHERE ${where}`).pluck().all();
    expect(ask("time >= '2026-11-27T10:00:00.000000002Z' ORDER BY time")).toEqual([2, 3]);
    expect(ask("category = 'order' AND line ->> '$.actor.id' = 'mary'")).toEqual([3]);
    expect(ask("time IS NULL")).toEqual([4]);
    reader.close();
  });

  it("waits for another process that writes, and keeps all of a batch or nothing", async () => {
    const database = join(folder, "audit.db");
    const sink = openSqliteSink({ path: database });
    const other = new Database(database);
    other.exec("BEGIN IMMEDIATE");
    await expect(deliver(sink, createRecords(3))).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    other.exec("ROLLBACK");
    other.close();
    await deliver(sink, createRecords(3));
    const [first] = createRecords(1, 4);
    if (first === undefined) throw new Error("there is no record");
    // A row that the table refuses: the number is none that it can hold.
    const faulty = { ...createRecord(5), sequence: 0.5 };
    await expect(deliver(sink, [first, faulty])).rejects.toMatchObject({
      refusal: { kind: "split" },
    });
    await deliver(sink, [first]);
    await sink.close();
    const reader = new Database(database, { readonly: true });
    expect(reader.prepare("SELECT count(*) FROM audit_events").pluck().get()).toBe(4);
    reader.close();
  });
});

describe("the delay before a retry", () => {
  const limits = { first: 100, longest: 1000 };
  const delay = (failures: number, random: number, retryAfter?: number) =>
    retryDelay(failures, limits, {
      random: () => random,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });

  it("doubles its ceiling up to the longest, and takes any part of it", () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 1000].map((failures) => delay(failures, 1));
    expect(ceilings).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
    expect([delay(3, 0), delay(3, 0.25)]).toEqual([0, 100]);
  });

  it("is never shorter than the receiver wants, and never longer than an hour for it", () => {
    expect([delay(1, 0, 5000), delay(9, 0.5, 5000)]).toEqual([5000, 5050]);
    expect(delay(1, 0, Number.MAX_SAFE_INTEGER)).toBe(3_600_000);
  });
});
