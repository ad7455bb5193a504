import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpaqueTokenStore } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { createRedisStore } from "@gatewright/runtime/stores/redis";
import type { RedisClient } from "@gatewright/runtime/stores/redis";
import { openSqliteStore } from "@gatewright/runtime/stores/sqlite";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { openRedis } from "../../services/redis.js";

/** One kind of store, ready for the suite that all of them pass. */
export interface StoreCase {
  readonly name: string;
  readonly open: (now: () => number) => Promise<OpenedStore>;
}

export interface OpenedStore {
  readonly store: OpaqueTokenStore;
  /** The same store as another process would open it; undefined where none can. */
  readonly twin: OpaqueTokenStore | undefined;
  /** All that the store wrote, as somebody reads it who got hold of it; undefined where nobody can. */
  readonly dump: (() => Promise<string>) | undefined;
  readonly close: () => Promise<void>;
}

const memory: StoreCase = {
  name: "memory",
  open: async (now) => {
    const store = createMemoryStore({ now });
    return { store, twin: undefined, dump: undefined, close: () => store.close() };
  },
};

const sqlite: StoreCase = {
  name: "sqlite",
  open: async (now) => {
    const folder = await mkdtemp(join(tmpdir(), "gatewright-"));
    const path = join(folder, "tokens.db");
    const store = openSqliteStore({ path, now });
    const twin = openSqliteStore({ path, now });
    return {
      store,
      twin,
      // The file and its log beside it.
      dump: async () => {
        const names = await readdir(folder);
        const texts = await Promise.all(
          names.map((name) => readFile(join(folder, name), "latin1")),
        );
        return texts.join("\n");
      },
      close: async () => {
        await Promise.all([store.close(), twin.close()]);
        await rm(folder, { recursive: true });
      },
    };
  },
};

/** The cases that can be run here. */
export async function storeCases(): Promise<readonly StoreCase[]> {
  const server = await openRedis();
  if (server === undefined) return [memory, sqlite];
  const { port } = server;
  return [
    memory,
    sqlite,
    { name: "redis by ioredis", open: () => openRedisCase(() => connectIoredis(port)) },
    { name: "redis by redis", open: () => openRedisCase(() => connectRedis(port)) },
  ];
}

export interface Connection {
  readonly client: RedisClient;
  readonly send: (command: string, ...values: string[]) => Promise<unknown>;
  readonly close: () => void;
}

async function openRedisCase(connectTo: () => Promise<Connection>): Promise<OpenedStore> {
  const prefix = `gatewright-test:${crypto.randomUUID()}:`;
  const [own, other] = [await connectTo(), await connectTo()];
  const keys = async () => (await own.send("KEYS", `${prefix}*`)) as string[];
  return {
    store: createRedisStore({ client: own.client, prefix }),
    twin: createRedisStore({ client: other.client, prefix }),
    dump: async () => {
      const dumped = await Promise.all(
        (await keys()).map(async (key) => {
          const type = await own.send("TYPE", key);
          const read =
            type === "string" ? own.send("GET", key) : own.send("ZRANGE", key, "0", "-1");
          return `${key} ${String(await read)}`;
        }),
      );
      return dumped.join("\n");
    },
    close: async () => {
      for (const key of await keys()) await own.send("DEL", key);
      own.close();
      other.close();
    },
  };
}

export async function connectIoredis(port: number): Promise<Connection> {
  const client = new Redis({ port, host: "127.0.0.1", lazyConnect: true });
  // Without a listener, a server that goes away ends the process.
  client.on("error", () => {});
  await client.connect();
  return {
    client,
    send: (command, ...values) => client.call(command, ...values),
    close: () => client.disconnect(),
  };
}

export async function connectRedis(port: number): Promise<Connection> {
  const client = createClient({ socket: { port, host: "127.0.0.1" } });
  client.on("error", () => {});
  await client.connect();
  return {
    client,
    send: (command, ...values) => client.sendCommand([command, ...values]),
    close: () => client.destroy(),
  };
}
