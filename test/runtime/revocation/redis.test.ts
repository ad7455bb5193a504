import { randomUUID } from "node:crypto";
import { createRevocations } from "@gatewright/runtime/revocations";
import type { RedisCommandClient, Revocations } from "@gatewright/runtime/revocations";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openRedis, startRedis } from "../../services/redis.js";
import type { Members } from "../authenticate/token-forge.js";
import { ISSUER, NOW, createSigner, forge } from "../authenticate/token-forge.js";
import {
  credentialPolicy,
  openCredentialDesk,
  withAuthorization,
} from "../credentials/credential-desk.js";
import type { CredentialDesk } from "../credentials/credential-desk.js";

const signer = createSigner("HS256");
const keys = String(signer.jwk["k"]);
const policyWith = (more = "") =>
  credentialPolicy({ more: `revocation: { store: redis, ${more} }` });
const shared = policyWith();

const closing: (() => unknown)[] = [];
const errors: unknown[] = [];

/** Connected clients of both drivers that a caller may pass. */
const drivers: Readonly<Record<string, (port: number) => Promise<RedisCommandClient>>> = {
  ioredis: async (port) => {
    const client = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null });
    client.on("error", () => undefined);
    closing.push(() => client.disconnect());
    return client;
  },
  redis: async (port) => {
    const client = createClient({ socket: { port, host: "127.0.0.1" } });
    client.on("error", () => undefined);
    await client.connect();
    closing.push(() => client.destroy());
    return client;
  },
};

interface Node {
  readonly revocations: Revocations;
  status(claims?: Members): Promise<number>;
}

interface NodeOptions {
  readonly port: number;
  readonly prefix: string;
  readonly policy?: typeof shared;
  readonly driver?: string;
}

const now = () => NOW * 1000;
const onError = (error: unknown) => errors.push(error);

async function openNode(options: NodeOptions): Promise<Node> {
  const { port, prefix, policy = shared, driver = "ioredis" } = options;
  const client = (await drivers[driver]?.(port)) as RedisCommandClient;
  const revocations = createRevocations(policy, { client, prefix, now, onError });
  const desk: CredentialDesk = await openCredentialDesk({
    snapshot: policy,
    keys,
    supplied: { revocations },
  });
  closing.push(
    () => revocations.close(),
    () => desk.close(),
  );
  const status = async (claims: Members = {}) => {
    const token = forge(signer, { claims });
    const [answer] = await desk.send(withAuthorization(`Bearer ${token}`));
    return answer?.status ?? 0;
  };
  return { revocations, status };
}

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  errors.length = 0;
});

const prefixOf = () => `gatewright-test:${randomUUID()}:`;
const until = (assertion: () => Promise<void>) =>
  vi.waitFor(assertion, { timeout: 10_000, interval: 50 });

const server = await openRedis();

describe.skipIf(server === undefined)("revocations in Redis", () => {
  const port = server?.port ?? 0;

  it.each(["ioredis", "redis"])("reach other nodes, with the client %s", async (driver) => {
    const prefix = prefixOf();
    const one = await openNode({ port, prefix, driver });
    const other = await openNode({ port, prefix, driver });
    await Promise.all([one.revocations.ready(), other.revocations.ready()]);
    const claims = { jti: "a", sid: "s1", epoch: 1, org: "north" };
    expect(await other.status(claims)).toBe(200);
    await one.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await one.revocations.revokeSession({ issuer: ISSUER, id: "s2" });
    await one.revocations.revokeSubject({ issuer: ISSUER, id: "u2", epoch: 2 });
    await one.revocations.revokeTenant({ id: "south" });
    expect(await one.status(claims)).toBe(401);
    await until(async () => {
      expect(await other.status(claims)).toBe(401);
      expect(await other.status({ sid: "s2" })).toBe(401);
      expect(await other.status({ sub: "u2", epoch: 1 })).toBe(401);
      expect(await other.status({ org: "south" })).toBe(401);
    });
    expect(await other.status({ sub: "u2", epoch: 2, sid: "s1", org: "north" })).toBe(200);
  });

  it("are known to a node that starts later, more than it reads at once", async () => {
    const prefix = prefixOf();
    const one = await openNode({ port, prefix });
    const ids = Array.from({ length: 2500 }, (_, index) => `t${index}`);
    await Promise.all(ids.map((id) => one.revocations.revokeToken({ issuer: ISSUER, id })));
    const later = await openNode({ port, prefix });
    await later.revocations.ready();
    for (const id of ["t0", "t999", "t1000", "t2499"]) {
      expect(await later.status({ jti: id })).toBe(401);
    }
    expect(await later.status({ jti: "t2500" })).toBe(200);
  });

  it("are apart by their prefix", async () => {
    const one = await openNode({ port, prefix: prefixOf() });
    const other = await openNode({ port, prefix: prefixOf() });
    await one.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await other.revocations.ready();
    expect(await other.status({ jti: "a" })).toBe(200);
  });

  it("leave Redis when no token can live any more", async () => {
    const prefix = prefixOf();
    const { revocations } = await openNode({ port, prefix });
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    const client = new Redis({ port, host: "127.0.0.1" });
    closing.push(() => client.disconnect());
    // Twice the 960 seconds that the policy keeps them.
    const left = await client.pttl(`${prefix}revocations`);
    expect(left).toBeGreaterThan(1_900_000);
    expect(left).toBeLessThanOrEqual(1_920_000);
  });

  it("that cannot be read refuse every token: one of them may be meant", async () => {
    const prefix = prefixOf();
    const client = new Redis({ port, host: "127.0.0.1" });
    closing.push(() => client.disconnect());
    await client.xadd(`${prefix}revocations`, "*", "revocation", '{"kind":"token"}');
    const node = await openNode({ port, prefix });
    await expect(node.revocations.ready()).rejects.toMatchObject({ code: "unavailable" });
    expect(await node.status()).toBe(503);
    expect(String(errors[0])).toContain("is no revocation");
  });
});

