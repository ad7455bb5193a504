import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import type { Audit } from "@gatewright/runtime/abi/audit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { forge } from "../../authenticate/token-forge.js";
import {
  canaryPolicy,
  fields,
  heldDisk,
  openReceiver,
  textClasses,
  textFields,
} from "./canary-desk.js";
import { leakRows, SECRET, SPELT } from "./canary-rows.js";
import { encodingsOf } from "./encodings.js";
import { openLogDesk, ROOT, signer, tokenOf } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

const gatewright = fileURLToPath(
  new URL("../../../../generator/bin/gatewright.js", import.meta.url),
);
/** What the CLI is asked; that filters are named by a secret is not to be told either. */
const asked: readonly (readonly string[])[] = [
  ["tail"],
  ["query"],
  ["query", "--principal", SECRET, "--tenant", SECRET],
  ["stats"],
  ["verify"],
  ...["ocsf", "ecs", "cloudevents"].map((format) => ["export", "--format", format]),
];

/** For what a row records in one go, and soon filled. */
const MEMORY = 512 * 1024;

const outputs = new Map<string, Buffer>();
/** Of each row, how often it was put in. */
const put = new Map<string, number>();
const printed: string[] = [];
const restore: (() => void)[] = [];
let answers = "";
let desk: LogDesk;

beforeAll(async () => {
  listen();
  const [refusing, down] = [await openReceiver(400), await openReceiver(503)];
  restore.push(refusing.close, down.close);
  const snapshot = canaryPolicy(refusing.url, down.url);
  const [out, heard]: [string[], string[]] = [[], []];
  const stream = {
    write(text: string, done: () => void) {
      out.push(text);
      done();
      return true;
    },
  };
  const disk = heldDisk();
  const errors: unknown[] = [];
  const traces: unknown[] = [];
  // What a handler throws is the application's own, and comes to it as it was thrown.
  const thrown = new Error(SECRET);
  desk = await openLogDesk(snapshot, {
    environment: { HOOK: `whsec_${Buffer.alloc(32, 7).toString("base64")}` },
    sinks: { out: { stream } },
    spool: { files: disk.files, memoryBytes: MEMORY, checkpoint: { events: 100, seconds: 60 } },
    gateOptions: { onError: (error: unknown) => errors.push(error) },
    handler(request, response) {
      // Its `tracestate` is the client's, to be handed on as it is.
      const { tracestate: _, ...trace } = desk.gate.trace(request) ?? { tracestate: null };
      traces.push(trace, desk.gate.decision(request));
      if (request.url?.startsWith("/orders/9")) throw thrown;
      response.end("done");
    },
  });
  const audit = createPolicyAudit<LoosePolicy, Record<string, unknown>>(snapshot, desk.gate, {
    environment: { ROOT },
    custom: {
      broken: () => {
        throw new Error(SECRET);
      },
    },
    onRejected: (told) => heard.push(inspect(told)),
  });
  await sendAll();
  await recordAll(audit);
  disk.hold();
  const text = "x".repeat(1000);
  while (desk.log.counts().spilled === 0) {
    audit.record("log.filled", { text });
    await new Promise(setImmediate);
  }
  await recordSpare(audit);
  disk.letGo();
  await settled();
  outputs.set("counts", Buffer.from(inspect([desk.log.counts(), audit.counts()], { depth: 9 })));
  const checkpoint = desk.log.checkpoint() ?? "";
  await desk.close();
  const own = errors.filter((error) => error !== thrown);
  expect(own.length).toBeLessThan(errors.length);
  const texts = {
    stdout: out.join(""),
    rejections: heard.join("\n"),
    alerts: inspect(desk.alerts, { depth: 9 }),
    traces: inspect(traces, { depth: 9 }),
    errors: inspect(own, { depth: 9, showHidden: true }),
    answers,
    webhooks: [...refusing.bodies, ...down.bodies].join("\n"),
    checkpoint,
  };
  for (const [name, text] of Object.entries(texts)) outputs.set(name, Buffer.from(text));
  for (const args of asked) {
    const run = spawnSync(process.execPath, [gatewright, "audit", ...args], { cwd: desk.cwd });
    outputs.set(`audit ${args.slice(0, 3).join(" ")}`, Buffer.concat([run.stdout, run.stderr]));
  }
  for (const name of filesBelow(desk.cwd)) outputs.set(name, readFileSync(join(desk.cwd, name)));
  for (const stop of restore) stop();
  outputs.set("printed", Buffer.from(printed.join("\n")));
}, 120_000);

