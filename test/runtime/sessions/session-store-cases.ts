import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionStore } from "../../../runtime/sessions/session-store.js";
import { createMemorySessionStore } from "@gatewright/runtime/sessions/memory";
import { createPostgresSessionStore } from "@gatewright/runtime/sessions/postgres";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import Database from "better-sqlite3";
import pg from "pg";
import { findPostgres } from "../../services/postgres.js";
import { openRedis } from "../../services/redis.js";
import { connectIoredis, connectRedis } from "../strategies/store-cases.js";
import type { Connection } from "../strategies/store-cases.js";

/** One kind of store, ready for the suite that all of them pass. */
export interface SessionStoreCase {
  readonly name: string;
  readonly open: (now?: () => number) => Promise<OpenedSessionStore>;
}

export interface OpenedSessionStore {
  readonly store: SessionStore;
  /** The same store as another process would open it; undefined where none can. */
  readonly twin: SessionStore | undefined;
  /** Every name and value that the store wrote, as text; undefined where nobody else can read it. */
  readonly dump: (() => Promise<readonly string[]>) | undefined;
  /** Takes all that it keeps from the store; undefined where nobody else can. */
  readonly lose: (() => Promise<void>) | undefined;
  readonly close: () => Promise<void>;
}

const memory: SessionStoreCase = {
  name: "memory",
  open: async (now) => {
    const store = createMemorySessionStore(clockOf(now));
    return {
      store,
      twin: undefined,
      dump: undefined,
      lose: undefined,
      close: () => store.close(),
    };
  },
};

const sqlite: SessionStoreCase = {
  name: "sqlite",
  open: async (now) => {
    const folder = await mkdtemp(join(tmpdir(), "gatewright-"));
    const path = join(folder, "sessions.db");
    const store = openSqliteSessionStore({ path, ...clockOf(now) });
    const twin = openSqliteSessionStore({ path, ...clockOf(now) });
    const database = new Database(path);
    const tables = () =>
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'gatewright_%'")
        .pluck()
        .all();
    return {
      store,
      twin,
      dump: async () =>
        tables().flatMap((table) =>
          database
            .prepare(`SELECT * FROM ${String(table)}`)
            .all()
            .flatMap(valuesOf),
        ),
      lose: async () => {
        for (const table of tables()) database.exec(`DELETE FROM ${String(table)}`);
      },
      close: async () => {
        await Promise.all([store.close(), twin.close()]);
        database.close();
        await rm(folder, { recursive: true });
      },
    };
  },
};

/** The cases that can be run here. */
export async function sessionStoreCases(): Promise<readonly SessionStoreCase[]> {
  const server = await openRedis();
  const redis: readonly SessionStoreCase[] =
    server === undefined
      ? []
      : [
          {
            name: "redis by ioredis",
            open: (now) => openOnRedis(now, server.port, connectIoredis),
          },
          { name: "redis by redis", open: (now) => openOnRedis(now, server.port, connectRedis) },
        ];
  const service = await findPostgres();
  const postgres: readonly SessionStoreCase[] =
    service === undefined
      ? []
      : [{ name: "postgres", open: (now) => openOnPostgres(now, service.config) }];
  return [memory, sqlite, ...redis, ...postgres];
}

async function openOnRedis(
  now: (() => number) | undefined,
  port: number,
  connect: (port: number) => Promise<Connection>,
): Promise<OpenedSessionStore> {
  const prefix = `gatewright-test:${crypto.randomUUID()}:`;
  const [own, other] = [await connect(port), await connect(port)];
  const keys = async () => (await own.send("KEYS", `${prefix}*`)) as string[];
  const read = async (key: string) => {
    const type = await own.send("TYPE", key);
    if (type === "string") return own.send("GET", key);
    if (type === "zset") return own.send("ZRANGE", key, "0", "-1");
    return [own.send("HKEYS", key), own.send("HVALS", key)];
  };
  const lose = async () => {
    for (const key of await keys()) await own.send("DEL", key);
  };
  return {
    store: createRedisSessionStore({ client: own.client, prefix, ...clockOf(now) }),
    twin: createRedisSessionStore({ client: other.client, prefix, ...clockOf(now) }),
    dump: async () => {
      const cells: string[] = [];
      for (const key of await keys()) {
        const values = await Promise.all([await read(key)].flat());
        cells.push(key.slice(prefix.length), ...values.flat().map(String));
      }
      return cells;
    },
    lose,
    close: async () => {
      await lose();
      own.close();
      other.close();
    },
  };
}

async function openOnPostgres(
  now: (() => number) | undefined,
  config: pg.PoolConfig,
): Promise<OpenedSessionStore> {
  const schema = `gatewright test ${crypto.randomUUID()}`;
  const [own, other] = [new pg.Pool(config), new pg.Pool(config)];
  const tables = ["sessions", "session_subjects"].map((table) => `"${schema}".${table}`);
  return {
    store: createPostgresSessionStore({ pool: own, schema, ...clockOf(now) }),
    twin: createPostgresSessionStore({ pool: other, schema, ...clockOf(now) }),
    dump: async () => {
      const found = await Promise.all(tables.map((table) => own.query(`SELECT * FROM ${table}`)));
      return found.flatMap(({ rows }) => rows.flatMap(valuesOf));
    },
    lose: async () => {
      await own.query(`TRUNCATE ${tables.join(", ")}`);
    },
    close: async () => {
      await own.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await Promise.all([own.end(), other.end()]);
    },
  };
}

function clockOf(now: (() => number) | undefined) {
  return now === undefined ? {} : { now };
}

function valuesOf(row: unknown): readonly string[] {
  return Object.values(Object(row)).map(String);
}
