import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { auditLog } from "@gatewright/runtime/abi/audit-log";
import type { Gate, Middleware } from "@gatewright/runtime";
import { permissionGuard, routeGuard } from "@gatewright/runtime/abi/guards";
import { keys } from "@gatewright/runtime/abi/keys";
import { afterEach, describe, expect, it } from "vitest";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import { hosts } from "../../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { canonicalize } from "./canonicalize.js";
import { logPolicy, openLogDesk, PLAIN, signer, tokenOf } from "./log-desk.js";
import type { LogDesk, LogDeskOptions } from "./log-desk.js";

const snapshot = logPolicy(PLAIN);
const desks: LogDesk[] = [];
const folders = new Set<string>();
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

async function open(options: Parameters<typeof openLogDesk>[1] = {}, of = snapshot) {
  const desk = await openLogDesk(of, options);
  desks.push(desk);
  folders.add(desk.cwd);
  return desk;
}

/** The lines of the default sink, once the gate is down. */
async function linesOf(desk: LogDesk): Promise<readonly string[]> {
  await desk.close();
  desks.splice(desks.indexOf(desk), 1);
  const text = readFileSync(join(desk.cwd, "audit/events.jsonl"), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

type Line = Readonly<Record<string, unknown>>;
const parse = (lines: readonly string[]): readonly Line[] => lines.map((line) => JSON.parse(line));

describe("the record of a request in the log", () => {
  it("says who, what, by which rule, and where it stands in the log, in the form of RFC 8785", async () => {
    const desk = await open();
    const token = tokenOf("clerk", { sub: "ana \u{1f600}", org: "nord" });
    expect((await desk.send("/orders/7", { token })).status).toBe(200);
    const lines = await linesOf(desk);
    const records = parse(lines);
    for (const [index, line] of lines.entries()) expect(line).toBe(canonicalize(records[index]));
    expect(records.map(({ type }) => type)).toEqual(["audit.started", "request", "audit.stopped"]);
    const [, record] = records;
    expect(record).toMatchObject({
      action: "orders.read",
      category: "access",
      client: "127.0.0.1",
      clock: { source: "system" },
      decision: "allow",
      epoch: 1,
      method: "GET",
      outcome: "finished",
      principal: { id: "ana \u{1f600}", roles: ["clerk"], tenant: "nord" },
      reason: "granted",
      resource: { type: "orders" },
      route: "GET /orders/:id",
      rule: expect.stringMatching(/^policies\/policy\.yaml:\d+$/),
      sequence: 2,
      snapshot: snapshot.digest,
      status: 200,
      observedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
    });
    expect(String(record?.["time"]) <= String(record?.["observedTime"])).toBe(true);
  });

  it("has numbers without a gap, and times that do not go back", async () => {
    const desk = await open();
    await Promise.all(Array.from({ length: 40 }, (_, index) => desk.send(`/orders/${index}`)));
    const records = parse(await linesOf(desk));
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    const times = records.map(({ observedTime }) => String(observedTime));
    expect(times).toEqual(times.toSorted());
  });

  it("is in a file that its owner alone reads", async () => {
    const desk = await open();
    await desk.log.idle();
    expect(statSync(join(desk.cwd, "audit/events.jsonl")).mode & 0o777).toBe(0o600);
  });
});

describe("a durable category", () => {
  it("has its decision on the disk before the handler starts, and the request completes it", async () => {
    const seen: number[] = [];
    const desk: LogDesk = await open({
      handler(_request, response) {
        seen.push(desk.log.counts().durable, desk.log.counts().open);
        response.end("done");
      },
    });
    const before = desk.log.counts().durable;
    expect((await desk.send("/orders/7/refund", { method: "POST" })).status).toBe(200);
    expect(seen).toEqual([before + 1, 1]);
    const records = parse(await linesOf(desk));
    const [, decision, request] = records;
    expect(decision).toMatchObject({ type: "decision", decision: "allow", category: "auth" });
    expect(decision).not.toHaveProperty("status");
    expect(request).toMatchObject({ type: "request", status: 200, id: decision?.["id"] });
  });

  const ways: Readonly<Record<string, NonNullable<LogDeskOptions["mount"]>>> = {
    "a route guard": (gate, handler) =>
      inTurn([gate.open, gate.target, gate.authenticate, refundGuard, handler, gate.close()]),
    "a permission guard": (gate, handler) =>
      inTurn([
        gate.open,
        gate.target,
        gate.authenticate,
        permissionGuard("orders.refund"),
        handler,
      ]),
    "the gate and a guard": (gate, handler) => inTurn([gate, refundGuard, handler]),
    "the mount helper": (gate, handler) => {
      const served = ["GET /orders/:id", "POST /orders/:id/refund", "GET /health"];
      const handlers = Object.fromEntries(served.map((id) => [id, handler]));
      return gate.mount(handlers as never) as Middleware;
    },
  };
  it.each(Object.entries(ways))(
    "has one decision before the handler behind %s",
    async (_, mount) => {
      const found: number[] = [];
      const desk: LogDesk = await open({
        mount,
        handler(_request, response) {
          found.push(desk.log.counts().open);
          response.end("done");
        },
      });
      expect((await desk.send("/orders/7/refund", { method: "POST" })).status).toBe(200);
      expect(found).toEqual([1]);
      const types = parse(await linesOf(desk)).map(({ type }) => type);
      expect(types).toEqual(["audit.started", "decision", "request", "audit.stopped"]);
    },
  );

  it("has a decision for what is public and guarded by nobody", async () => {
    const of = logPolicy(`${PLAIN.trim().slice(0, -2)}, access: { durability: durable } }`);
    const desk = await open({ mount: unguarded }, of);
    expect((await desk.send("/health")).status).toBe(200);
    const types = parse(await linesOf(desk)).map(({ type }) => type);
    expect(types).toEqual(["audit.started", "decision", "request", "audit.stopped"]);
  });

  it("has no decision for what is refused, and one record", async () => {
    const desk = await open();
    const token = tokenOf("guest");
    expect((await desk.send("/orders/7/refund", { method: "POST", token })).status).toBe(403);
    const records = parse(await linesOf(desk));
    expect(records.map(({ type }) => type)).toEqual(["audit.started", "request", "audit.stopped"]);
    expect(records[1]).toMatchObject({ decision: "deny", category: "auth", status: 403 });
  });

  it("waits for the disk, where an accepted one does not", async () => {
    const disk = createSlowDisk();
    const desk = await open({ spool: { files: disk.files } });
    disk.hold();
    expect((await desk.send("/orders/7")).status).toBe(200);
    let isAnswered = false;
    const durable = desk.send("/orders/7/refund", { method: "POST" }).then((response) => {
      isAnswered = true;
      return response.status;
    });
    await desk.send("/orders/8");
    await disk.isAsked();
    expect(isAnswered).toBe(false);
    disk.letGo();
    expect(await durable).toBe(200);
  });

  it("is closed as unknown where the process ended before the answer", async () => {
    const copy = join(mkdtempSync(join(tmpdir(), "gatewright-log-")), "cwd");
    folders.add(dirname(copy));
    const desk: LogDesk = await open({
      handler(_request, response) {
        // What a kill at this moment would leave.
        cpSync(desk.cwd, copy, { recursive: true });
        response.end("done");
      },
    });
    await desk.send("/orders/7/refund", { method: "POST" });
    rmSync(join(copy, "audit/spool/lock"), { force: true });
    const again = await open({ cwd: copy });
    const records = parse(await linesOf(again));
    const decision = records.find(({ type }) => type === "decision");
    const request = records.find(({ type }) => type === "request");
    expect(request).toMatchObject({
      id: decision?.["id"],
      outcome: "unknown",
      status: null,
      route: "POST /orders/:id/refund",
      rule: decision?.["rule"],
      epoch: 2,
    });
    const third = await open({ cwd: copy });
    const later = parse(await linesOf(third));
    expect(later.filter(({ outcome }) => outcome === "unknown")).toHaveLength(1);
  });

  it("is refused with 503 where the disk fails, and no handler runs", async () => {
    const disk = createSlowDisk();
    let runs = 0;
    const desk = await open({
      spool: { files: disk.files },
      handler(_request, response) {
        runs += 1;
        response.end("done");
      },
    });
    disk.fail();
    const refused = await desk.send("/orders/7/refund", { method: "POST" });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ status: 503 });
    // Its category fails closed too, and by now it is known that nothing is kept.
    expect((await desk.send("/orders/7")).status).toBe(503);
    expect(runs).toBe(0);
    expect(desk.log.isFailing()).toBe(true);
    disk.letGo();
    await expect.poll(() => desk.log.isFailing(), { timeout: 20_000 }).toBe(false);
    expect((await desk.send("/orders/7/refund", { method: "POST" })).status).toBe(200);
    const { accepted, durable, dropped, rejected, pending } = desk.log.counts();
    expect(accepted).toBe(durable + dropped + rejected + pending);
    const records = parse(await linesOf(desk));
    const refusedRecord = records.find(({ cause }) => cause === "audit");
    expect(refusedRecord).toMatchObject({ decision: "deny", reason: "unavailable", status: 503 });
  });

  it("goes on where its category says that events may be dropped", async () => {
    const disk = createSlowDisk();
    const of = logPolicy(`${PLAIN.trim().slice(0, -2)}, access: { overflow: drop_newest } }`);
    const desk = await open({ spool: { files: disk.files } }, of);
    disk.fail();
    expect((await desk.send("/orders/7/refund", { method: "POST" })).status).toBe(503);
    expect((await desk.send("/orders/7")).status).toBe(200);
    disk.letGo();
    await expect.poll(() => desk.log.isFailing(), { timeout: 20_000 }).toBe(false);
  });
});

