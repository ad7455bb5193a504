import { randomUUID } from "node:crypto";
import { createRedisProofStore } from "@gatewright/runtime/dpop-store";
import type { RedisCommandClient } from "@gatewright/runtime/dpop-store";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, describe, expect, it } from "vitest";
import { openRedis } from "../../services/redis.js";
import { createSigner } from "../authenticate/token-forge.js";
import { credentialPolicy, openCredentialDesk } from "../credentials/credential-desk.js";
import type { CredentialDesk } from "../credentials/credential-desk.js";
import { bound, boundToken, proofFor } from "./proof-maker.js";

const issuer = createSigner("HS256");
const keys = String(issuer.jwk["k"]);
const client = createSigner("Ed25519");
const token = boundToken(issuer, client);
const policyWith = (more = "") =>
  credentialPolicy({ token: "    dpop: required", more: `dpop: { replay: redis, ${more} }` });
const snapshot = policyWith();

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function connect(driver: string, port: number): Promise<RedisCommandClient> {
  if (driver === "ioredis") {
    const redis = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null });
    redis.on("error", () => undefined);
    closing.push(() => redis.disconnect());
    return redis;
  }
  const redis = createClient({ socket: { port, host: "127.0.0.1" } });
  await redis.connect();
  closing.push(() => redis.destroy());
  return redis;
}

async function openNode(prefix: string, redis: RedisCommandClient, policy = snapshot) {
  const proofStore = createRedisProofStore({ client: redis, prefix });
  const desk = await openCredentialDesk({ snapshot: policy, keys, supplied: { proofStore } });
  closing.push(() => desk.close());
  return desk;
}

async function send(desk: CredentialDesk, proof: string) {
  const [answer] = await desk.send(bound(token, proof));
  return { status: answer?.status, nonce: answer?.headers.get("dpop-nonce") };
}

const prefixOf = () => `gatewright-test:${randomUUID()}:`;
const server = await openRedis();

describe.skipIf(server === undefined)("replayed DPoP on two nodes that share a Redis", () => {
  const port = server?.port ?? 0;

  it.each(["ioredis", "redis"])(
    "passes on one of them, once, with the client %s",
    async (driver) => {
      const prefix = prefixOf();
      const one = await openNode(prefix, await connect(driver, port));
      const other = await openNode(prefix, await connect(driver, port));
      const proof = proofFor(client, token);
      const answers = await Promise.all(
        [one, other, one, other, one, other].map((desk) => send(desk, proof)),
      );
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([200, 401, 401, 401, 401, 401]);
      expect(await send(other, proofFor(client, token))).toMatchObject({ status: 200 });
    },
  );

  it("takes the nonce of one node on the other", async () => {
    const prefix = prefixOf();
    const policy = policyWith("nonce: required");
    const one = await openNode(prefix, await connect("ioredis", port), policy);
    const other = await openNode(prefix, await connect("ioredis", port), policy);
    const { status, nonce } = await send(one, proofFor(client, token));
    expect(status).toBe(401);
    const proof = proofFor(client, token, { claims: { nonce } });
    expect(await send(other, proof)).toEqual({ status: 200, nonce: undefined });
  });

  it("leaves nothing in Redis by which a token could be used, and not for long", async () => {
    const prefix = prefixOf();
    const redis = new Redis({ port, host: "127.0.0.1" });
    closing.push(() => redis.disconnect());
    const node = await openNode(prefix, redis);
    const jti = randomUUID();
    await send(node, proofFor(client, token, { claims: { jti } }));
    const [key = "", ...others] = await redis.keys(`${prefix}*`);
    expect(others).toEqual([]);
    expect(key).not.toContain(jti);
    const left = await redis.pttl(key);
    // `maxAge`, twice `clockTolerance`, and a second.
    expect(left).toBeGreaterThan(100_000);
    expect(left).toBeLessThanOrEqual(121_000);
  });
});

describe("a proof store that is down", () => {
  it("is 503, before a handler runs", async () => {
    const broken = { call: () => Promise.reject(new Error("down")) };
    const node = await openNode("g:", broken);
    expect(await send(node, proofFor(client, token))).toMatchObject({ status: 503 });
    const strict = await openNode("g:", broken, policyWith("nonce: required"));
    expect(await send(strict, proofFor(client, token))).toMatchObject({ status: 503 });
  });

  it("is 503 where it does not answer at all", async () => {
    const silent = { call: () => new Promise<never>(() => undefined) };
    const node = await openNode("g:", silent);
    expect(await send(node, proofFor(client, token))).toMatchObject({ status: 503 });
  });

  it("must be passed where the policy needs one", async () => {
    await expect(openCredentialDesk({ snapshot, keys })).rejects.toThrow("pass `proofStore`");
  });
});
