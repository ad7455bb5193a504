import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import {
  collectAlerts,
  keys,
  openCase,
  readAll,
  readEvents,
  roomy,
  signer,
} from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewright-spool-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (id: string, category = "auth") => ({ category, id, line: lineOf(id) });

describe("a spool", () => {
  it("gives back what it took, in order, byte for byte, over several processes", async () => {
    const texts = ["", "plain", "é漢字", "\u{1F600}", "\0\u001f\u2028", "x".repeat(300_000)];
    const lines = texts.map((text) => JSON.stringify({ text }));
    for (const epoch of [1, 2, 3]) {
      const spool = await openCase({ folder });
      expect(spool.epoch).toBe(epoch);
      const numbers = lines.map((line, index) =>
        spool.accept({ category: "access", id: `${epoch}-${index}-é`, line }),
      );
      expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
      await expect(spool.commit(event(`${epoch}-6-é`))).resolves.toBe(7);
      const events = await readEvents(spool);
      expect(events).toHaveLength(epoch * 7);
      expect(events.filter((found) => found.epoch === epoch).map(({ line }) => line)).toEqual([
        ...lines,
        lineOf(`${epoch}-6-é`),
      ]);
      expect(events.map(({ id }) => id).slice(0, 7)).toEqual(
        Array.from({ length: 7 }, (_, index) => `1-${index}-é`),
      );
      await spool.close();
      expect(spool.counts()).toMatchObject({ accepted: epoch * 7, durable: epoch * 7, pending: 0 });
    }
    expect(await verifySpool(folder, { keys })).toMatchObject({ verdict: "intact", events: 21 });
  });

  it("is for its owner only", async () => {
    const spool = await openCase({
      folder: join(folder, "deep", "spool"),
      limits: { ...roomy, reserve: 4096 },
    });
    for (let index = 0; index < 100; index += 1) await spool.commit(event(`e-${index}`));
    await spool.close();
    const files = readdirSync(join(folder, "deep", "spool"));
    expect(files.length).toBeGreaterThan(2);
    for (const file of files)
      expect(statSync(join(folder, "deep", "spool", file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "deep", "spool")).mode & 0o777).toBe(0o700);
  });

  it("is open in one process at a time, and not held by a process that is gone", async () => {
    const spool = await openCase({ folder });
    await expect(openCase({ folder })).rejects.toMatchObject({ code: "locked" });
    await spool.close();
    const { pid } = spawnSync("true");
    for (const holder of [`${pid}@1`, `${process.pid}@1`]) {
      symlinkSync(holder, join(folder, "lock"));
      await (await openCase({ folder })).close();
    }
  });

  it("says that it cannot be opened, without a word of its content", async () => {
    const path = join(folder, "file");
    await (await openCase({ folder: path })).close();
    const segment = join(path, readdirSync(path)[0] ?? "");
    await expect(openCase({ folder: segment })).rejects.toMatchObject({ code: "unusable" });
  });

  it("takes nothing after it was closed", async () => {
    const spool = await openCase({ folder });
    await spool.close();
    await spool.close();
    expect(() => spool.accept(event("late"))).toThrow("closed");
    await expect(spool.commit(event("late"))).rejects.toMatchObject({ code: "closed" });
    expect(spool.counts().accepted).toBe(0);
  });

  it("takes no category that it was not told of", async () => {
    const spool = await openCase({ folder });
    for (const category of ["other", "toString", "__proto__"])
      expect(() => spool.accept({ ...event("odd"), category })).toThrow("knows no category");
    expect(spool.counts().accepted).toBe(0);
    await spool.close();
  });

  it("rejects an event that is too large, and one only", async () => {
    const spool = await openCase({ folder, eventBytes: 1000 });
    expect(() => spool.accept({ ...event("large", "access"), line: "x".repeat(1001) })).toThrow(
      "too-large",
    );
    await expect(spool.commit({ ...event("x"), id: "i".repeat(70_000) })).rejects.toMatchObject({
      code: "full",
    });
    await expect(spool.commit(event("small"))).resolves.toBe(3);
    await spool.close();
    expect(spool.counts()).toMatchObject({ accepted: 3, durable: 1, rejected: 2 });
    expect(await verifySpool(folder, { keys })).toMatchObject({ verdict: "intact" });
  });

  it("P7: signs checkpoints after so many events, at the end of a segment, and at shutdown", async () => {
    const spool = await openCase({
      folder,
      checkpoint: { events: 10, seconds: 60 },
      tallies: () => ({ masked: 3, invalid: 2 }),
    });
    expect(spool.checkpoint()).toBeUndefined();
    for (let index = 0; index < 25; index += 1) await spool.commit(event(`e-${index}`, "auth"));
    const notes = (await readAll(spool)).filter(({ kind }) => kind === "checkpoint");
    expect(notes.length).toBeGreaterThanOrEqual(2);
    expect(spool.checkpoint()).toMatch(
      /^gatewright-spool\/[0-9a-f-]{36}\n\d+\n[A-Za-z0-9+/]{43}=\nepoch 1\nevents \d+\n/,
    );
    expect(spool.checkpoint()).toMatch(
      /\ntally invalid 2\ntally masked 3\n\n— test [A-Za-z0-9+/=]+\n$/,
    );
    await spool.close();
    expect(spool.checkpoint()).toContain("\nclosed\n\n— test ");
    const report = await verifySpool(folder, { keys, olderCheckpoint: notes[0]?.line });
    expect(report).toMatchObject({ verdict: "intact", consistency: "proven" });
    expect(report.signedSize).toBe(report.size - 1);
  });

  it("P7: signs a checkpoint after so long, even when idle", async () => {
    const spool = await openCase({ folder, checkpoint: { events: 1000, seconds: 0.02 } });
    await expect.poll(() => spool.checkpoint()).toContain("\nevents 0\n");
    const first = spool.checkpoint();
    await expect.poll(() => spool.checkpoint()).not.toBe(first);
    await spool.close();
  });

  it("works without a signer, and proves order alone", async () => {
    const spool = await openCase({ folder, signers: [] });
    await spool.commit(event("e"));
    await spool.close();
    expect(await verifySpool(folder, { keys: [] })).toMatchObject({ verdict: "intact" });
    expect(await verifySpool(folder, { keys })).toMatchObject({ verdict: "unknown-key" });
  });

  it("P2: tells of a process that did not shut down, and bounds what may be gone", async () => {
    const files = createMemoryFiles();
    const first = await openCase({ folder: "/spool", files, window: 500 });
    for (let index = 0; index < 5; index += 1) await first.commit(event(`e-${index}`));
    const left = files.kill();
    await first.close().catch(() => undefined);
    const { codes, onAlert } = collectAlerts();
    const second = await openCase({ folder: "/spool", files: left, onAlert });
    expect(codes).toEqual(["unclean-stop"]);
    const heads = (await readAll(second)).filter(({ kind }) => kind === "segment");
    expect(JSON.parse(heads.at(-1)?.line ?? "{}").opening).toEqual({
      after: "unclean",
      holes: [],
      lastDurable: 5,
      upperBound: 505,
    });
    expect(second.counts()).toMatchObject({ accepted: 5, durable: 5 });
    await second.close();
  });

  it("P4: deletes what every reader has passed and the floor allows, and says so first", async () => {
    let now = Date.UTC(2026, 0, 1);
    const spool = await openCase({ folder, now: () => now, monotonic: () => now });
    for (let index = 0; index < 200; index += 1) await spool.commit(event(`e-${index}`));
    const all = await readAll(spool, 1000);
    let { next: slow } = await spool.read({ max: 60 });
    while (slow.segment < 3) ({ next: slow } = await spool.read({ from: slow, max: 60 }));
    let { next: fast } = await spool.read({ from: slow, max: 60 });
    while (fast.segment < 5) ({ next: fast } = await spool.read({ from: fast, max: 60 }));
    expect(await spool.release({ passed: [fast, slow], floorMilliseconds: 1000 })).toBe(0);
    now += 2000;
    expect(await spool.release({ passed: [fast, slow], floorMilliseconds: 1000 })).toBe(
      slow.segment - 1,
    );
    expect(
      readdirSync(folder)
        .toSorted()
        .find((name) => name.startsWith("segment")),
    ).toBe(`segment-00000000000${slow.segment}`);
    const left = await readAll(spool, 1000);
    expect(left.map(({ id }) => id)).toEqual(expect.arrayContaining(["e-199"]));
    expect(left.length).toBeLessThan(all.length);
    expect(left.filter(({ kind }) => kind === "release")).toHaveLength(1);
    // A reader that was left behind goes on with the oldest.
    const late = await spool.read({ from: { segment: 1, offset: 10, sequence: 1 }, max: 1 });
    expect(late.records[0]?.kind).toBe("segment");
    // Never the last one, whatever the readers say.
    const end = { segment: 999, offset: 0, sequence: 0 };
    await spool.release({ passed: [end], floorMilliseconds: -1 });
    await spool.commit(event("after"));
    await spool.close();
    expect(await verifySpool(folder, { keys })).toMatchObject({ verdict: "intact" });
    const again = await openCase({ folder });
    expect(again.counts()).toMatchObject({ accepted: 201, durable: 201 });
    await again.close();
  });

  it("makes what nobody waits for durable soon", async () => {
    const spool = await openCase({ folder, groupCommit: { milliseconds: 5, bytes: 2000 } });
    spool.accept(event("alone", "access"));
    await expect.poll(() => spool.counts().durable).toBe(1);
    for (let index = 0; index < 100; index += 1) spool.accept(event(`e-${index}`, "access"));
    expect(spool.counts()).toMatchObject({ accepted: 101, durable: 1, pending: 100 });
    await expect.poll(() => spool.counts().durable).toBe(101);
    await spool.close();
  });

  it("leaves no timer behind that keeps a process alive", async () => {
    const spool = await openCase({ folder });
    spool.accept(event("e", "access"));
    await spool.close();
    await wait(10);
    const kept = process.getActiveResourcesInfo().filter((name) => name === "Immediate");
    expect(kept).toEqual([]);
    expect(signer.name).toBe("test");
  });
});