describe("a gate of a policy with a log", () => {
  it("does not start without it", () => {
    expect(() => start({ auditLog })).toThrow("pass the `auditLog` that `openAuditLog`");
    expect(() => start({})).toThrow("the generated code does not load auditLog");
  });

  it("records that its policy changed", async () => {
    const desk = await open();
    const next = logPolicy(PLAIN, "audit: business");
    desk.gate.swap(next);
    const records = parse(await linesOf(desk));
    expect(records.find(({ type }) => type === "policy.swapped")).toMatchObject({
      category: "config_change",
      from: snapshot.digest,
      snapshot: next.digest,
    });
  });

  it("has one process for a folder", async () => {
    const desk = await open();
    await expect(openLogDesk(snapshot, { cwd: desk.cwd })).rejects.toThrow(
      /locked|another process/,
    );
  });
});

describe("the clock of a log that is set back", () => {
  it("goes on, and says by how much the system's is off", async () => {
    let now = Date.UTC(2026, 0, 2);
    const desk = await open({ now: () => now });
    await desk.send("/orders/1");
    now -= 3_600_000;
    await desk.send("/orders/2");
    const records = parse(await linesOf(desk));
    const times = records.map(({ observedTime }) => String(observedTime));
    expect(times).toEqual(times.toSorted());
    expect(records.at(-1)?.["clock"]).toMatchObject({ source: "monotonic" });
    const { offsetMilliseconds } = Object(records.at(-1)?.["clock"]);
    expect(offsetMilliseconds).toBeLessThanOrEqual(-3_600_000);
    expect(offsetMilliseconds).toBeGreaterThan(-3_660_000);
  });
});

