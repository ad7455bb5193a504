import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Cursor, Spool, SpoolRecord } from "../../../../runtime/audit/spool/spool.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import { collectAlerts, keys, openCase, readAll, readEvents, roomy, sumOf } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "gatewright-small-disk-"));
const disk = join(folder, "disk");
mkdirSync(disk);
const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
const isMounted = status === 0;
if (!isMounted)
  console.warn("SKIPPED: no tmpfs can be mounted here; the disk in memory stands for it");

afterAll(() => {
  if (isMounted) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

describe("P5: a disk of 1 MiB", () => {
  it("in memory says what it refused in space kept for that, and goes on when there is room", () =>
    fillUp("/disk/spool", createMemoryFiles({ capacity: () => MIB })));

  it.runIf(isMounted)("does so on a real file system too", () =>
    fillUp(join(disk, "spool"), nodeFiles),
  );
});

async function fillUp(spoolFolder: string, files: SpoolFiles): Promise<void> {
  const { codes, onAlert } = collectAlerts();
  const limits = { ...roomy, soft: 512 * 1024, reserve: 64 * 1024 };
  const options = { folder: spoolFolder, files, limits, onAlert, segmentBytes: 128 * 1024 };
  const spool = await openCase(options);
  const told = { acked: 0, refused: 0 };
  const commit = (to: Spool) => {
    const id = `e-${told.acked + told.refused}`;
    return to.commit({ category: "auth", id, line: lineOf(id, 400) }).then(
      () => (told.acked += 1),
      () => (told.refused += 1),
    );
  };
  while (told.refused < 50) await commit(spool);
  expect(codes.slice(0, 2)).toEqual(["soft-mark", "full"]);
  expect(spool.isFailing()).toBe(true);
  expect(spool.counts()).toMatchObject({ durable: told.acked, rejected: 50, pending: 0 });
  // The first refusals are in the record while the disk is still full.
  const saidGaps = async () => linesOf(await readAll(spool, 10_000), "gap").length;
  await expect.poll(saidGaps).toBeGreaterThan(0);
  const full = await readAll(spool, 10_000);
  expect(linesOf(full, "gap")[0]).toMatchObject({
    category: "auth",
    fate: "rejected",
    from: told.acked + 1,
  });
  expect(linesOf(full, "alert")).toContainEqual(expect.objectContaining({ code: "full" }));
  expect(full.filter(({ kind }) => kind === "event")).toHaveLength(told.acked);
  await expectRoom(spool, () => commit(spool));
  const kept = (await readEvents(spool)).length;
  await spool.close();
  expect(sumOf(spool.counts())).toBe(told.acked + told.refused);
  expect(spool.counts()).toMatchObject({ durable: told.acked, rejected: told.refused });
  const report = await verifySpool(spoolFolder, { keys, files });
  expect(report).toMatchObject({ verdict: "intact", events: kept });

  // A process that finds the disk full to the brim can make room too.
  const next = await openCase(options);
  expect(next.counts()).toEqual(spool.counts());
  const before = told.refused;
  while (told.refused < before + 5) await commit(next);
  await next.close().catch(() => undefined);
  const late = await openCase(options);
  expect(late.counts()).toMatchObject({ durable: told.acked });
  await expectRoom(late, () => commit(late));
  await late.close();
  expect(await verifySpool(spoolFolder, { keys, files })).toMatchObject({ verdict: "intact" });
}

/** Releases what was read, while there is no space but what was written ahead. */
async function expectRoom(spool: Spool, commit: () => Promise<number>): Promise<void> {
  let from: Cursor | undefined;
  for (let reads = 0; reads < 5; reads += 1) from = (await spool.read({ from, max: 10_000 })).next;
  const passed = from === undefined ? [] : [from];
  expect(await spool.release({ passed, floorMilliseconds: 0 })).toBeGreaterThan(0);
  await expect.poll(() => spool.isFailing()).toBe(false);
  const { durable } = spool.counts();
  await commit();
  expect(spool.counts().durable).toBe(durable + 1);
}

function linesOf(records: readonly SpoolRecord[], kind: SpoolRecord["kind"]) {
  return records.filter((record) => record.kind === kind).map(({ line }) => JSON.parse(line));
}