const own = await startRedis();
const canStop = own !== undefined;
await own?.close();
if (!canStop) {
  const message = "no `redis-server` to start and stop";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`${message}: tests of a Redis that is down are skipped`);
}

/** A server of the test's own that it can stop. */
async function startOwn() {
  const redis = await startRedis();
  if (redis === undefined) throw new Error("Redis did not start");
  let isUp = true;
  const stop = async () => {
    if (isUp) await redis.close();
    isUp = false;
  };
  closing.push(stop);
  return { ...redis, stop };
}

describe.skipIf(!canStop)("S13: a Redis that is down", () => {
  it("denies every token with 503 once the stream is stale, and known revocations with 401", async () => {
    const { port, stop } = await startOwn();
    const node = await openNode({ port, prefix: "g:", policy: policyWith("stale: { after: 1s }") });
    await node.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await node.revocations.ready();
    expect(await node.status()).toBe(200);
    await stop();
    await until(async () => expect(await node.status()).toBe(503));
    expect(await node.status({ jti: "a" })).toBe(401);
  });

  it("denies from the start where it was never reached", async () => {
    const { port, stop } = await startOwn();
    await stop();
    const node = await openNode({ port, prefix: "g:" });
    expect(await node.status()).toBe(503);
    await expect(node.revocations.ready()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("rejects a revocation that the other nodes do not hear of, which holds here", async () => {
    const { port, stop } = await startOwn();
    const node = await openNode({ port, prefix: "g:", policy: policyWith("stale: { after: 5m }") });
    await node.revocations.ready();
    await stop();
    const revoke = node.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await expect(revoke).rejects.toMatchObject({ code: "unavailable" });
    expect(await node.status({ jti: "a" })).toBe(401);
    expect(await node.status({ jti: "b" })).toBe(200);
  });

  it("is asked for each request where the policy says so, and then refuses what it just heard", async () => {
    const { port, stop } = await startOwn();
    const policy = policyWith("stale: { after: 0s, answer: ask }");
    const one = await openNode({ port, prefix: "g:", policy });
    const other = await openNode({ port, prefix: "g:", policy });
    expect(await other.status({ jti: "a" })).toBe(200);
    await one.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await other.status({ jti: "a" })).toBe(401);
    await stop();
    expect(await other.status({ jti: "b" })).toBe(503);
  });
});

describe.skipIf(server === undefined)("a Redis that was away", () => {
  it("hears then of what was revoked meanwhile", async () => {
    const port = server?.port ?? 0;
    const prefix = prefixOf();
    const redis = new Redis({ port, host: "127.0.0.1" });
    closing.push(() => redis.disconnect());
    let isAway = false;
    const client: RedisCommandClient = {
      call: async (name: string, ...values: string[]) => {
        if (isAway) throw new Error("away");
        return redis.call(name, ...values);
      },
    };
    const revocations = createRevocations(shared, { client, prefix, now, onError });
    closing.push(() => revocations.close());
    const other = await openNode({ port, prefix });
    await Promise.all([revocations.ready(), other.revocations.ready()]);
    isAway = true;
    const revoke = revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await expect(revoke).rejects.toMatchObject({ code: "unavailable" });
    expect(await other.status({ jti: "a" })).toBe(200);
    isAway = false;
    await until(async () => expect(await other.status({ jti: "a" })).toBe(401));
  });
});

describe.skipIf(!canStop)("a Redis that lost what it held", () => {
  it("hears of it again from the nodes that know", async () => {
    const redis = await startRedis();
    if (redis === undefined) throw new Error("Redis did not start");
    closing.push(() => redis.close());
    const { port } = redis;
    const client = new Redis({ port, host: "127.0.0.1" });
    closing.push(() => client.disconnect());
    const one = await openNode({ port, prefix: "g:" });
    await one.revocations.revokeToken({ issuer: ISSUER, id: "a" });
    await one.revocations.ready();
    await client.flushall();
    await until(async () => expect(await client.xlen("g:revocations")).toBe(1));
    const later = await openNode({ port, prefix: "g:" });
    await later.revocations.ready();
    expect(await later.status({ jti: "a" })).toBe(401);
    await one.revocations.revokeToken({ issuer: ISSUER, id: "b" });
    await until(async () => expect(await later.status({ jti: "b" })).toBe(401));
  });
});
