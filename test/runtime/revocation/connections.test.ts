import { once } from "node:events";
import { createRevocations } from "@gatewright/runtime/revocations";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { Members } from "../authenticate/token-forge.js";
import { ISSUER, NOW, createSigner, forge } from "../authenticate/token-forge.js";
import { credentialPolicy, openCredentialDesk } from "../credentials/credential-desk.js";
import type { CredentialDesk } from "../credentials/credential-desk.js";

const signer = createSigner("HS256");
const keys = String(signer.jwk["k"]);
const now = () => NOW * 1000;
const policy = credentialPolicy({ more: "revocation: { store: memory }" });

describe("S11: a connection that outlives its request", () => {
  const sockets = new WebSocketServer({ noServer: true });
  let desk: CredentialDesk | undefined;
  afterEach(async () => {
    await desk?.close();
  });

  const open = async () => {
    const revocations = createRevocations(policy, { now });
    desk = await openCredentialDesk({
      snapshot: policy,
      keys,
      supplied: { revocations },
      onUpgrade: (request, socket, head, { signal }) => {
        sockets.handleUpgrade(request, socket, head, (client) => {
          client.send("open");
          signal.addEventListener("abort", () => client.close(4401, String(signal.reason)));
        });
      },
    });
    const { port } = desk;
    const connect = async (claims: Members) => {
      const headers = { Authorization: `Bearer ${forge(signer, { claims })}` };
      const client = new WebSocket(`ws://127.0.0.1:${port}/feed`, { headers });
      await once(client, "message");
      const closed = once(client, "close").then(([code, reason]) => `${code} ${reason}`);
      return { client, closed };
    };
    return { revocations, connect };
  };

  it("ends when its token, session, subject or tenant is revoked, and no other does", async () => {
    const { revocations, connect } = await open();
    const byToken = await connect({ jti: "a" });
    const bySession = await connect({ jti: "b", sid: "s1" });
    const bySubject = await connect({ jti: "c", sub: "u2", epoch: 1 });
    const byTenant = await connect({ jti: "d", org: "north" });
    const kept = await connect({ jti: "e", sid: "s2", sub: "u2", epoch: 2, org: "south" });
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await byToken.closed).toBe("4401 revoked");
    await revocations.revokeSession({ issuer: ISSUER, id: "s1" });
    expect(await bySession.closed).toBe("4401 revoked");
    await revocations.revokeSubject({ issuer: ISSUER, id: "u2", epoch: 2 });
    expect(await bySubject.closed).toBe("4401 revoked");
    await revocations.revokeTenant({ id: "north" });
    expect(await byTenant.closed).toBe("4401 revoked");
    expect(kept.client.readyState).toBe(WebSocket.OPEN);
    kept.client.terminate();
  });

  it("ends after a swap of the policy too", async () => {
    const { revocations, connect } = await open();
    desk?.swap(
      credentialPolicy({ more: "revocation: { store: memory }\nrouter: { strict: true }" }),
    );
    const { closed } = await connect({ jti: "a" });
    await revocations.revokeToken({ issuer: ISSUER, id: "a" });
    expect(await closed).toBe("4401 revoked");
  });
});

describe("principals that the application was asked for", () => {
  it("are asked for again after a revocation of their subject", async () => {
    const asked: string[] = [];
    const snapshot = credentialPolicy({
      principal: "{ from: application, cache: { maxAge: 1h } }",
      more: "revocation: { store: memory }",
    });
    const revocations = createRevocations(snapshot, { now });
    const supplied = {
      revocations,
      principalSource: ({ subject = "" }) => {
        asked.push(subject);
        return { roles: ["clerk"] };
      },
    };
    const desk = await openCredentialDesk({ snapshot, keys, supplied });
    const send = async (claims: Members) => {
      const headers = { Authorization: `Bearer ${forge(signer, { claims })}` };
      const [answer] = await desk.send({ method: "GET", target: "/orders", headers });
      return answer?.status;
    };
    const second = { sub: "u2", jti: "b", epoch: 5 };
    expect([await send({ epoch: 1 }), await send({ epoch: 1 }), await send(second)]).toEqual([
      200, 200, 200,
    ]);
    expect(asked).toEqual(["u1", "u2"]);
    await revocations.revokeSubject({ issuer: ISSUER, id: "u1", epoch: 1 });
    expect([await send({ epoch: 1 }), await send(second)]).toEqual([200, 200]);
    expect(asked).toEqual(["u1", "u2", "u1"]);
    await desk.close();
  });
});
