import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it, vi } from "vitest";
import { startRedis } from "../../services/redis.js";
import { connectIoredis } from "../strategies/store-cases.js";
import { allReject, askAll, openSilentServer } from "./ask-all.js";
import { newSession, submit } from "./session-examples.js";

const found = await startRedis();
if (found === undefined && process.env["CI"] === "true") {
  throw new Error("there is no redis-server to start");
}

describe.skipIf(found === undefined)("S13: a Redis", () => {
  const { port = 0, close = async () => {} } = found ?? {};
  const clients: Redis[] = [];
  const connect = async () => {
    const { client } = await connectIoredis(port);
    clients.push(client as Redis);
    return client as Redis;
  };
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await close();
  });

  it("that was told to wait answers nobody, and in the end the step is still one", async () => {
    const client = await connect();
    const store = createRedisSessionStore({ client });
    const { session } = await store.create(newSession());
    await store.step(session.id, submit(0));
    await client.call("CLIENT", "PAUSE", "1500", "ALL");
    await expect(store.step(session.id, submit(1))).rejects.toThrow("Redis does not answer");
    await client.call("PING");
    const retry = await store.step(session.id, submit(1));
    expect(retry).toMatchObject({ kind: "retried", generation: 2 });
  });

  it("that forgot its scripts is told them again", async () => {
    const client = await connect();
    const store = createRedisSessionStore({ client });
    await client.call("SCRIPT", "FLUSH");
    const { session } = await store.create(newSession());
    await client.call("SCRIPT", "FLUSH");
    expect(await store.step(session.id, submit(0))).toMatchObject({ kind: "rotated" });
  });

  it("deletes a session and its subject at the session's absolute time", async () => {
    const client = await connect();
    const prefix = "{short}:";
    const store = createRedisSessionStore({ client, prefix });
    const keys = async () => (await client.call("KEYS", `${prefix}*`)) as string[];
    const { session } = await store.create(newSession({ absoluteFor: 150 }));
    expect((await keys()).length).toBe(3);
    expect(Number(await client.call("PTTL", `${prefix}session:${session.id}`))).toBeLessThan(151);
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    expect(await keys()).toEqual([]);
    expect(await store.step(session.id, submit(0))).toEqual({ kind: "missing" });
  });

  it.each<[string, readonly string[]]>([
    ["text", ["SET", "$", "active"]],
    ["a list", ["RPUSH", "$", "active"]],
    ["half a session", ["HSET", "$", "counters", "active 0 0", "subject", "u1"]],
    ["no numbers", ["HSET", "$", "counters", "active 0 0 0 0 0 0 0 never"]],
  ])("where somebody else wrote %s is no verdict", async (_, command) => {
    const client = await connect();
    const store = createRedisSessionStore({ client, prefix: "odd:" });
    const [name = "", ...values] = command.map((word) => word.replace("$", "odd:session:s1"));
    await client.call("DEL", "odd:session:s1");
    await client.call(name, ...values);
    await expect(store.read("s1")).rejects.toThrow();
    await expect(store.step("s1", submit(0))).rejects.toThrow();
    await expect(store.end("s1", "logout")).rejects.toThrow();
  });

  it("without the replicas that were asked for answers no refresh, until they are there", async () => {
    const client = await connect();
    const waitReplicas = { replicas: 1, milliseconds: 200 };
    const store = createRedisSessionStore({ client, prefix: "waits:", waitReplicas });
    const { session } = await store.create(newSession());
    const refresh = () => store.step(session.id, submit(0, { maxRetries: 1000 }));
    await expect(refresh()).rejects.toThrow("too few replicas");
    await expect(refresh()).rejects.toThrow("too few replicas");
    const second = await startRedis();
    if (second === undefined) throw new Error("a second Redis does not start");
    const replica = await connectIoredis(second.port);
    await client.call("CONFIG", "SET", "repl-diskless-sync-delay", "0");
    await replica.send("REPLICAOF", "127.0.0.1", String(port));
    await vi.waitFor(async () => {
      expect(await refresh()).toMatchObject({ kind: "retried", generation: 1 });
    }, 20_000);
    const kept = await replica.send("HGET", `waits:session:${session.id}`, "counters");
    expect(kept).toMatch(/^active 1 /);
    replica.close();
    await second.close();
  });

  it.each([
    [0, 100],
    [1.5, 100],
    [1, 0],
    [1, 901],
    [1, Number.NaN],
  ])("is not asked to wait for %d replicas and %d ms", (replicas, milliseconds) => {
    const client = { call: async () => null };
    const options = { client, waitReplicas: { replicas, milliseconds } };
    expect(() => createRedisSessionStore(options)).toThrow("waitReplicas");
  });

  it("that says nothing is a rejection in time", async () => {
    const silent = await openSilentServer();
    const client = new Redis({ port: silent.port, host: "127.0.0.1" });
    client.on("error", () => {});
    expect(await askAll(createRedisSessionStore({ client }), "s1")).toEqual(allReject);
    client.disconnect();
    silent.close();
  });

  it.each([null, "OK", [], ["won"], [1], {}])("that answers %j is no verdict", async (reply) => {
    const store = createRedisSessionStore({ client: { call: async () => reply } });
    await expect(store.step("s1", submit(0))).rejects.toThrow("in another form");
  });

  it("that went away is a rejection in time, and one that comes back empty knows nobody", async () => {
    const server = await startRedis();
    if (server === undefined) throw new Error("a second Redis does not start");
    const { client, close: disconnect } = await connectIoredis(server.port);
    const store = createRedisSessionStore({ client });
    const { session } = await store.create(newSession());
    await server.close();
    expect(await askAll(store, session.id)).toEqual(allReject);
    disconnect();
    const other = createRedisSessionStore({ client: await connect(), prefix: "empty:" });
    expect(await other.step(session.id, submit(0))).toEqual({ kind: "missing" });
    expect(await other.read(session.id)).toBeUndefined();
  });
});