afterAll(() => rmSync(desk.cwd, { recursive: true, force: true }));

describe("a secret in every input", () => {
  it("is of every class of leaks", () => {
    expect(leakRows.map(({ row }) => row)).toHaveLength(39);
    for (const { row, proofs = [], ...given } of leakRows) {
      expect(proofs.length + Object.keys(given).length, row).toBeGreaterThan(0);
      if (Object.keys(given).length > 0) expect(put.get(row), row).toBeGreaterThan(0);
      for (const [file, name] of proofs) {
        const path = new URL(`../../../${file}`, import.meta.url);
        expect(readFileSync(path, "utf8"), `${file}: ${name}`).toContain(name);
      }
    }
  });

  it("reached what it was put into", () => {
    for (const status of ["200", "404", "401", "500"]) expect(answers).toContain(status);
    const lines = String(outputs.get(join("audit", "events.jsonl")))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const types = new Set(lines.map(({ type }) => type));
    const wanted = ["request", "decision", "leak.tried", "leak.spared", "audit.event-rejected"];
    expect([...types]).toEqual(expect.arrayContaining(wanted));
    // Each field was taken at least once: what is refused shows nothing of a mask.
    const taken = new Set(lines.flatMap(({ data = {} }) => Object.keys(data)));
    const all = [...Object.keys(fields), "free", "many-free"];
    expect(all.filter((name) => !taken.has(name))).toEqual([]);
  });

  it("has outputs of all kinds", () => {
    expect([...outputs.keys()]).toEqual(
      expect.arrayContaining([
        join("audit", "events.jsonl"),
        join("audit", "events.sqlite"),
        join("audit", "late.jsonl"),
        join("audit", "sinks", "refusing.dead.jsonl"),
        join("audit", "sinks", "refusing.spill.dead.jsonl"),
        join("audit", "sinks", "table.cursor"),
        join("audit", "open-decisions"),
        join("audit", "reads.jsonl"),
      ]),
    );
    for (const folder of [join("audit", "spool"), "audit-spill"]) {
      const segments = [...outputs].filter(([name]) => name.startsWith(join(folder, "segment-")));
      expect(Math.max(...segments.map(([, bytes]) => bytes.length))).toBeGreaterThan(10_000);
    }
    const mayBeEmpty = new Set(["printed", "audit query --principal " + SECRET]);
    for (const [name, bytes] of outputs) {
      if (!mayBeEmpty.has(name) && !name.endsWith("lock"))
        expect(bytes.length, name).toBeGreaterThan(0);
    }
  });

  it.each(
    [
      ...encodingsOf(SECRET),
      ...encodingsOf(SPELT),
      ...leakRows.flatMap(({ forms = [] }) => forms),
    ].map((form, index) => [index, form] as const),
  )("is in none of them, in form %i", (_, form) => {
    expect(form.length).toBeGreaterThan(7);
    const leaking = [...outputs].filter(([, bytes]) => bytes.includes(form));
    expect(leaking.map(([name]) => name.replace(SECRET, "…"))).toEqual([]);
  });
});

function onWarning(warning: Error): void {
  printed.push(inspect(warning));
}

/** Hears all that the process prints, and what it warns of. */
function listen(): void {
  process.on("warning", onWarning);
  restore.push(() => process.off("warning", onWarning));
  for (const method of ["log", "info", "warn", "error", "debug", "trace"] as const) {
    const spy = vi
      .spyOn(console, method)
      .mockImplementation((...args) => void printed.push(inspect(args)));
    restore.push(() => spy.mockRestore());
  }
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, "write").mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
    restore.push(() => spy.mockRestore());
  }
}

function count(row: string): void {
  put.set(row, (put.get(row) ?? 0) + 1);
}

