import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpaqueTokenRecord, OpaqueTokenStore } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { createRedisStore } from "@gatewright/runtime/stores/redis";
import { openSqliteStore } from "@gatewright/runtime/stores/sqlite";
import { describe, expect, it } from "vitest";
import { startRedis } from "../../services/redis.js";
import { connectIoredis } from "./store-cases.js";
import {
  get,
  jwtOf,
  now,
  openStrategyDesk,
  strategyPolicy,
  summaryOf,
  withBearer,
} from "./strategy-desk.js";

const claims = { sub: "s1", roles: ["clerk"] };
const token = `gwo_${Buffer.alloc(32, 7).toString("base64url")}`;
const unavailable = [503, "unavailable", "token-store"];

/** A store whose reading is as a test wants it. */
function storeThat(get: () => Promise<OpaqueTokenRecord | undefined>): OpaqueTokenStore {
  return { ...createMemoryStore({ now }), get };
}

describe("H8 a store that fails", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["rejects", () => Promise.reject(new Error("connect ECONNREFUSED"))],
    ["rejects with no error", () => Promise.reject(undefined)],
    [
      "throws",
      () => {
        throw new Error("closed");
      },
    ],
    ["never answers", () => new Promise(() => {})],
    ["answers null", () => Promise.resolve(null)],
    ["answers a record without claims", () => Promise.resolve({ subject: "s1", expiresAt: 9e12 })],
    ["answers claims that are no object", () => Promise.resolve({ claims: "[]", expiresAt: 9e12 })],
    ["answers claims that are no JSON", () => Promise.resolve({ claims: "{", expiresAt: 9e12 })],
    [
      "answers claims with a name twice",
      () => Promise.resolve({ claims: '{"sub":"a","sub":"b"}', expiresAt: 9e12 }),
    ],
    ["answers no time", () => Promise.resolve({ claims: '{"sub":"a"}' })],
    [
      "answers a time that is text",
      () => Promise.resolve({ claims: '{"sub":"a"}', expiresAt: "9e12" }),
    ],
  ])("is no verdict: one that %s", async (_, reading) => {
    const store = storeThat(reading as () => Promise<undefined>);
    const { desk } = await openStrategyDesk({ tokenStores: { sessions: store } });
    await desk.send(withBearer("/sessions", token), withBearer("/orders", jwtOf("id")));
    const [outcome, other] = await desk.close();
    expect(outcome && summaryOf(outcome)).toEqual(unavailable);
    expect(outcome?.principal).toBeNull();
    expect(outcome?.response.headers.get("retry-after")).toBe("5");
    expect(other?.status).toBe(200);
    // The store of the other strategy lives in memory too, which is said.
    expect(desk.errors.map(String).join()).toContain("strategy `sessions` cannot be used");
  });

  it.each<[string, (own: OpaqueTokenRecord, other: OpaqueTokenRecord) => OpaqueTokenRecord]>([
    ["other claims", (own) => ({ ...own, claims: own.claims.replace("guest", "clerk") })],
    ["the claims of another token", (own, { claims }) => ({ ...own, claims })],
    ["the whole of another token", (_, other) => other],
    ["more time", (own) => ({ ...own, expiresAt: own.expiresAt + 1 })],
    ["no seal", (own) => ({ ...own, claims: own.claims.slice(own.claims.indexOf("{")) })],
    ["half a seal", (own) => ({ ...own, claims: own.claims.slice(1) })],
  ])("is not believed where somebody wrote into it: %s", async (_, change) => {
    const records: OpaqueTokenRecord[] = [];
    const memory = createMemoryStore({ now });
    const store: OpaqueTokenStore = {
      ...memory,
      put: async (digest, record) => {
        records.push(record);
        await memory.put(digest, record);
      },
      get: async (digest) => {
        const [own, other] = records;
        const found = await memory.get(digest);
        return found === own && own && other ? change(own, other) : found;
      },
    };
    const { desk, sessions } = await openStrategyDesk({ tokenStores: { sessions: store } });
    const issue = (role: string) =>
      sessions.issue({ claims: { sub: role, roles: [role] }, expiresIn: 60 });
    const guest = await issue("guest");
    const clerk = await issue("clerk");
    await desk.send(withBearer("/sessions", guest.token), withBearer("/sessions", clerk.token));
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([503, 200]);
  });

  it("is not asked about what no strategy of the route takes", async () => {
    const store = storeThat(() => Promise.reject(new Error("away")));
    const { desk } = await openStrategyDesk({ tokenStores: { sessions: store } });
    await desk.send(
      withBearer("/orders", token),
      withBearer("/sessions", token.slice(0, -1)),
      get("/sessions"),
      withBearer("/free", token),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([401, 401, 401, 200]);
  });

  it("means nobody on a public route", async () => {
    const store = storeThat(() => Promise.reject(new Error("away")));
    const policy = `${strategyPolicy}  /lounge: { GET: { access: public, identity: optional, authentication: sessions } }\n`;
    const { desk } = await openStrategyDesk({ policy, tokenStores: { sessions: store } });
    await desk.send(withBearer("/lounge", token));
    const [outcome] = await desk.close();
    expect(outcome && summaryOf(outcome)).toEqual([200, "public", "token-store"]);
    expect(outcome?.principal).toBeNull();
  });

  it("is 503 while Redis is away, and never 401", async () => {
    const server = await startRedis();
    if (server === undefined) {
      if (process.env["CI"] === "true") throw new Error("there is no redis-server to start");
      console.warn("no `redis-server` to start: the test of one that goes away is skipped");
      return;
    }
    const connection = await connectIoredis(server.port);
    const store = createRedisStore({ client: connection.client });
    const { desk, sessions } = await openStrategyDesk({ tokenStores: { sessions: store } });
    const issued = await sessions.issue({ claims, expiresIn: 60 });
    await desk.send(withBearer("/sessions", issued.token), withBearer("/sessions", token));
    await server.close();
    await desk.send(withBearer("/sessions", issued.token), withBearer("/sessions", token));
    connection.close();
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 503, 503]);
  });

  it("is 503 where a SQLite file is gone or damaged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
    const store = openSqliteStore({ path: join(folder, "tokens.db"), now });
    const { desk, sessions } = await openStrategyDesk({ tokenStores: { sessions: store } });
    const issued = await sessions.issue({ claims, expiresIn: 60 });
    await desk.send(withBearer("/sessions", issued.token));
    await store.close();
    await desk.send(withBearer("/sessions", issued.token));
    await expect(sessions.revoke(issued.token)).rejects.toThrow();
    await expect(sessions.issue({ claims, expiresIn: 60 })).rejects.toThrow();
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([200, 503]);
    rmSync(folder, { recursive: true });
  });
});