const refundGuard = routeGuard<LoosePolicy, string>("POST /orders/:id/refund") as Middleware;

function unguarded(gate: Gate<LoosePolicy>, handler: Middleware): Middleware {
  return inTurn([gate.open, gate.target, gate.authenticate, handler]);
}

/** As a host would call them. */
function inTurn(handlers: readonly Middleware[]): Middleware {
  return (request, response, end) => {
    const run = (index: number): void => {
      const handler = handlers[index];
      if (handler === undefined) end?.();
      else handler(request, response, () => run(index + 1));
    };
    run(0);
  };
}

function start(features: object): unknown {
  const settings = { environment: { KEYS: String(signer.jwk["k"]) } } as object;
  return createPolicyGate<LoosePolicy>(snapshot, { hosts, keys, ...features }, settings);
}

/** The disk of this machine, of which a sync can be held up or fail. */
function createSlowDisk() {
  let mode: "well" | "held" | "failing" = "well";
  let asked: (() => void) | undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const waiting: (() => void)[] = [];
  const files: SpoolFiles = {
    ...nodeFiles,
    async sync(file) {
      if (mode === "failing") throw Object.assign(new Error("EIO"), { code: "EIO" });
      if (mode === "held") {
        asked?.();
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
      await nodeFiles.sync(file);
    },
  };
  return {
    files,
    hold: () => void (mode = "held"),
    fail: () => void (mode = "failing"),
    isAsked: () => isAsked,
    letGo() {
      mode = "well";
      for (const go of waiting.splice(0)) go();
    },
  };
}