/** Events with the values of every row in every field. */
async function recordAll(audit: Audit<Record<string, unknown>>): Promise<void> {
  for (const { row, values = () => [], texts = [] } of leakRows) {
    for (const [index, value] of values().entries()) {
      // Made anew for each field: some show another face to whoever looks again.
      const make = () => values()[index];
      if (typeof value === "string") audit.record("leak.tried", textFields(value));
      for (const name of Object.keys(fields)) {
        if (isTried(name, value)) audit.record("leak.tried", { [name]: make() });
      }
      audit.record("leak.tried", {
        card: [make()],
        "many-card": [make()],
        "many-name": [[make()]],
      });
      audit.record("leak.tried", { undeclared: make(), [SECRET]: make(), count: 1 });
      audit.record("leak.tried", make());
      audit.record(SECRET, make());
      count(row);
    }
    for (const free of texts) {
      audit.record("leak.tried", { free, "many-free": [free, free] });
      count(row);
    }
    // As fast as the log takes it: none is to be dropped.
    await vi.waitFor(() => expect(desk.log.counts().pending).toBe(0));
  }
  audit.record("leak.tried", { urgent: true, "double-band": 5.5, "int-hashed": 7 });
}

/** The same to a category that is spilled, and that a sink refuses. */
async function recordSpare(audit: Audit<Record<string, unknown>>): Promise<void> {
  for (const { values = () => [], texts = [] } of leakRows) {
    for (const value of values()) {
      const given = typeof value === "string" ? textFields(value) : { "null-out": value };
      audit.record("leak.spared", given);
    }
    for (const free of texts) audit.record("leak.spared", { free });
    // As fast as the spill takes it.
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

function isTried(name: string, value: unknown): boolean {
  // A number is no secret where the policy says that it is public.
  if (typeof value === "number") return name !== "count";
  // One text class is like another for what is no text: none of their masks is asked.
  return typeof value === "string" || name === "null-out" || !isTextClass(name);
}

function isTextClass(name: string): boolean {
  return (textClasses as readonly string[]).includes(name);
}

/** Until the sinks have done what they will. */
async function settled(): Promise<void> {
  const sink = (name: string) => desk.log.counts().sinks[name];
  await vi.waitFor(
    () => {
      for (const name of ["refusing", "refusing.spill"]) expect(sink(name)?.pending).toBe(0);
      expect(sink("down")?.fellBack).toBeGreaterThan(0);
      expect(sink("down.spill")?.fellBack).toBeGreaterThan(0);
    },
    { timeout: 60_000 },
  );
  const { dropped, rejected } = desk.log.counts();
  expect([dropped, rejected]).toEqual([0, 0]);
}

/** Requests with what every row has for them. */
async function sendAll(): Promise<void> {
  const bad = forge(signer, { claims: { roles: [SECRET], org: "north", nonce: SECRET, exp: 1 } });
  const good = `Bearer ${tokenOf("clerk", { nonce: SECRET })}`;
  const basic = `Basic ${Buffer.from(`u:${SECRET}`).toString("base64")}`;
  for (const authorization of [good, `Bearer ${bad}`, `Bearer ${SECRET}`, basic, SECRET]) {
    for (const { row, paths = [], headers, bodies = [], raw = [] } of leakRows) {
      const targets = [...paths, ...(headers ? ["/orders/7", "/orders/9"] : [])];
      for (const path of targets) {
        await send(path, authorization, { ...(headers && { headers }) });
        count(row);
      }
      for (const body of bodies)
        await send("/orders/7/refund", authorization, { method: "POST", body });
      for (const head of raw) answers += await sendRaw(`${head}\r\nConnection: close\r\n\r\n`);
    }
  }
}

async function send(path: string, authorization: string, init: RequestInit = {}): Promise<void> {
  const headers = { ...(init.headers as Record<string, string>), authorization };
  const response = await desk.send(path, { ...init, token: null, headers });
  answers += `${response.status} ${inspect([...response.headers])} ${await response.text()}\n`;
}

/** What no client would send. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(Number(new URL(desk.url).port), "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("error", () => undefined).write(text);
  await once(socket, "close");
  return answer;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
