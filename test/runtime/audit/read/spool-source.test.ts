import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSpoolSource } from "../../../../runtime/audit/read/spool-source.js";
import { readSource } from "../../../../runtime/audit/read/source.js";
import { fieldsOf, framesOf } from "../../../../runtime/audit/spool/frame.js";
import { openCase } from "../spool/spool-cases.js";

const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "segment-000000000001");

async function readLines(): Promise<{
  readonly lines: readonly string[];
  readonly passed: number;
}> {
  const source = openSpoolSource(folder);
  const lines: string[] = [];
  let passed = 0;
  for await (const batch of readSource(source)) {
    lines.push(...batch.entries.map(({ line }) => line));
    passed += batch.passed.length;
  }
  await source.close();
  return { lines, passed };
}

/** What reading the segment in one piece finds. */
function expected(bytes: Buffer): readonly string[] {
  return [...framesOf(bytes, 0)].flatMap((item) =>
    item.kind === "event" ? [fieldsOf(bytes, item).line] : [],
  );
}

/** A generator of numbers that is the same every time (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a segment that is read in chunks", () => {
  it("gives what one that is read whole gives, wherever it is damaged", async () => {
    const spool = await openCase({ folder, segmentBytes: 2 ** 26 });
    const random = createRandom(1);
    for (let index = 0; index < 1500; index += 1) {
      // Some are longer than a chunk, and than several.
      const size =
        index % 300 === 7 ? 300_000 : index % 100 === 3 ? 70_000 : Math.floor(random() * 900);
      const line = JSON.stringify({ id: String(index), more: "x".repeat(size) });
      await spool.commit({ category: "access", id: String(index), line });
    }
    await spool.close();
    const whole = readFileSync(path);
    expect((await readLines()).lines).toEqual(expected(whole));
    expect(expected(whole)).toHaveLength(1500);
    for (let round = 0; round < 30; round += 1) {
      const bytes = Buffer.from(whole);
      for (let count = 0; count < 1 + round * 2; count += 1) {
        const at = 2000 + Math.floor(random() * (bytes.length - 2000));
        const end = at + Math.floor(random() ** 4 * 100_000) + 1;
        bytes.fill(Math.floor(random() * 256), at, Math.min(end, bytes.length));
      }
      writeFileSync(path, bytes);
      const { lines, passed } = await readLines();
      const wanted = expected(bytes);
      expect(lines).toEqual(wanted);
      if (wanted.length < 1500) expect(passed).toBeGreaterThan(0);
      const cut = whole.subarray(0, Math.floor(random() * whole.length));
      writeFileSync(path, cut);
      expect((await readLines()).lines).toEqual(expected(cut));
    }
  });

  it("comes to an end of frames that lie about their length", async () => {
    const head = Buffer.from([0x00, 0xf5, 0x47, 0x57, 0, 0, 0, 0, 0, 0, 0xf0, 0]);
    const block = Buffer.concat([head, Buffer.alloc(16), Buffer.from([2, 0, 0, 0])]);
    writeFileSync(path, Buffer.concat(Array.from({ length: 300_000 }, () => block)));
    const { lines, passed } = await readLines();
    expect(lines).toEqual([]);
    expect(passed).toBeGreaterThan(0);
  });
});
