import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPostgresSessionStore } from "@gatewright/runtime/sessions/postgres";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import { build } from "esbuild";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RefreshStep, SessionStore } from "../../../runtime/sessions/session-store.js";
import { findPostgres } from "../../services/postgres.js";
import { openRedis } from "../../services/redis.js";
import { connectIoredis } from "../strategies/store-cases.js";
import { newSession, strict, submit } from "./session-examples.js";
import type { RaceReport, RacedStore } from "./session-racer.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const server = await openRedis();
const service = await findPostgres();

/** Each race is 50 submits; `RACES=1000` runs the full size on every store. */
const racesOf = (usual: number) => Number(process.env["RACES"] ?? usual);
const SUBMITS = 50;
/** Races at a time, so that processes never wait for each other's last answer. */
const LANES = 4;

interface Raced {
  readonly store: SessionStore;
  readonly shared: RacedStore;
  readonly close: () => Promise<void>;
}

interface RaceCase {
  readonly name: string;
  readonly races: number;
  readonly open: (folder: string) => Promise<Raced>;
}

const cases: readonly RaceCase[] = [
  {
    name: "sqlite",
    races: racesOf(20),
    open: async (folder) => {
      const path = join(folder, "sessions.db");
      const store = openSqliteSessionStore({ path });
      return { store, shared: { kind: "sqlite", path }, close: () => store.close() };
    },
  },
  ...(server === undefined
    ? []
    : [{ name: "redis", races: racesOf(1000), open: () => openOnRedis(server.port) }]),
  ...(service === undefined
    ? []
    : [{ name: "postgres", races: racesOf(200), open: () => openOnPostgres(service.config) }]),
];

async function openOnRedis(port: number): Promise<Raced> {
  const prefix = `gatewright-test:${randomUUID()}:`;
  const { client, send, close } = await connectIoredis(port);
  return {
    store: createRedisSessionStore({ client, prefix }),
    shared: { kind: "redis", port, prefix },
    close: async () => {
      for (const key of (await send("KEYS", `${prefix}*`)) as string[]) await send("DEL", key);
      close();
    },
  };
}

async function openOnPostgres(config: pg.PoolConfig): Promise<Raced> {
  const schema = `gatewright test ${randomUUID()}`;
  const pool = new pg.Pool(config);
  return {
    store: createPostgresSessionStore({ pool, schema }),
    shared: { kind: "postgres", config, schema },
    close: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
    },
  };
}

describe.each(cases)("two processes that share a store: $name", ({ races, open }) => {
  let folder = "";
  const children: ChildProcess[] = [];
  const waiting = new Map<string, (report: RaceReport) => void>();
  let raced: Raced | undefined;
  let last = 0;

  beforeAll(async () => {
    // Inside the repository, where Node finds the drivers, and in a folder that Git ignores.
    mkdirSync(join(root, "build"), { recursive: true });
    folder = mkdtempSync(join(root, "build/session-races-"));
    const outfile = join(folder, "racer.mjs");
    await build({
      entryPoints: [join(root, "test/runtime/sessions/session-racer.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      alias: Object.fromEntries(
        ["postgres", "redis", "sqlite"].map((name) => [
          `@gatewright/runtime/sessions/${name}`,
          join(root, `runtime/sessions/stores/${name}.ts`),
        ]),
      ),
      external: ["better-sqlite3", "ioredis", "pg"],
    });
    raced = await open(folder);
    // The tables are there before two processes look for them.
    await raced.store.read("nobody");
    for (const at of [0, 1]) {
      const child = fork(outfile, [JSON.stringify(raced.shared)]);
      children.push(child);
      const started = once(child, "message");
      child.on("message", (report: RaceReport) => waiting.get(`${at} ${report.race}`)?.(report));
      await started;
    }
  });
  afterAll(async () => {
    for (const child of children) {
      child.kill();
      await once(child, "exit");
    }
    await raced?.close();
    rmSync(folder, { recursive: true });
  });

  const storeOf = () => {
    if (raced === undefined) throw new Error("no store is open");
    return raced.store;
  };
  /** All verdicts of a step that both processes submit, 50 in all. */
  const race = async (id: string, ...steps: readonly [RefreshStep, RefreshStep]) => {
    const number = (last += 1);
    const reports = await Promise.all(
      children.map((child, at) => {
        const heard = new Promise<RaceReport>((resolve) => waiting.set(`${at} ${number}`, resolve));
        child.send({ race: number, id, step: steps[at], submits: SUBMITS / 2 });
        return heard;
      }),
    );
    for (const { failed } of reports) expect(failed).toBeUndefined();
    return reports.map(({ verdicts }) => verdicts);
  };
  const repeat = async (run: () => Promise<void>) => {
    let left = races;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await run();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  };
  const begin = async () => (await storeOf().create(newSession({ subject: randomUUID() }))).session;
  const time = 600_000;

  it(`S1: one step in each of ${races} races, and everybody is told its successor`, {
    timeout: time,
  }, async () => {
    await repeat(async () => {
      const { id } = await begin();
      const step = submit(0, { maxRetries: 1000 });
      const verdicts = await race(id, step, step);
      for (const own of verdicts) expect(own.length).toBe(SUBMITS / 2);
      expect(countOf(verdicts.flat())).toEqual({ "rotated 1": 1, "retried 1": SUBMITS - 1 });
      expect(await storeOf().read(id)).toMatchObject({ generation: 1, retries: SUBMITS - 1 });
    });
  });

  it(`S2: strict, one step and then a dead session in each of ${races} races`, {
    timeout: time,
  }, async () => {
    await repeat(async () => {
      const { id } = await begin();
      const verdicts = await race(id, submit(0, strict), submit(0, strict));
      expect(countOf(verdicts.flat())).toEqual({ "rotated 1": 1, reused: 1, ended: SUBMITS - 2 });
      expect(await storeOf().read(id)).toMatchObject({ state: "reuse", generation: 1 });
    });
  });

  it(`S2: reuse after the window ends the session in each of ${races} races`, {
    timeout: time,
  }, async () => {
    await repeat(async () => {
      const { id } = await begin();
      await storeOf().step(id, submit(0));
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      // A thief in one process, in the other the client that has the successor.
      const late = { retryFor: 1, maxRetries: 1000 };
      const [thief = [], client = []] = await race(id, submit(0, late), submit(1, late));
      for (const { kind } of thief) expect(["reused", "ended"]).toContain(kind);
      const kinds = countOf([...thief, ...client].filter(({ kind }) => kind !== "retried"));
      expect(kinds["reused"]).toBe(1);
      expect(kinds["rotated 2"] ?? 0).toBeLessThanOrEqual(1);
      expect(await storeOf().read(id)).toMatchObject({ state: "reuse" });
      expect(await storeOf().step(id, submit(2))).toEqual({ kind: "ended", state: "reuse" });
    });
  });
});

function countOf(
  verdicts: readonly { readonly kind: string; readonly generation?: number }[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind, generation } of verdicts) {
    const name = generation === undefined ? kind : `${kind} ${generation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
