import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findPostgres } from "../../../services/postgres.js";
import { logPolicy, openLogDesk } from "./log-desk.js";
import type { LogDesk, LogDeskOptions } from "./log-desk.js";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 2, 12);

const postgres = await findPostgres();
const schema = `gatewright_${crypto.randomUUID().replaceAll("-", "")}`;
const pool = new pg.Pool(postgres?.config);
afterAll(async () => {
  if (postgres) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await pool.end();
  await postgres?.stop();
});

/** Requests may be kept for thirty days, all else for good, or for a hundred days. */
const policyWith = (others: string, more = "") =>
  logPolicy(`
log: {}
categories:
  access: { retention: { floor: 10d, ceiling: 30d } }
  auth: { overflow: fail_closed${others} }
  config_change: { overflow: fail_closed${others} }
  business: { overflow: fail_closed${others} }
sinks:
  file: { kind: jsonl, path: data/events.jsonl, rotate: { every: day } }
  table: { kind: sqlite, path: data/events.sqlite }${more}
`);

let cwd = "";
let now = START;
const desks: LogDesk[] = [];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "gatewright-log-"));
  now = START;
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function open(snapshot: ReturnType<typeof policyWith>, options: LogDeskOptions = {}) {
  const desk = await openLogDesk(snapshot, { cwd, now: () => now, ...options });
  desks.push(desk);
  return desk;
}

async function close(desk: LogDesk): Promise<void> {
  desks.splice(desks.indexOf(desk), 1);
  await desk.close();
}

function typesInTable(): Readonly<Record<string, number>> {
  const table = new Database(join(cwd, "data/events.sqlite"), { readonly: true });
  const rows = table.prepare("SELECT line FROM audit_events ORDER BY place").all();
  table.close();
  const types = rows.map((row) => String(JSON.parse(Object(row).line).type));
  return Object.fromEntries(
    [...new Set(types)].map((type) => [type, types.filter((other) => other === type).length]),
  );
}

function asideOf(): readonly string[] {
  return readdirSync(join(cwd, "data")).filter((name) => name.startsWith("events.jsonl."));
}

describe("a ceiling", () => {
  it("ends events of its category in the table, and leaves the others", async () => {
    const snapshot = policyWith("");
    const first = await open(snapshot);
    await first.send("/orders/1");
    await close(first);
    expect(typesInTable()).toEqual({ "audit.started": 1, request: 1, "audit.stopped": 1 });
    now = START + 31 * DAY;
    const second = await open(snapshot);
    await second.send("/orders/2");
    await close(second);
    // The first request is gone; the second is of today.
    expect(typesInTable()).toEqual({ "audit.started": 2, request: 1, "audit.stopped": 2 });
  });

  it("ends a file that was set aside where all in it has one, and no other", async () => {
    for (const [others, left] of [
      ["", 4],
      [", retention: { ceiling: 100d }", 2],
    ] as const) {
      rmSync(join(cwd, "data"), { recursive: true, force: true });
      rmSync(join(cwd, "audit"), { recursive: true, force: true });
      const snapshot = policyWith(others);
      for (const day of [0, 1, 2, 101]) {
        now = START + day * DAY;
        const desk = await open(snapshot);
        await desk.send(`/orders/${day}`);
        await close(desk);
      }
      now = START + 103 * DAY;
      const desk = await open(snapshot);
      await desk.log.idle();
      await close(desk);
      const aside = asideOf();
      // Set aside on days 1, 2, 101 and 103; after a hundred days those of 1 and 2 may go.
      expect(aside, others).toHaveLength(left);
    }
  });

  it.skipIf(postgres === undefined)("ends events in PostgreSQL", async () => {
    const snapshot = policyWith("", `\n  central: { kind: postgres, schema: ${schema} }`);
    const options = { sinks: { central: { pool } } };
    const first = await open(snapshot, options);
    await first.send("/orders/1");
    await first.log.idle();
    await close(first);
    const types = async () => {
      const text = `SELECT line::jsonb ->> 'type' AS type FROM ${schema}.audit_events ORDER BY place`;
      return (await pool.query(text)).rows.map(({ type }) => type);
    };
    expect(await types()).toEqual(["audit.started", "request", "audit.stopped"]);
    now = START + 31 * DAY;
    const second = await open(snapshot, options);
    await vi.waitFor(async () => expect(await types()).not.toContain("request"), {
      timeout: 10_000,
    });
    expect(await types()).toContain("audit.started");
    await close(second);
  });
});

function segments(): readonly string[] {
  return readdirSync(join(cwd, "audit/spool")).filter((name) => name.startsWith("segment-"));
}

describe("a floor", () => {
  it("keeps segments that every sink has, until it has passed", async () => {
    const snapshot = policyWith("");
    const fill = async () => {
      const desk = await open(snapshot, { spool: { segmentBytes: 4096 } });
      await Promise.all(Array.from({ length: 40 }, (_, index) => desk.send(`/orders/${index}`)));
      await desk.log.idle();
      await close(desk);
    };
    await fill();
    const before = segments();
    expect(before.length).toBeGreaterThan(3);
    now = START + 9 * DAY;
    await fill();
    expect(segments()).toEqual(expect.arrayContaining([...before]));
    now = START + 11 * DAY;
    await fill();
    expect(segments().filter((name) => before.includes(name)).length).toBeLessThan(before.length);
    expect(readFileSync(join(cwd, "data/events.sqlite")).length).toBeGreaterThan(0);
  });

  it("is not all that keeps a segment: a decision that is open does", async () => {
    const snapshot = policyWith("");
    let letGo: (() => void) | undefined;
    const isHeld = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const desk = await open(snapshot, {
      spool: { segmentBytes: 4096 },
      async handler(request, response) {
        if (request.method === "POST") await isHeld;
        response.end("done");
      },
    });
    const held = desk.send("/orders/7/refund", { method: "POST" });
    await vi.waitFor(() => expect(desk.log.counts().open).toBe(1));
    const [decided] = segments();
    await Promise.all(Array.from({ length: 60 }, (_, index) => desk.send(`/orders/${index}`)));
    await desk.log.idle();
    expect(segments().length).toBeGreaterThan(4);
    now = START + 20 * DAY;
    await desk.log.keepRetention();
    expect(segments()[0]).toBe(decided);
    letGo?.();
    expect((await held).status).toBe(200);
    await desk.log.idle();
    await desk.log.keepRetention();
    expect(segments()).not.toContain(decided);
  });
});
