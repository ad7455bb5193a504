import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { createMemorySessionStore } from "../../runtime/sessions/stores/memory.js";
import { createPostgresSessionStore } from "../../runtime/sessions/stores/postgres.js";
import { createRedisSessionStore } from "../../runtime/sessions/stores/redis.js";
import { openSqliteSessionStore } from "../../runtime/sessions/stores/sqlite.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Task } from "../harness/measure.js";
import { median, pairedRatio } from "../harness/statistics.js";
import { createMints } from "./mints.js";
import { gatewright, plainRotation } from "./rotations.js";
import type { Rotation } from "./rotations.js";

const [roundsText = "15", redisPort = "6379", postgres = ""] = process.argv.slice(2);
const rounds = Number(roundsText);
/** Sessions that refresh at the same time, as on a node that is busy. */
const AT_ONCE = 64;
/** Of each session, in a round. */
const REFRESHES = { "gatewright postgres": 2, "gatewright sqlite": 2, other: 16 };

const folder = mkdtempSync(join(tmpdir(), "gatewright-bench-"));
const prefix = `gatewright-bench:${randomUUID()}:`;
const schema = `bench_${randomUUID().replaceAll("-", "")}`;
const redis = new Redis({ port: Number(redisPort), host: "127.0.0.1" });
const pool = new Pool({ connectionString: postgres, max: 10 });
await pool.query(`CREATE SCHEMA ${schema}`);
const sqlite = openSqliteSessionStore({ path: join(folder, "sessions.db") });
try {
  const store = createRedisSessionStore({ client: redis, prefix });
  const { issue, sign } = createMints();
  const rotations = [
    plainRotation(redis, prefix),
    gatewright(store),
    plainRotation(redis, prefix, sign),
    gatewright(store, issue),
    gatewright(createMemorySessionStore()),
    gatewright(sqlite),
    gatewright(createPostgresSessionStore({ pool, schema })),
  ];
  const tasks: Task[] = [];
  for (const rotation of rotations) {
    await requireRotation(rotation);
    tasks.push(await taskOf(rotation));
  }
  const samples = await measureRounds(tasks, { rounds, warmUps: 2 });
  const found = Object.fromEntries(
    tasks.map(({ name }) => [name, median(samplesOf(samples, name))]),
  );
  const ratioOf = (kind: string) =>
    pairedRatio(
      samplesOf(samples, `plain redis${kind}`),
      samplesOf(samples, `gatewright redis${kind}`),
    );
  const ratio = ratioOf(", whole refresh");
  const rotationAlone = ratioOf("");
  console.log(JSON.stringify({ nanoseconds: found, ratio, rotationAlone }));
} finally {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  await pool.query(`DROP SCHEMA ${schema} CASCADE`);
  await sqlite.close();
  await Promise.all([redis.quit(), pool.end()]);
  rmSync(folder, { recursive: true });
}

/** A token gives the next one, again and again; one that nobody was given gives none. */
async function requireRotation({ name, begin, refresh }: Rotation): Promise<void> {
  const first = await begin();
  const second = await refresh(first);
  const third = second && (await refresh(second));
  const forged = await refresh(`${third?.slice(0, -1)}${third?.endsWith("A") ? "Q" : "A"}`);
  const isGood = third !== undefined && third !== second && forged === undefined;
  if (!isGood) throw new Error(`${name} does not rotate`);
}

async function taskOf({ name, begin, refresh }: Rotation): Promise<Task> {
  const tokens = await Promise.all(Array.from({ length: AT_ONCE }, begin));
  const count = name in REFRESHES ? Reflect.get(REFRESHES, name) : REFRESHES.other;
  const work = async (index: number) => {
    for (let turn = 0; turn < count; turn += 1) {
      const next = await refresh(tokens[index] ?? "");
      if (next === undefined) throw new Error(`${name} refused a good token`);
      tokens[index] = next;
    }
  };
  return {
    name,
    units: AT_ONCE * count,
    run: async () => {
      await Promise.all(tokens.map((_, index) => work(index)));
    },
  };
}
