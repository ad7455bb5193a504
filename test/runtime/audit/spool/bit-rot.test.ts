import { describe, expect, it } from "vitest";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import { keys, openCase, readEvents } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

// Flips one bit of each byte of a spool. CI takes every 37th byte of 25 kB; SPOOL_BIT_ROT=full takes
// every byte, and SPOOL_BIT_ROT_EVENTS=5400 a spool of 1 MB (both together take hours).
const isFull = process.env["SPOOL_BIT_ROT"] === "full";
const EVENTS = Number(process.env["SPOOL_BIT_ROT_EVENTS"] ?? 120);
const STRIDES = isFull
  ? ({ verify: 1, recover: 7 } as const)
  : ({ verify: 37, recover: 337 } as const);
const segmentBytes = 4096;

type Disk = ReadonlyMap<string, Buffer>;

describe("P8: bit rot", () => {
  it.each(["closed", "killed"] as const)(
    "is reported wherever it is in a spool that was %s",
    async (end) => {
      const disk = await fill(end);
      expect((await verify(disk)).verdict).toBe("intact");
      let missed = 0;
      for (const [path, offset] of placesOf(disk, STRIDES.verify)) {
        const report = await verify(flipped(disk, path, offset));
        const number = Number(/\d+$/.exec(path)?.[0]);
        const [first] = report.findings;
        const isPlaced = first?.segment === number && first.offset <= offset;
        if (report.verdict === "intact" || !isPlaced) missed += 1;
      }
      expect(missed).toBe(0);
    },
    3_600_000,
  );

  it.each(["closed", "killed"] as const)(
    "costs at most the one event it lies in after recovery of a spool that was %s",
    async (end) => {
      const disk = await fill(end);
      for (const [path, offset] of placesOf(disk, STRIDES.recover)) {
        const files = createMemoryFiles({}, flipped(disk, path, offset));
        const spool = await openCase({ folder: "/spool", files, segmentBytes });
        const events = await readEvents(spool);
        expect(events.length).toBeGreaterThanOrEqual(EVENTS - 1);
        for (const { id, line } of events)
          expect(line).toBe(lineOf(id, Number(id.split("-")[1]) % 50));
        await expect(spool.commit({ category: "auth", id: "next", line: "{}" })).resolves.toBe(1);
        await spool.close();
        const report = await verifySpool("/spool", { keys, files });
        expect(["intact", "corrupt"]).toContain(report.verdict);
      }
    },
    3_600_000,
  );
});

async function fill(end: "closed" | "killed"): Promise<Disk> {
  const files = createMemoryFiles();
  const checkpoint = { events: 50, seconds: 60 };
  const spool = await openCase({ folder: "/spool", files, segmentBytes, checkpoint });
  for (let index = 0; index < EVENTS; index += 1) {
    const id = `e-${index}`;
    const event = { category: "auth", id, line: lineOf(id, index % 50) };
    // Some alone, some in groups.
    if (index % 5 === 0) await spool.commit(event);
    else spool.accept(event);
  }
  await spool.commit({ category: "auth", id: "last-0", line: lineOf("last-0", 0) });
  if (end === "closed") await spool.close();
  const disk = files.content();
  await spool.close();
  return disk;
}

function verify(disk: Disk) {
  return verifySpool("/spool", { keys, files: createMemoryFiles({}, disk) });
}

function* placesOf(disk: Disk, stride: number): Generator<readonly [string, number]> {
  let skipped = 0;
  for (const [path, { length }] of disk) {
    let offset = skipped;
    for (; offset < length; offset += stride) yield [path, offset];
    skipped = offset - length;
  }
}

function flipped(disk: Disk, path: string, offset: number): Disk {
  const bytes = Buffer.from(disk.get(path) ?? []);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
  return new Map([...disk, [path, bytes]]);
}
