import { afterEach, describe, expect, it } from "vitest";
import { NOW, createSigner } from "../authenticate/token-forge.js";
import type { Signer } from "../authenticate/token-forge.js";
import { proofFor, thumbprintOf } from "../dpop/proof-maker.js";
import type { ProofChanges } from "../dpop/proof-maker.js";
import { bearer, claimsOf, openSessionDesk, send, sessionPolicy } from "./session-desk.js";
import type { Answer, SessionDesk } from "./session-desk.js";

const snapshot = sessionPolicy({
  issuer: "    dpop: allowed",
  clients: "    bound: { flow: native, device: dpop }",
  more: "dpop: { origins: ['https://desk.example'], nonce: off }",
});
const own = createSigner("ES256");
const thief = createSigner("ES256");

let desk: SessionDesk | undefined;
let count = 0;

afterEach(async () => {
  await desk?.close();
  desk = undefined;
});

/** A proof for a path; of a refresh, it is about no access token. */
function proof(
  signer: Signer,
  path: string,
  changes: ProofChanges = {},
): Readonly<Record<string, string>> {
  count += 1;
  const about = { htm: "POST", htu: `https://desk.example${path}`, jti: `proof-${count}` };
  const claims = { ...about, ath: undefined, ...changes.claims };
  return { dpop: proofFor(signer, "", { ...changes, claims }) };
}

async function open() {
  desk = await openSessionDesk({ snapshot, supplied: {} });
  return desk;
}

const login = (port: number, headers: Readonly<Record<string, string>>) =>
  send(port, "/login", { headers, body: JSON.stringify({ clientId: "bound" }) });

function refresh(
  port: number,
  token: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return send(port, "/session/refresh", {
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ client_id: "bound", refresh_token: token }),
  });
}

describe("S14: a session that is bound to a key", () => {
  it("gives tokens of that key, and rotates for it alone", async () => {
    const { port, events } = await open();
    const began = await login(port, proof(own, "/login"));
    expect([began.status, began.json["token_type"]]).toEqual([200, "DPoP"]);
    expect(claimsOf(began.json["access_token"])["cnf"]).toEqual({ jkt: thumbprintOf(own) });
    const orders = await send(port, "/orders", {
      method: "GET",
      headers: bearer(began.json["access_token"]),
    });
    expect(orders.status).toBe(401);
    const token = began.json["refresh_token"];
    const refused = [
      await refresh(port, token, {}),
      await refresh(port, token, proof(thief, "/session/refresh")),
      await refresh(port, token, proof(own, "/login")),
      await refresh(port, token, proof(own, "/session/refresh", { claims: { htm: "GET" } })),
      await refresh(port, token, proof(own, "/session/refresh", { claims: { iat: NOW - 3600 } })),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(
      events.filter(({ severity }) => severity === "critical").map(({ reason }) => reason),
    ).toEqual(["dpop:proof", "dpop:key", "dpop:uri", "dpop:method", "dpop:age"]);
    const used = proof(own, "/session/refresh");
    const renewed = await refresh(port, token, used);
    expect([renewed.status, renewed.json["token_type"]]).toEqual([200, "DPoP"]);
    expect(claimsOf(renewed.json["access_token"])["cnf"]).toEqual({ jkt: thumbprintOf(own) });
    const next = renewed.json["refresh_token"];
    expect((await refresh(port, next, used)).status).toBe(401);
    expect((await refresh(port, next, proof(own, "/session/refresh"))).status).toBe(200);
  });

  it("does not begin without a proof", async () => {
    const { port, sessions } = await open();
    const answers = [await login(port, {}), await login(port, proof(own, "/elsewhere"))];
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(await sessions.of("u1")).toEqual([]);
  });
});
