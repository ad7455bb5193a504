import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createFrame, fieldsOf, framesOf } from "../../../../runtime/audit/spool/frame.js";
import { createNoteSigner } from "../../../../runtime/audit/spool/signed-note.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import { createMemoryFiles } from "./memory-files.js";
import { keys, openCase } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

type Disk = ReadonlyMap<string, Buffer>;

const stranger = createNoteSigner("stranger", generateKeyPairSync("ed25519").privateKey);

describe("P8: a spool that somebody had a hand in", () => {
  it.each([1, 2, 5, 20])(
    "is truncated where the last %i frames are gone and a checkpoint is kept outside",
    async (count) => {
      const { disk, outside } = await fill();
      const path = [...disk.keys()].toSorted().at(-1) ?? "";
      const bytes = disk.get(path) ?? Buffer.alloc(0);
      const places = [...framesOf(bytes, 0)].map(({ from }) => from);
      const cut = places.at(-Math.min(count, places.length)) ?? 0;
      const shorter = new Map([...disk, [path, bytes.subarray(0, cut)]]);
      const files = createMemoryFiles({}, shorter);
      const report = await verifySpool("/spool", { keys, files, olderCheckpoint: outside });
      expect(report).toMatchObject({ verdict: "truncated", consistency: "refuted" });
    },
  );

  it("is truncated where the last segment is gone", async () => {
    const { disk, outside } = await fill();
    const path = [...disk.keys()].toSorted().at(-1) ?? "";
    const shorter = new Map([...disk].filter(([other]) => other !== path));
    const files = createMemoryFiles({}, shorter);
    const report = await verifySpool("/spool", { keys, files, olderCheckpoint: outside });
    expect(report).toMatchObject({ verdict: "truncated", consistency: "refuted" });
  });

  it("is truncated where yesterday's folder was restored, used or not", async () => {
    const yesterday = await fill();
    const files = createMemoryFiles({}, yesterday.disk);
    const { outside } = await fill(files);
    const restored = createMemoryFiles({}, yesterday.disk);
    const verify = () => verifySpool("/spool", { keys, files: restored, olderCheckpoint: outside });
    expect(await verify()).toMatchObject({ verdict: "truncated", consistency: "refuted" });
    for (const round of [1, 2]) await fill(restored, `again-${round}`);
    expect(await verify()).toMatchObject({ verdict: "truncated", consistency: "refuted" });
    // Both are whole in themselves.
    expect(await verifySpool("/spool", { keys, files: restored })).toMatchObject({
      verdict: "intact",
    });
    expect(
      await verifySpool("/spool", { keys, files, olderCheckpoint: yesterday.outside }),
    ).toMatchObject({ verdict: "intact", consistency: "proven" });
  });

  it("is truncated where a segment in the middle or at the start is gone, by itself", async () => {
    const { disk } = await fill();
    const paths = [...disk.keys()].toSorted();
    for (const path of paths.slice(0, -1)) {
      const files = createMemoryFiles({}, new Map([...disk].filter(([other]) => other !== path)));
      expect(await verifySpool("/spool", { keys, files })).toMatchObject({ verdict: "truncated" });
    }
  });

  it("is forged where an event was changed and all checksums put right", async () => {
    const { disk } = await fill();
    const path = [...disk.keys()].toSorted()[1] ?? "";
    for (const change of ["other", "gone"] as const) {
      const files = createMemoryFiles({}, new Map([...disk, [path, tampered(disk, path, change)]]));
      const { verdict, findings } = await verifySpool("/spool", { keys, files });
      expect(verdict).toBe("forged");
      expect(findings.at(-1)?.detail).not.toContain("e-");
    }
  });

  it("is of an unknown key where another one signed it", async () => {
    const { disk } = await fill();
    const files = createMemoryFiles({}, disk);
    const verify = (known: readonly string[]) => verifySpool("/spool", { keys: known, files });
    expect(await verify([stranger.verifierKey])).toMatchObject({
      verdict: "unknown-key",
      signedSize: 0,
    });
    expect(await verify([stranger.verifierKey, ...keys])).toMatchObject({ verdict: "intact" });
    expect(await verify([])).toMatchObject({ verdict: "intact", signedSize: 0 });
  });

  it("is forged where a signature by a known key does not hold", async () => {
    const { disk, outside = "" } = await fill();
    const files = createMemoryFiles({}, disk);
    const olderCheckpoint = outside.replace("\nepoch 1", "\nepoch 7");
    expect(olderCheckpoint).not.toBe(outside);
    const report = await verifySpool("/spool", { keys, files, olderCheckpoint });
    expect(report).toMatchObject({ verdict: "forged", consistency: "refuted" });
  });
});

async function fill(files = createMemoryFiles(), name = "e") {
  const checkpoint = { events: 20, seconds: 60 };
  const spool = await openCase({ folder: "/spool", files, checkpoint, segmentBytes: 8192 });
  for (let index = 0; index < 120; index += 1) {
    const id = `${name}-${index}`;
    const event = { category: "auth", id, line: lineOf(id) };
    if (index % 6 === 0) await spool.commit(event);
    else spool.accept(event);
  }
  await spool.close();
  return { disk: files.content(), outside: spool.checkpoint() };
}

function tampered(disk: Disk, path: string, change: "other" | "gone"): Buffer {
  const bytes = disk.get(path) ?? Buffer.alloc(0);
  let left = 3;
  const parts = [...framesOf(bytes, 0)].flatMap((frame) => {
    if (frame.kind === "damage" || frame.kind === "tail") return [];
    if (frame.kind === "event") left -= 1;
    if (frame.kind !== "event" || left !== 0) return [bytes.subarray(frame.from, frame.to)];
    const fields = fieldsOf(bytes, frame);
    const line = fields.line.replace('"e-', '"f-');
    return change === "gone" ? [] : [createFrame({ ...fields, line })];
  });
  return Buffer.concat(parts);
}
