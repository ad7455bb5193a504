import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSink } from "../../runtime/audit/sinks/index.js";
import { GateError } from "../../runtime/gate-error.js";
import { openJsonlSink } from "../../runtime/audit/sinks/jsonl.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatewright-sink-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const about = { category: "access", id: "1" };
const unexpected = (error: unknown) => {
  throw error;
};

describe("the JSONL sink", () => {
  it("keeps every line, in order, over several openings", async () => {
    const path = join(folder, "deep", "audit.jsonl");
    for (const round of [0, 1]) {
      const sink = openJsonlSink(path, unexpected);
      for (let index = 0; index < 5000; index += 1) sink.write(`${round * 5000 + index}`, about);
      await sink.close();
    }
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(lines).toEqual(Array.from({ length: 10_000 }, (_, index) => String(index)));
  });

  it("creates the file for its owner only", async () => {
    const path = join(folder, "audit.jsonl");
    await openJsonlSink(path, unexpected).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("says that it fails when the disk is full, and keeps a bounded number", async () => {
    const errors: unknown[] = [];
    const sink = openJsonlSink("/dev/full", (error) => errors.push(error));
    sink.write("first", about);
    await expect.poll(() => sink.isFailing()).toBe(true);
    for (let index = 0; index < 10_050; index += 1) sink.write("more", about);
    await expect(sink.close()).rejects.toMatchObject({ code: "ENOSPC" });
    expect(errors).toHaveLength(1);
  });

  it("refuses to start where it cannot open", async () => {
    await writeFile(join(folder, "file"), "");
    const sink = { kind: "jsonl", path: "file/audit.jsonl" } as const;
    const open = () => openSink({ sink }, { cwd: folder, onError: unexpected });
    expect(open).toThrow(GateError);
    expect(open).toThrow("the audit sink `file/audit.jsonl` cannot be opened (E");
  });
});
