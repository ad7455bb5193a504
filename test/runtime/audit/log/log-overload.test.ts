import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import { readSource, openAuditSource } from "@gatewright/runtime/audit/read";
import { afterEach, expect, it, vi } from "vitest";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

const SECONDS = Number(process.env["GATEWRIGHT_LOG_OVERLOAD_SECONDS"] ?? 4);
/** What a sync takes here, so that the disk takes about a tenth of what is offered. */
const SYNC_MILLISECONDS = 40;
const MEMORY = 256 * 1024;
const EVENTS_A_TURN = 400;

const snapshot = logPolicy(`
log: { spill: audit-spill }
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed }
  access: { overflow: drop_newest }
  newest: { overflow: drop_newest }
  oldest: { overflow: drop_oldest }
  spilled: { overflow: spill }
  closed: { overflow: fail_closed }
events:
  at.newest: { category: newest, fields: { text: { type: string, class: public } } }
  at.oldest: { category: oldest, fields: { text: { type: string, class: public } } }
  at.spilled: { category: spilled, fields: { text: { type: string, class: public } } }
  at.closed: { category: closed, fields: { text: { type: string, class: public } } }
`);
const types = ["at.newest", "at.oldest", "at.spilled", "at.closed"];

let desk: LogDesk | undefined;
let cwd = "";
afterEach(async () => {
  await desk?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** A disk that syncs the main spool slowly; that of the spill is as it is. */
function slowDisk(): SpoolFiles {
  const slow = new Set<number>();
  return {
    ...nodeFiles,
    open(path, use) {
      const file = nodeFiles.open(path, use);
      if (path.includes(join("audit", "spool"))) slow.add(file);
      else slow.delete(file);
      return file;
    },
    async sync(file) {
      if (slow.has(file)) await wait(SYNC_MILLISECONDS);
      await nodeFiles.sync(file);
    },
  };
}

it(
  "accounts for every event, keeps what is critical, and holds no more in memory than it may",
  async () => {
    cwd = mkdtempSync(join(tmpdir(), "gatewright-log-"));
    desk = await openLogDesk(snapshot, {
      cwd,
      spool: { files: slowDisk(), memoryBytes: MEMORY },
      environment: {},
    });
    const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate);
    const text = "x".repeat(500);
    const end = performance.now() + SECONDS * 1000;
    const heap: number[] = [];
    const statuses: number[] = [];
    let offered = 0;
    while (performance.now() < end) {
      for (let index = 0; index < EVENTS_A_TURN; index += 1) {
        audit.record(types[index % types.length] ?? "", { text });
      }
      offered += EVENTS_A_TURN;
      // A durable category among the flood.
      statuses.push((await desk.send("/orders/7/refund", { method: "POST" })).status);
      const { accepted, durable, dropped, rejected, pending } = desk.log.counts();
      expect(accepted).toBe(durable + dropped + rejected + pending);
      heap.push(process.memoryUsage().heapUsed);
    }
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    await desk.log.idle();
    const counts = desk.log.counts();
    expect(counts.pending).toBe(0);
    expect(counts.dropped).toBeGreaterThan(offered / 10);
    expect(counts.rejected).toBeGreaterThan(0);
    expect(counts.spilled).toBeGreaterThan(0);
    // Whatever was offered, far less is held at any time than was dropped.
    expect(Math.max(...heap) - Math.min(...heap)).toBeLessThan(128 * 1024 * 1024);
    const { dropped, rejected, durable, spilled } = counts;
    await desk.close();
    desk = undefined;

    const gaps = { dropped: 0, rejected: 0, spilled: 0 };
    let events = 0;
    const source = await openAuditSource(join(cwd, "audit"));
    for await (const batch of readSource(source)) {
      events += batch.entries.length;
      for (const { kind, line } of batch.notes) {
        if (kind !== "gap") continue;
        const { fate, count } = JSON.parse(line) as { fate: keyof typeof gaps; count: number };
        gaps[fate] += count;
      }
    }
    await source.close();
    expect(gaps).toEqual({ dropped, rejected, spilled });
    // The end of the log is an event too.
    expect(events).toBe(durable - spilled + 1);
    const delivered = readFileSync(join(cwd, "audit/events.jsonl"), "utf8").trimEnd().split("\n");
    expect(delivered).toHaveLength(durable + 1);
    const seen = delivered.filter((line) => line.includes('"type":"at.spilled"'));
    expect(seen.length).toBe(Math.ceil(offered / types.length));
  },
  60_000 + SECONDS * 5000,
);

it("answers 503 where a category fails closed and there is no room, and no handler runs", async () => {
  cwd = mkdtempSync(join(tmpdir(), "gatewright-log-"));
  let runs = 0;
  const strict = logPolicy(`
log: {}
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed }
events:
  at.business: { fields: { text: { type: string, class: public } } }
`);
  desk = await openLogDesk(strict, {
    cwd,
    spool: { files: slowDisk(), memoryBytes: 64 * 1024 },
    handler(_request, response) {
      runs += 1;
      response.end("done");
    },
  });
  const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(strict, desk.gate);
  expect((await desk.send("/orders/7")).status).toBe(200);
  const text = "x".repeat(1000);
  const flood = setInterval(() => {
    for (let index = 0; index < 200; index += 1) audit.record("at.business", { text });
  }, 1);
  try {
    await vi.waitFor(async () => expect((await desk?.send("/orders/7"))?.status).toBe(503), {
      timeout: 10_000,
      interval: 1,
    });
  } finally {
    clearInterval(flood);
  }
  const before = runs;
  // What is critical has room of its own.
  expect((await desk.send("/orders/7/refund", { method: "POST" })).status).toBe(200);
  await vi.waitFor(async () => expect((await desk?.send("/orders/7"))?.status).toBe(200), {
    timeout: 10_000,
  });
  expect(runs).toBe(before + 2);
  const { accepted, durable, dropped, rejected, pending } = desk.log.counts();
  expect(accepted).toBe(durable + dropped + rejected + pending);
  expect(rejected).toBeGreaterThan(0);
}, 60_000);

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
