import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect } from "vitest";
import { createNoteSigner } from "../../../../runtime/audit/spool/signed-note.js";
import { segmentName } from "../../../../runtime/audit/spool/segment-header.js";
import type { SpoolRecord } from "../../../../runtime/audit/spool/spool.js";
import { verifySpool } from "../../../../runtime/audit/spool/verify-spool.js";
import type { ChildOrder } from "./spool-child.js";
import { openCase, readEvents, sumOf } from "./spool-cases.js";
import { lineOf } from "./spool-lines.js";

/** A folder with the program of the child, and for its spools. */
export interface Workshop {
  readonly folder: string;
  readonly program: string;
  close(): void;
}

/** What a child said before it ended, and how it ended. */
export interface Told {
  readonly folder: string;
  readonly acked: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly delivered: ReadonlySet<string>;
  readonly counts:
    | Readonly<Record<"accepted" | "durable" | "dropped" | "rejected", number>>
    | undefined;
  readonly end: "closed" | "failed" | "killed";
}

export interface Run extends Omit<ChildOrder, "folder" | "key"> {
  /** As strace takes it, without the word `inject`; undefined for a run without strace. */
  readonly inject?: string;
  /** Whether only system calls on the segments are counted and tampered with. */
  readonly on?: "segments" | "anything";
  /** Milliseconds after the first line, when the child is killed. */
  readonly killAfter?: number;
}

const { privateKey } = generateKeyPairSync("ed25519");
export const childSigner = createNoteSigner("test", privateKey);
const key = String(privateKey.export({ format: "pem", type: "pkcs8" }));

/** Whether system calls of a child can be tampered with here; fails under CI=true where not. */
export function canTrace(): boolean {
  const { status } = spawnSync("strace", ["-f", "-qq", "-e", "trace=none", "true"]);
  if (status === 0) return true;
  if (process.env["CI"] === "true") throw new Error("strace is needed to sweep system calls");
  console.warn("SKIPPED: strace is missing, so no system call is swept");
  return false;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-spool-"));
  const program = join(folder, "child.mjs");
  const source = fileURLToPath(new URL("./spool-child.ts", import.meta.url));
  const options = { bundle: true, platform: "node", format: "esm", logLevel: "error" } as const;
  await build({ ...options, entryPoints: [source], outfile: program });
  return { folder, program, close: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function runChild(workshop: Workshop, run: Run): Promise<Told> {
  const { inject, on = "anything", rounds, releases, killAfter } = run;
  const folder = mkdtempSync(join(workshop.folder, "spool-"));
  const order: ChildOrder = { folder, key, rounds, releases };
  const command = [process.execPath, workshop.program, JSON.stringify(order)];
  if (inject !== undefined) {
    const paths = Array.from({ length: 60 }, (_, index) => join(folder, segmentName(index + 1)));
    const filter = on === "segments" ? paths.flatMap((path) => ["-P", path]) : [];
    const quiet = ["-f", "-qq", "-o", join(workshop.folder, "trace")];
    command.unshift("strace", ...quiet, ...filter, "-e", `inject=${inject}`);
  }
  const [program = "", ...given] = command;
  // One thread for the file system, so that its calls are counted by one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const child = spawn(program, given, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, complaint] = ["", ""];
  child.stderr.on("data", (part) => (complaint += String(part)));
  child.stdout.on("data", (part) => {
    if (out === "" && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    out += String(part);
  });
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
    (resolve) => child.on("close", (code, signal) => resolve({ code, signal })),
  );
  // A start that fails is no crash of the child.
  const isExpected = signal === "SIGKILL" || code === 0 || complaint.includes("SpoolError");
  expect(isExpected, complaint).toBe(true);
  // The last line may be cut.
  const lines = out.split("\n").slice(0, -1);
  const words = (verb: string) =>
    lines.flatMap((line) => (line.startsWith(`${verb} `) ? [line.slice(verb.length + 1)] : []));
  const [counts] = words("counts");
  return {
    folder,
    acked: new Set(words("ack")),
    refused: new Set(words("no")),
    delivered: new Set(words("delivered")),
    counts: counts === undefined ? undefined : JSON.parse(counts),
    end: lines.includes("closed") ? "closed" : signal === null ? "failed" : "killed",
  };
}

/** P1, P2, P8 after whatever happened to the child; returns the events that are there. */
export async function expectRecovered(told: Told, rounds: number): Promise<readonly SpoolRecord[]> {
  const { folder, acked, delivered } = told;
  const before = await verifySpool(folder, { keys: [childSigner.verifierKey] });
  expect(before.findings.filter(({ fault }) => fault !== "torn")).toEqual([]);
  const spool = await openCase({ folder, signers: [childSigner] });
  const events = await readEvents(spool);
  const ids = new Set(events.map(({ id }) => id));
  expect(ids.size).toBe(events.length);
  const has = (id: string) => ids.has(id) || delivered.has(id);
  expect([...acked].filter((id) => !has(id))).toEqual([]);
  // Written in the turn that took it, and so before what came later was acknowledged.
  const accepted = [...acked].map((id) => `a-${id.split("-")[1]}`);
  expect(accepted.filter((id) => !has(id))).toEqual([]);
  for (const { id, line } of events) {
    const [, kind, round = "", index = ""] = /^([ac])-(\d+)(?:-([012]))?$/.exec(id) ?? [];
    expect(kind).toBeDefined();
    expect(Number(round)).toBeLessThan(rounds);
    const length = kind === "a" ? Number(round) : (Number(round) * 7 + Number(index)) % 90;
    expect(line).toBe(lineOf(id, length));
  }
  expect(sumOf(spool.counts())).toBe(spool.counts().accepted);
  await spool.commit({ category: "auth", id: "next", line: "{}" });
  await spool.close();
  const after = await verifySpool(folder, { keys: [childSigner.verifierKey] });
  expect(after).toMatchObject({ verdict: "intact", findings: [] });
  rmSync(folder, { recursive: true, force: true });
  return events;
}

/** Does all tasks, so many at a time. */
export async function inTurns<Task>(
  tasks: readonly Task[],
  perform: (task: Task) => Promise<void>,
): Promise<void> {
  const left = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) await perform(task);
  };
  await Promise.all([work(), work()]);
}
