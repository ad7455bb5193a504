import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import { verifySpool } from "@gatewright/runtime/audit/spool";
import { afterEach, expect, it, vi } from "vitest";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

const snapshot = logPolicy(`
log: { signer: { environment: SIGNER } }
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed }
  notes: { overflow: drop_newest }
events:
  note.written: { category: notes, fields: { text: { type: string, class: public } } }
`);
const { privateKey } = generateKeyPairSync("ed25519");
const environment = {
  SIGNER: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
};
const folders = new Set<string>();
const desks: LogDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

async function open(options: Parameters<typeof openLogDesk>[1] = {}) {
  const desk = await openLogDesk(snapshot, { environment, ...options });
  desks.push(desk);
  folders.add(desk.cwd);
  const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate);
  return { ...desk, note: (text: string) => audit.record("note.written", { text }) };
}

type Line = Readonly<Record<string, unknown>>;

/** What the default sink has got so far. */
function linesOf({ cwd }: Pick<LogDesk, "cwd">, type: string): readonly Line[] {
  const text = readFileSync(join(cwd, "audit/events.jsonl"), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line): Line => JSON.parse(line)).filter((line) => line["type"] === type);
}

it("gives sinks the checkpoints by which a log that was put back to yesterday is found out", async () => {
  const desk = await open({ spool: { checkpoint: { events: 20, seconds: 60 } } });
  for (let index = 0; index < 30; index += 1) desk.note(`early ${index}`);
  await vi.waitFor(() => expect(linesOf(desk, "audit.checkpoint")).toHaveLength(1), 10_000);
  const yesterday = join(mkdtempSync(join(tmpdir(), "gatewright-log-")), "spool");
  folders.add(dirname(yesterday));
  cpSync(join(desk.cwd, "audit/spool"), yesterday, { recursive: true });
  for (let index = 0; index < 50; index += 1) desk.note(`late ${index}`);
  await vi.waitFor(
    () => expect(linesOf(desk, "audit.checkpoint").length).toBeGreaterThan(1),
    10_000,
  );
  await desk.close();

  const told = linesOf(desk, "audit.checkpoint").map(({ note }) => String(note));
  const keys = desk.log.verifierKeys;
  for (const olderCheckpoint of told) {
    const report = await verifySpool(join(desk.cwd, "audit/spool"), { keys, olderCheckpoint });
    expect(report).toMatchObject({ verdict: "intact", consistency: "proven" });
  }
  const olderCheckpoint = told.at(-1);
  const back = await verifySpool(yesterday, { keys, olderCheckpoint });
  expect(back).toMatchObject({ verdict: "truncated", consistency: "refuted" });
});

it("tells a sink that nothing happened, as often as checkpoints are due", async () => {
  const desk = await open({ spool: { checkpoint: { events: 10_000, seconds: 0.05 } } });
  await vi.waitFor(
    () => expect(linesOf(desk, "audit.checkpoint").length).toBeGreaterThan(1),
    10_000,
  );
  const [first] = linesOf(desk, "audit.checkpoint");
  expect(first).toMatchObject({
    category: "config_change",
    epoch: 1,
    note: expect.stringContaining("gatewright-spool/"),
  });
});

it("tells sinks which numbers they will not see, and why, to the event", async () => {
  const disk = failingDisk();
  const desk = await open({ spool: { files: disk.files, memoryBytes: 64 * 1024 } });
  desk.note("before");
  await vi.waitFor(() => expect(linesOf(desk, "note.written")).toHaveLength(1));
  disk.fail();
  const text = "x".repeat(1000);
  for (let index = 0; index < 300; index += 1) desk.note(text);
  await vi.waitFor(() => expect(desk.log.isFailing()).toBe(true));
  // Nothing is told while there is no room to tell it.
  expect(linesOf(desk, "audit.gap")).toEqual([]);
  disk.mend();
  await vi.waitFor(() => expect(linesOf(desk, "audit.gap")).not.toEqual([]), 10_000);
  await desk.close();

  const { dropped, rejected } = desk.log.counts();
  expect(dropped).toBeGreaterThan(100);
  expect(rejected).toBe(0);
  const gaps = linesOf(desk, "audit.gap").map(({ gap }) => Object(gap));
  expect(gaps.map(({ category, fate }) => `${category} ${fate}`)).toContain("notes dropped");
  expect(gaps.reduce((sum, { count }) => sum + count, 0)).toBe(dropped);
  const seen = new Set(allLines(desk).map(({ sequence }) => Number(sequence)));
  const missing = Array.from({ length: Math.max(...seen) }, (_, index) => index + 1).filter(
    (sequence) => !seen.has(sequence),
  );
  expect(missing).toHaveLength(dropped);
  for (const sequence of missing) {
    expect(gaps.some(({ from, to }) => from <= sequence && sequence <= to)).toBe(true);
  }
});

it("says at the start how the last process ended", async () => {
  const desk = await open();
  desk.note("one");
  await vi.waitFor(() => expect(linesOf(desk, "note.written")).toHaveLength(1));
  const cwd = join(mkdtempSync(join(tmpdir(), "gatewright-log-")), "killed");
  folders.add(dirname(cwd));
  // What a kill at this moment would leave.
  cpSync(desk.cwd, cwd, { recursive: true });
  rmSync(join(cwd, "audit/spool/lock"), { force: true });
  const killed = await open({ cwd });
  await killed.close();
  const clean = await open({ cwd });
  await clean.log.idle();
  expect(linesOf(clean, "audit.started").map(({ previous }) => previous)).toEqual([
    { after: "new", lastDurable: 0, upperBound: 0 },
    { after: "unclean", lastDurable: 2, upperBound: expect.any(Number) },
    { after: "clean", lastDurable: 2, upperBound: 2 },
  ]);
});

function allLines({ cwd }: Pick<LogDesk, "cwd">): readonly Line[] {
  const text = readFileSync(join(cwd, "audit/events.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The disk of this machine, until it fails. */
function failingDisk() {
  let isFailing = false;
  const files: SpoolFiles = {
    ...nodeFiles,
    async sync(file) {
      if (isFailing) throw Object.assign(new Error("EIO"), { code: "EIO" });
      await nodeFiles.sync(file);
    },
  };
  return { files, fail: () => void (isFailing = true), mend: () => void (isFailing = false) };
}
