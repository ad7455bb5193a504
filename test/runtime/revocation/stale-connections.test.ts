import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createRevocations } from "@gatewright/runtime/revocations";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { openRedis } from "../../services/redis.js";
import { ISSUER, NOW, createSigner, forge } from "../authenticate/token-forge.js";
import { credentialPolicy, openCredentialDesk } from "../credentials/credential-desk.js";

const signer = createSigner("HS256");
const now = () => NOW * 1000;
const ignore = () => undefined;
const sockets = new WebSocketServer({ noServer: true });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

function connectRedis(port: number): Redis {
  const client = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null });
  client.on("error", ignore);
  closing.push(() => client.disconnect());
  return client;
}

/** A service with connections, and revocations as a policy says; both stop with the test. */
async function openService(more: string, client?: Redis) {
  const snapshot = credentialPolicy({ more: `revocation: { ${more} }` });
  const prefix = `gatewright-stale-${randomUUID()}:`;
  const shared = client && { client, prefix };
  const revocations = createRevocations(snapshot, { now, onError: ignore, ...shared });
  const desk = await openCredentialDesk({
    snapshot,
    keys: String(signer.jwk["k"]),
    supplied: { revocations },
    onUpgrade: (request, socket, head, { signal }) => {
      sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.send("open");
        signal.addEventListener("abort", () => peer.close(4401, String(signal.reason)));
      });
    },
  });
  let closed: ReturnType<typeof desk.close> | undefined;
  const close = async () => (closed ??= desk.close());
  closing.push(close);
  if (client !== undefined) {
    closing.push(async () => {
      const { port = 0 } = client.options;
      await connectRedis(port).del(`${prefix}revocations`, `${prefix}revocations:origin`);
    });
  }
  const connect = async (jti: string) => {
    const headers = { Authorization: `Bearer ${forge(signer, { claims: { jti } })}` };
    const peer = new WebSocket(`ws://127.0.0.1:${desk.port}/feed`, { headers });
    closing.push(() => peer.terminate());
    await once(peer, "message");
    const closed = once(peer, "close").then(([code, reason]) => `${code} ${reason}`);
    return { peer, closed };
  };
  return { revocations, connect, close };
}

describe("S13: a connection while nobody knows what is revoked", async () => {
  const server = await openRedis();

  it.skipIf(!server)("ends when the stream is stale, where the policy says `deny`", async () => {
    const client = connectRedis(server?.port ?? 0);
    const { revocations, connect, close } = await openService(
      "store: redis, stale: { after: 1s }",
      client,
    );
    await revocations.ready();
    const { closed } = await connect("a");
    // As when the network is gone: the server runs, and nothing comes back.
    client.disconnect();
    expect(await closed).toBe("4401 unavailable");
    expect(await close()).toMatchObject([{ status: 101, cause: "unavailable" }]);
  });

  it.skipIf(!server)("ends when the reading was closed", async () => {
    const client = connectRedis(server?.port ?? 0);
    const { revocations, connect } = await openService(
      "store: redis, stale: { after: 1s }",
      client,
    );
    await revocations.ready();
    const { closed } = await connect("a");
    revocations.close();
    expect(await closed).toBe("4401 unavailable");
  });

  it.skipIf(!server)("goes on where the policy says `ask`", async () => {
    const client = connectRedis(server?.port ?? 0);
    const { revocations, connect } = await openService(
      "store: redis, stale: { after: 0s, answer: ask }",
      client,
    );
    await revocations.ready();
    const { closed, peer } = await connect("a");
    const other = await connect("b");
    client.disconnect();
    const told = revocations.revokeToken({ issuer: ISSUER, id: "b" });
    await expect(told).rejects.toMatchObject({ code: "unavailable" });
    expect(await other.closed).toBe("4401 revoked");
    expect(peer.readyState).toBe(WebSocket.OPEN);
    peer.terminate();
    await closed;
  });

  it("ends when a revocation had no room", async () => {
    const { revocations, connect } = await openService("store: memory, maxEntries: 1");
    const { closed } = await connect("a");
    await revocations.revokeToken({ issuer: ISSUER, id: "x" });
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await closed).toBe("4401 unavailable");
  });
});
