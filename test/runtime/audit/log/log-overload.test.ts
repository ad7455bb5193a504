import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import { readSource, openAuditSource } from "@gatewright/runtime/audit/read";
import { afterEach, expect, it, vi } from "vitest";
import { parseGap } from "../../../../runtime/audit/spool/ledger.js";
import type { Gap } from "../../../../runtime/audit/spool/ledger.js";
import type { GapFate } from "../../../../runtime/audit/spool/ledger.js";
import { nodeFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { SpoolFiles } from "../../../../runtime/audit/spool/spool-files.js";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

/** How long all rules are flooded at once; each alone is for half of it. The full size is 60: `GATEWRIGHT_LOG_OVERLOAD_SECONDS=60 npx vitest run test/runtime/audit/log/log-overload.test.ts`. */
const SECONDS = Number(process.env["GATEWRIGHT_LOG_OVERLOAD_SECONDS"] ?? 4);
/** What the disk takes here in a millisecond: about a tenth of what is offered. A sync is 10 ms at least. */
const BYTES_A_MILLISECOND = 3000;
const SYNC_MILLISECONDS = 10;
/** Between two turns of the flood, which waits for no answer. */
const PAUSE_MILLISECONDS = 10;
const MEMORY = 256 * 1024;
/**
 * What the live heap and the buffers may grow by: the memory of two spools, and what the service and its sink have in
 * hand. Measured at the CI size: 0.2 to 6.5 MB, and 15 to 79 MB where the memory has no bound; in a minute: up to 9.7 MB.
 */
const LIVE_BYTES = 2 * MEMORY + (SECONDS > 10 ? 12 : 8) * 1024 * 1024;

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

/** What may become of events of a category that get no frame. */
const fates: Readonly<Record<string, GapFate>> = {
  access: "dropped",
  newest: "dropped",
  oldest: "dropped",
  spilled: "spilled",
  closed: "rejected",
};

interface Flood {
  readonly name: string;
  readonly seconds: number;
  /** Events of a category in each turn. */
  readonly events: Readonly<Record<string, number>>;
  /** Whether there is no room in the spill either, at times. */
  readonly isSpillFull?: boolean;
}

const floods: readonly Flood[] = [
  {
    name: "all rules at once",
    events: { newest: 500, oldest: 500, spilled: 40, closed: 500 },
    seconds: SECONDS,
  },
  { name: "drop_newest", events: { newest: 1500 }, seconds: SECONDS / 2 },
  { name: "drop_oldest", events: { oldest: 1500 }, seconds: SECONDS / 2 },
  { name: "spill", events: { spilled: 1500 }, seconds: SECONDS / 2, isSpillFull: true },
  { name: "fail_closed", events: { closed: 1500 }, seconds: SECONDS / 2 },
];

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

let desk: LogDesk | undefined;
let cwd = "";
afterEach(async () => {
  await desk?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** A disk that syncs the main spool slowly, the more the longer; that of the spill is as it is. */
function slowDisk(): SpoolFiles {
  const unsynced = new Map<number, number>();
  return {
    ...nodeFiles,
    open(path, use) {
      const file = nodeFiles.open(path, use);
      if (path.includes(join("audit", "spool"))) unsynced.set(file, 0);
      else unsynced.delete(file);
      return file;
    },
    write(file, bytes, position) {
      const before = unsynced.get(file);
      if (before !== undefined) unsynced.set(file, before + bytes.length);
      return nodeFiles.write(file, bytes, position);
    },
    async sync(file) {
      const bytes = unsynced.get(file);
      if (bytes !== undefined) {
        unsynced.set(file, 0);
        await wait(Math.max(SYNC_MILLISECONDS, bytes / BYTES_A_MILLISECOND));
      }
      await nodeFiles.sync(file);
    },
  };
}

it.each(floods)(
  "accounts for every event of each category, and holds no more in memory than it may: $name",
  async ({ events, seconds, isSpillFull = false }) => {
    cwd = mkdtempSync(join(tmpdir(), "gatewright-log-"));
    const lost = createTally();
    desk = await openLogDesk(snapshot, {
      cwd,
      spool: { files: slowDisk(), memoryBytes: MEMORY },
      environment: {},
      onAlert: (alert) => {
        if (alert.source === "record") lost.add(alert.detail.replace(/:.*/, ""));
      },
    });
    const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate);
    const text = "x".repeat(500);
    const offered = createTally();
    const live: number[] = [];
    const most = Math.max(...Object.values(events));
    const answers: Promise<number>[] = [];
    const turn = async (log: LogDesk) => {
      // One after another, so that all find what room there is.
      for (let index = 0; index < most; index += 1) {
        for (const [category, count] of Object.entries(events)) {
          if (index >= count) continue;
          audit.record(`at.${category}`, { text });
          offered.add(category);
        }
      }
      // A durable category, and one that is not, among the flood.
      answers.push(statusOf(log.send("/orders/7/refund", { method: "POST" })));
      answers.push(statusOf(log.send("/orders/7")));
      offered.add("auth", 2);
      offered.add("access");
      await wait(PAUSE_MILLISECONDS);
    };
    const end = performance.now() + seconds * 1000;
    for (let turns = 0; performance.now() < end; turns += 1) {
      await turn(desk);
      const { accepted, durable, dropped, rejected, pending } = desk.log.counts();
      expect(accepted).toBe(durable + dropped + rejected + pending);
      if (turns % 10 === 0) live.push(liveBytes());
    }
    const statuses = await Promise.all(answers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    // The first is that of a memory that is full already.
    const [first = 0] = live;
    expect(Math.max(...live) - first).toBeLessThan(LIVE_BYTES);
    const { log } = desk;
    await log.idle();
    await desk.close();
    desk = undefined;
    const counts = log.counts();
    expect(counts.pending).toBe(0);

    const { found: inSpool, gaps } = await readTallies(join(cwd, "audit"));
    const { found: inSpill, gaps: spillGaps } = await readTallies(join(cwd, "audit-spill"));
    const { delivered, told, own: said } = await readDelivered(join(cwd, "audit/events.jsonl"));
    // Of the log itself: it was opened and closed, and told of gaps and checkpoints.
    offered.add("config_change", said);
    // Each has what was offered, without what a gap of its own category tells of, and no fate but its own.
    for (const [category, count] of offered.all()) {
      const own = fates[category];
      for (const [fate, tally] of Object.entries(gaps)) {
        const isAdmitted = fate === own || (isSpillFull && category === "spilled");
        if (!isAdmitted) expect(tally.of(category), `${category} ${fate}`).toBe(0);
      }
      const rejected = gaps.rejected.of(category);
      const kept = count - gaps.dropped.of(category) - rejected;
      expect(delivered.of(category), category).toBe(kept);
      expect(inSpool.of(category) + inSpill.of(category), category).toBe(kept);
      expect(inSpill.of(category), category).toBe(gaps.spilled.of(category));
      expect(lost.of(category), category).toBe(rejected);
      // What the spill refuses has no other place to go.
      const refused = category === "spilled" ? gaps.dropped.of(category) : 0;
      expect(spillGaps.rejected.of(category), category).toBe(refused);
      const isFlooded = category in events && own !== undefined;
      if (isFlooded) expect(gaps[own].of(category)).toBeGreaterThan(isSpillFull ? 0 : count / 10);
    }
    expect([...delivered.all().keys()].filter((category) => offered.of(category) === 0)).toEqual(
      [],
    );
    expect(counts).toMatchObject({
      dropped: gaps.dropped.sum(),
      rejected: gaps.rejected.sum(),
      spilled: gaps.spilled.sum(),
      durable: delivered.sum(),
    });
    // Whoever has the sink alone can account for every number too.
    for (const fate of ["dropped", "rejected", "spilled"] as const) {
      expect(told[fate].all()).toEqual(gaps[fate].all());
    }
  },
  60_000 + SECONDS * 5000,
);

/** Numbers by name. */
function createTally() {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return {
    of,
    add: (name: string, count = 1) => void counts.set(name, of(name) + count),
    sum: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    all: (): ReadonlyMap<string, number> => counts,
  };
}

/** Counts the events of a spool by category, and the numbers of its gaps. */
async function readTallies(path: string) {
  const found = createTally();
  const gaps = createGapTallies();
  const source = await openAuditSource(path);
  for await (const { entries, notes } of readSource(source)) {
    for (const { category = "" } of entries) found.add(category);
    for (const { kind, line } of notes) {
      const gap = kind === "gap" ? parseGap(line) : undefined;
      if (gap !== undefined) gaps[gap.fate].add(gap.category, gap.count);
    }
  }
  await source.close();
  return { found, gaps };
}

/** Counts the lines of a file by category, those of the log itself, and what these tell of gaps. */
async function readDelivered(path: string) {
  const delivered = createTally();
  const told = createGapTallies();
  let own = 0;
  for await (const line of createInterface(createReadStream(path))) {
    const { type, category, gap } = JSON.parse(line) as DeliveredLine;
    delivered.add(category);
    if (type.startsWith("audit.")) own += 1;
    if (gap !== undefined) told[gap.fate].add(gap.category, gap.count);
  }
  return { delivered, told, own };
}

interface DeliveredLine {
  readonly type: string;
  readonly category: string;
  readonly gap?: Gap;
}

function createGapTallies() {
  return { dropped: createTally(), rejected: createTally(), spilled: createTally() };
}

/** Reads the answer to its end: what is left unread is held. */
async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.text();
  return response.status;
}

/** What is reachable, in the heap and in buffers. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

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
