import { describe, expect, it } from "vitest";
import type { FullPolicy, Spool, SpoolOptions } from "../../../../runtime/audit/spool/spool.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import type { MemoryFiles } from "./memory-files.js";
import { collectAlerts, keys, openCase, readAll, readEvents, roomy } from "./spool-cases.js";

const line = JSON.stringify({ text: "x".repeat(88) });
/** Ten events, and not eleven, in the part of memory that is not kept for what is critical. */
const memoryBytes = Math.ceil((10 * (28 + 3 + 4 + line.length) * 4) / 3);

describe("P5: a category says what happens when there is no room", () => {
  it("fail_closed: the caller is told at once, and the record says how many were", async () => {
    const { spool, files } = await openFailing({ overflow: "fail_closed" });
    for (let index = 0; index < 10; index += 1) offer(spool, index);
    expect(() => offer(spool, 10)).toThrow("no room (memory)");
    await expect(spool.commit(eventOf(11))).rejects.toMatchObject({ code: "full" });
    expect(spool.counts()).toMatchObject({ accepted: 12, rejected: 2, dropped: 0, pending: 10 });
    await expectLeft(spool, files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await gapsOf(spool)).toEqual([
      { category: "cat", count: 2, fate: "rejected", from: 11, reason: "memory", to: 12 },
    ]);
    await close(spool, files);
  });

  it("drop_newest: what came first stays", async () => {
    const { spool, files } = await openFailing({ overflow: "drop_newest" });
    for (let index = 0; index < 15; index += 1) expect(offer(spool, index)).toBe(index + 1);
    expect(spool.counts()).toMatchObject({ accepted: 15, dropped: 5, pending: 10 });
    await expectLeft(spool, files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await gapsOf(spool)).toEqual([
      { category: "cat", count: 5, fate: "dropped", from: 11, reason: "memory", to: 15 },
    ]);
    await close(spool, files);
  });

  it("drop_oldest: what came last stays", async () => {
    const { spool, files } = await openFailing({ overflow: "drop_oldest" });
    for (let index = 0; index < 15; index += 1) expect(offer(spool, index)).toBe(index + 1);
    expect(spool.counts()).toMatchObject({ accepted: 15, dropped: 5, pending: 10 });
    await expectLeft(spool, files, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(await gapsOf(spool)).toEqual([
      { category: "cat", count: 5, fate: "dropped", from: 1, reason: "displaced", to: 5 },
    ]);
    await close(spool, files);
  });

  it("spill: it goes to another spool, and the record says so", async () => {
    const spillFiles = createMemoryFiles();
    const spill = await openCase({
      folder: "/spill",
      files: spillFiles,
      categories: { cat: { overflow: "fail_closed" } },
    });
    const { spool, files } = await openFailing({ overflow: "spill" }, { spill });
    for (let index = 0; index < 12; index += 1) expect(offer(spool, index)).toBe(index + 1);
    await expect(spool.commit(eventOf(12))).resolves.toBe(13);
    await expect.poll(() => spool.counts().spilled).toBe(3);
    expect(spool.counts()).toMatchObject({ accepted: 13, durable: 3, pending: 10 });
    expect((await readEvents(spill)).map(({ id }) => id)).toEqual([10, 11, 12].map(idOf));
    await expectLeft(spool, files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await gapsOf(spool)).toMatchObject([{ count: 3, fate: "spilled", from: 11, to: 13 }]);
    await close(spool, files);
    await spill.close();
  });

  it("block: a commit waits for room, and only so long", async () => {
    const patient = { overflow: "fail_closed", blockMilliseconds: 60_000 } as const;
    const { spool, files } = await openFailing(patient);
    const waiting = spool.commit(eventOf(0));
    expect(spool.counts()).toMatchObject({ accepted: 1, pending: 1 });
    await expectLeft(spool, files, [0]);
    await expect(waiting).resolves.toBe(1);
    await close(spool, files);

    const { spool: other, files: otherFiles } = await openFailing({
      ...patient,
      blockMilliseconds: 5,
    });
    await expect(other.commit(eventOf(0))).rejects.toMatchObject({ code: "full" });
    expect(other.counts()).toMatchObject({ accepted: 1, rejected: 1, pending: 0 });
    await expectLeft(other, otherFiles, []);
    await close(other, otherFiles);
  });

  it("hard mark: only what is critical goes on, with an alert at each mark", async () => {
    const files = createMemoryFiles();
    const { codes, onAlert } = collectAlerts();
    const spool = await openCase({
      folder: "/spool",
      files,
      onAlert,
      limits: { soft: 4000, hard: 8000, reserve: 0 },
      segmentBytes: 1000,
      categories: {
        cat: { overflow: "drop_newest" },
        critical: { overflow: "fail_closed", isCritical: true },
      },
    });
    for (let index = 0; index < 60; index += 1) {
      offer(spool, index);
      await spool.commit({ ...eventOf(index), category: "critical" });
    }
    expect(codes).toEqual(["soft-mark", "hard-mark"]);
    const { dropped, rejected } = spool.counts();
    expect(rejected).toBe(0);
    expect(dropped).toBeGreaterThan(10);
    // What all readers have passed makes room.
    let from = (await spool.read({ max: 1000 })).next;
    for (let reads = 0; reads < 100; reads += 1)
      from = (await spool.read({ from, max: 1000 })).next;
    await spool.release({ passed: [from], floorMilliseconds: 0 });
    offer(spool, 60);
    expect(spool.counts().dropped).toBe(dropped);
    await close(spool, files);
  });

  it("memory is bounded where one turn brings more than the disk can take", async () => {
    const files = createMemoryFiles();
    const categories = { cat: { overflow: "drop_newest" } } as const;
    const options = { memoryBytes, categories, groupCommit: { milliseconds: 1, bytes: 512 } };
    const spool = await openCase({ folder: "/spool", files, ...options });
    for (let index = 0; index < 1000; index += 1) offer(spool, index % 100);
    expect(spool.counts()).toMatchObject({ accepted: 1000, dropped: 990, pending: 10 });
    await expect.poll(() => spool.counts().pending).toBe(0);
    expect(await gapsOf(spool)).toMatchObject([{ count: 990, from: 11, to: 1000 }]);
    await close(spool, files);
  });

  it("window: beyond it no number is given, so that the bound of what may be gone holds", async () => {
    const { spool, files } = await openFailing({ overflow: "drop_newest" }, { window: 12 });
    const numbers = Array.from({ length: 20 }, (_, index) => offer(spool, index));
    expect(numbers.filter((number) => number === 0)).toHaveLength(8);
    expect(Math.max(...numbers)).toBe(12);
    expect(spool.counts()).toMatchObject({ accepted: 20, dropped: 10, pending: 10 });
    await expectLeft(spool, files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(offer(spool, 20)).toBe(13);
    await close(spool, files);
  });

  it("a flood of the rest leaves memory for what is critical", async () => {
    const categories = {
      cat: { overflow: "drop_newest" },
      top: { overflow: "fail_closed", isCritical: true },
    } as const;
    const { spool, files } = await openFailing({ overflow: "drop_newest" }, { categories });
    for (let index = 0; index < 50; index += 1) offer(spool, index);
    for (let index = 50; index < 53; index += 1)
      expect(spool.accept({ ...eventOf(index), category: "top" })).toBe(index + 1);
    expect(() => spool.accept({ ...eventOf(53), category: "top" })).toThrow("no room");
    expect(spool.counts()).toMatchObject({ accepted: 54, dropped: 40, rejected: 1, pending: 13 });
    await expectLeft(spool, files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50, 51, 52]);
    await close(spool, files);
  });

  it("whoever hears of it cannot stop it", async () => {
    const { spool, files } = await openFailing({ overflow: "fail_closed" }, { onAlert: throwing });
    offer(spool, 0);
    await expectLeft(spool, files, [0]);
    await close(spool, files);
  });

  it("is needed where there is none to spill to", async () => {
    const categories = { cat: { overflow: "spill" } } as const;
    const opening = openCase({ folder: "/spool", files: createMemoryFiles(), categories });
    await expect(opening).rejects.toThrow("no spool to spill to");
  });
});

describe("P6: a sync that fails", () => {
  it("has all that waits written to a new segment, where it is acknowledged", async () => {
    const files = createMemoryFiles();
    const { codes, onAlert } = collectAlerts();
    const categories = { cat: { overflow: "fail_closed" } } as const;
    const spool = await openCase({
      folder: "/spool",
      files,
      onAlert,
      categories,
      segmentBytes: 2 ** 20,
    });
    await spool.commit(eventOf(0));
    let failures = 0;
    files.setOptions({
      fault: (operation) => (operation === "sync" && (failures += 1) === 1 ? "EIO" : undefined),
    });
    offer(spool, 1);
    await expect(spool.commit(eventOf(2))).resolves.toBe(3);
    expect(codes).toEqual(["failing", "resumed"]);
    const heads = (await readAll(spool)).filter(({ kind }) => kind === "segment");
    const [first, second] = heads.map((head) => JSON.parse(head.line));
    expect(second.previous).toEqual({ segment: first.segment, offset: second.durable.offset });
    expect(second.previous.offset).toBeLessThan(
      files.content().get("/spool/segment-000000000001")?.length ?? 0,
    );
    expect((await readEvents(spool)).map(({ id }) => id)).toEqual([0, 1, 2].map(idOf));
    await close(spool, files);
  });

  it("twice in a row refuses those that wait, and keeps what nobody waits for", async () => {
    const { spool, files } = await openFailing({ overflow: "drop_newest" });
    offer(spool, 0);
    await expect(spool.commit(eventOf(1))).rejects.toMatchObject({ code: "full" });
    await expectLeft(spool, files, [0]);
    await close(spool, files);
  });
});

function throwing(): never {
  throw new Error("deaf");
}

/** A spool of one category whose disk takes nothing, and which knows it. */
async function openFailing(policy: FullPolicy, options: Partial<SpoolOptions> = {}) {
  const files = createMemoryFiles();
  const categories = { cat: policy, probe: { overflow: "fail_closed" } } as const;
  const limits = roomy;
  const spool = await openCase({
    folder: "/spool",
    files,
    categories,
    limits,
    memoryBytes,
    checkpoint: { events: 100, seconds: 0.01 },
    ...options,
  });
  files.setOptions({ fault: (operation) => (operation === "write" ? "EIO" : undefined) });
  // The checkpoint that is due even when idle makes it write.
  await expect.poll(() => spool.isFailing()).toBe(true);
  return { spool, files };
}

function offer(spool: Spool, index: number): number {
  return spool.accept(eventOf(index));
}

function eventOf(index: number) {
  return { category: "cat", id: idOf(index), line };
}

/** Of one length, so that all weigh the same. */
function idOf(index: number): string {
  return `e-${String(index).padStart(2, "0")}`;
}

async function expectLeft(
  spool: Spool,
  files: MemoryFiles,
  indexes: readonly number[],
): Promise<void> {
  files.setOptions({});
  await expect.poll(() => spool.isFailing()).toBe(false);
  await expect.poll(() => spool.counts().pending).toBe(0);
  expect((await readEvents(spool)).map(({ id }) => id)).toEqual(indexes.map(idOf));
}

async function gapsOf(spool: Spool) {
  const gaps = (await readAll(spool)).filter(({ kind }) => kind === "gap");
  return gaps.map((gap) => JSON.parse(gap.line));
}

async function close(spool: Spool, files: MemoryFiles): Promise<void> {
  await spool.close();
  const counts = spool.counts();
  expect(counts.accepted).toBe(counts.durable + counts.dropped + counts.rejected);
  expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "intact" });
}
