import { createRevocations } from "@gatewright/runtime/revocations";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startRedis } from "../../services/redis.js";
import type { RedisServer } from "../../services/redis.js";
import {
  bearer,
  loginNatively,
  openSessionDesk,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";
import { documentWith, ringOf } from "../ring/ring-desk.js";
import { NOW } from "../authenticate/token-forge.js";

const servers: RedisServer[] = [];
const snapshot = sessionPolicy({
  store: "redis",
  revocation: "{ store: redis, stale: { after: 1s } }",
});
const clock = () => NOW * 1000 + (Date.now() - began);
const began = Date.now();

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const probe = await startRedis();
await probe?.close();
if (probe === undefined && process.env["CI"] === "true")
  throw new Error("no `redis-server` to start");
if (probe === undefined)
  console.warn("no `redis-server` to start: outages of Redis are not tested");

describe.skipIf(probe === undefined)("S13: a Redis that goes away", () => {
  it("makes refreshes 503 and access tokens 503, and nothing is lost when it is back in time", async () => {
    const server = await startRedis();
    if (server === undefined) throw new Error("Redis started before");
    servers.push(server);
    const client = new Redis({ port: server.port, host: "127.0.0.1", maxRetriesPerRequest: 0 });
    client.on("error", ignore);
    const revocations = createRevocations(snapshot, { client, now: clock, onError: ignore });
    await revocations.ready();
    const ring = ringOf(documentWith(["ES256"]), clock);
    const store = createRedisSessionStore({ client });
    const desk = await openSessionDesk({ snapshot, store, revocations, ring, clock });
    const { port } = desk;
    const { access, refresh } = await loginNatively(port);
    const orders = () => send(port, "/orders", { method: "GET", headers: bearer(access) });
    expect((await orders()).status).toBe(200);
    await server.close();
    servers.length = 0;
    const down = await refreshNatively(port, refresh);
    expect([down.status, down.json["type"]]).toEqual([
      503,
      "urn:gatewright:problem:session-store-unavailable",
    ]);
    expect((await loginNatively(port)).answer.status).toBe(503);
    // The policy denies once the stream of revocations is stale.
    await vi.waitFor(async () => expect((await orders()).status).toBe(503), { timeout: 5000 });
    revocations.close();
    client.disconnect();
    const lines = await desk.close();
    const refused = lines.flatMap((line) =>
      line.type === "request" && line.status === 503 ? [line.cause] : [],
    );
    expect(new Set(refused)).toEqual(new Set(["session-store", "revocations-stale"]));
  });

  it("and comes back empty, refuses every token that it gave before", async () => {
    const [first, second] = [await startRedis(), await startRedis()];
    if (first === undefined || second === undefined) throw new Error("Redis started before");
    servers.push(first, second);
    const clients = [first, second].map(({ port }) => new Redis({ port, host: "127.0.0.1" }));
    const stores = clients.map((client) => createRedisSessionStore({ client }));
    let current = 0;
    const store = new Proxy(Object(stores[0]), {
      get: (_, name) => Reflect.get(Object(stores[current]), name),
    });
    const volatile = sessionPolicy({ store: "redis" });
    const desk = await openSessionDesk({ snapshot: volatile, store, clock });
    const { refresh } = await loginNatively(desk.port);
    const renewed = await refreshNatively(desk.port, refresh);
    current = 1;
    expect((await refreshNatively(desk.port, String(renewed.json["refresh_token"]))).status).toBe(
      401,
    );
    expect((await refreshNatively(desk.port, refresh)).status).toBe(401);
    expect((await loginNatively(desk.port)).answer.status).toBe(200);
    await desk.close();
    for (const client of clients) client.disconnect();
  });
});

function ignore(): void {
  // What fails shows in the answers.
}
