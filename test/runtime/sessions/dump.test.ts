import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import { createPostgresSessionStore } from "@gatewright/runtime/sessions/postgres";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import type { SessionStore } from "@gatewright/runtime/abi/sessions";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { describe, expect, it } from "vitest";
import { findPostgres } from "../../services/postgres.js";
import { openRedis } from "../../services/redis.js";
import { NOW } from "../authenticate/token-forge.js";
import {
  bearer,
  loginNatively,
  openJar,
  openSessionDesk,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";

const redis = await openRedis();
const postgres = await findPostgres();
const clock = () => NOW * 1000;

/** A store, and all that somebody has who copied it. */
interface DumpedStore {
  readonly store: SessionStore;
  dump(): Promise<Buffer>;
  close(): Promise<void>;
}

const kinds: Readonly<Record<string, (() => Promise<DumpedStore>) | undefined>> = {
  sqlite: openSqlite,
  redis: redis && (() => openRedisDump(redis.port)),
  postgres: postgres && (() => openPostgresDump(new Pool(postgres.config))),
};

describe.each(Object.keys(kinds))("S12: a dump of %s", (kind) => {
  const open = kinds[kind];
  it.skipIf(open === undefined)(
    "holds no token, and nothing in it can be used as one",
    async () => {
      const dumped = await open?.();
      if (dumped === undefined) throw new Error("the store is there");
      const snapshot = sessionPolicy({ store: kind });
      const desk = await openSessionDesk({ snapshot, clock, store: dumped.store });
      const { port } = desk;
      const jar = openJar(port);
      const page = await jar.post("/login", { body: "{}" });
      const native = await loginNatively(port);
      const next = await refreshNatively(port, native.refresh);
      const secrets = [
        ...jar.cookies.values(),
        native.refresh,
        native.access,
        String(page.json["access_token"]),
        String(next.json["refresh_token"]),
      ];
      const dump = await dumped.dump();
      for (const secret of secrets) {
        for (const part of [secret, secret.slice(-43)]) {
          const bytes = Buffer.from(part, "base64url");
          const forms = [part, bytes.toString("hex"), bytes.toString("base64"), bytes];
          expect(forms.filter((form) => dump.includes(form))).toEqual([]);
        }
      }
      const words = [...new Set(dump.toString("latin1").match(/[\w-]{20,}/g))];
      expect(words.length).toBeGreaterThan(2);
      for (const word of words) {
        const tail = Buffer.from(word, "base64url").subarray(0, 32);
        const head = Buffer.from(native.refresh.slice(4), "base64url").subarray(0, 20);
        head.writeUInt32BE(1, 16);
        const made = `gwr_${Buffer.concat([head, tail, Buffer.alloc(32 - tail.length)]).toString("base64url")}`;
        expect((await refreshNatively(port, word)).status).toBe(401);
        expect((await refreshNatively(port, made)).status).toBe(401);
        const orders = await send(port, "/orders", { method: "GET", headers: bearer(word) });
        expect(orders.status).toBe(401);
        const thief = openJar(port);
        thief.cookies.set("__Host-Http-gw-rt", jar.cookies.get("__Host-Http-gw-rt") ?? "");
        thief.cookies.set("__Host-Http-gw-dev", word);
        expect((await thief.post("/session/refresh")).status).toBe(401);
      }
      expect((await jar.post("/session/refresh")).status).toBe(200);
      await desk.close();
      await dumped.close();
    },
  );
});

async function openSqlite(): Promise<DumpedStore> {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
  const store = openSqliteSessionStore({ path: join(folder, "sessions.db"), now: clock });
  return {
    store,
    // With the log that it writes ahead.
    dump: async () =>
      Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function openRedisDump(port: number): Promise<DumpedStore> {
  const prefix = `gatewright-test:${randomUUID()}:`;
  const client = new Redis({ port, host: "127.0.0.1" });
  const keys = () => client.keys(`${prefix}*`);
  return {
    store: createRedisSessionStore({ client, prefix }),
    async dump() {
      const parts = await Promise.all(
        (await keys()).map(async (key) => {
          const kind = await client.type(key);
          const read = { hash: ["HGETALL", key], zset: ["ZRANGE", key, "0", "-1"] }[kind];
          const [name = "GET", ...values] = read ?? ["GET", key];
          return `${key} ${JSON.stringify(await client.call(name, ...values))}`;
        }),
      );
      return Buffer.from(parts.join("\n"));
    },
    async close() {
      const left = await keys();
      if (left.length > 0) await client.del(left);
      await client.quit();
    },
  };
}

async function openPostgresDump(pool: Pool): Promise<DumpedStore> {
  const schema = `gatewright_${randomUUID().replaceAll("-", "")}`;
  await pool.query(`CREATE SCHEMA ${schema}`);
  return {
    store: createPostgresSessionStore({ pool, schema }),
    async dump() {
      const tables = await pool.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1",
        [schema],
      );
      const parts = await Promise.all(
        tables.rows.map(
          async ({ table_name: name }) =>
            (await pool.query(`SELECT * FROM ${schema}."${name}"`)).rows,
        ),
      );
      return Buffer.from(JSON.stringify(parts));
    },
    async close() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}
