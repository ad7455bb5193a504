import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { mounted } from "../../agreement/listeners.js";
import { serveGate, serveOnce } from "../../agreement/serve-gate.js";
import { snapshotWith, tokens } from "../../gate/gate-policy.js";
import { bearer, present } from "../../runtime/authenticate/token-desk.js";
import { createSigner, encode, forge } from "../../runtime/authenticate/token-forge.js";
import { deskFor, secret } from "./verdicts.js";

// The statements H9 and H10, and the attack by text that stands in a log or a header.

const desk = deskFor(secret);

const me = (more = "") => snapshotWith(`routes: { /me: { GET: authenticated } }\n${more}`);

/** The client addresses that are recorded for a request with these headers. */
async function clientOf(router: string, headers: Readonly<Record<string, string>>) {
  const snapshot = me(router);
  const served = serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot));
  const { records } = await serveOnce(served, [{ method: "GET", target: "/me", headers }]);
  return [...records.values()].map(({ client }) => client);
}

describe("H9 the client's address", () => {
  const headers = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Real-IP": "203.0.113.9",
    Forwarded: "for=203.0.113.9",
  };

  it("is the socket's, whatever the client says", async () => {
    expect(await clientOf("", headers)).toEqual(["127.0.0.1"]);
    expect(await clientOf("router: { trustedProxies: 0 }", headers)).toEqual(["127.0.0.1"]);
    expect(await clientOf("router: { trustedProxies: [10.0.0.0/8] }", headers)).toEqual([
      "127.0.0.1",
    ]);
  });

  it("is what trusted proxies say, as many as the policy counts", async () => {
    expect(await clientOf("router: { trustedProxies: 1 }", headers)).toEqual(["198.51.100.7"]);
    expect(await clientOf("router: { trustedProxies: 2 }", headers)).toEqual(["203.0.113.9"]);
    expect(await clientOf("router: { trustedProxies: [127.0.0.1] }", headers)).toEqual([
      "198.51.100.7",
    ]);
  });

  it("is no text that is no address", async () => {
    const odd = { "X-Forwarded-For": 'unknown, <script>, 1.2.3.4"' };
    expect(await clientOf("router: { trustedProxies: 5 }", odd)).toEqual(["127.0.0.1"]);
  });
});

describe("H10 one record for each request", () => {
  it("names the principal, the key, the token and the client of what was accepted", async () => {
    const keys = JSON.stringify({ ...secret.jwk, kid: "2026-11" });
    const good = forge(secret, { header: { kid: "2026-11" }, claims: { jti: "t-77" } });
    const [outcome] = await present({ ...desk, environment: { KEYS: keys } }, bearer(good));
    expect(outcome?.record).toMatchObject({
      decision: "allow",
      reason: "authenticated",
      principal: { id: "u1", issuer: "https://id.example" },
      credential: {
        strategy: "jwt",
        keyId: "2026-11",
        issuer: "https://id.example",
        tokenId: "t-77",
        clientId: "till",
      },
    });
  });

  it("names a reason and a cause for what was refused, and nobody", async () => {
    const requests = [
      { method: "GET", target: "/me" },
      bearer(forge(createSigner("HS256"), { claims: { sub: "somebody-else" } })),
      { method: "DELETE", target: "/orders", headers: { Authorization: bearer(forge(secret)) } },
    ];
    const outcomes = await present(desk, ...requests);
    expect(outcomes.map(({ record }) => [record.status, record.reason, record.cause])).toEqual([
      [401, "missing-credentials", undefined],
      [401, "invalid-token", "signature"],
      [403, "forbidden", undefined],
    ]);
    expect(outcomes.map(({ record }) => record.principal?.id)).toEqual([
      undefined,
      undefined,
      "u1",
    ]);
    expect(outcomes.map(({ record }) => record.credential?.tokenId)).toEqual([
      undefined,
      undefined,
      "t1",
    ]);
  });

  it("is written for a client that leaves before it has its answer", async () => {
    const snapshot = me();
    const handler = new EventEmitter();
    const reached = once(handler, "reached");
    const { port, stop } = await serveGate(snapshot, tokens.environment, (gate) => {
      // A handler that never answers.
      return (request, response) => gate(request, response, () => handler.emit("reached"));
    });
    const { Authorization } = await tokens.authorize(["clerk"]);
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n\r\n`);
    await reached;
    socket.destroy();
    await once(socket, "close");
    const records = [...(await stop()).values()];
    expect(records).toMatchObject([
      {
        outcome: "aborted",
        status: null,
        decision: "allow",
        principal: { id: "somebody" },
        credential: { tokenId: "t" },
      },
    ]);
  });

  it("holds no token, nor a piece of one", async () => {
    // Each request is looked for in its record, its answer and the errors: see the desk.
    const signed = forge(secret);
    const [head = "", body = "", tail = ""] = signed.split(".");
    const requests = [signed, `${head}.${body}`, tail, `${signed}x`, `${signed},${signed}`].map(
      bearer,
    );
    const outcomes = await present(desk, ...requests, {
      method: "GET",
      target: `/me?access_token=${signed}`,
    });
    const records = outcomes.map(({ record }) => JSON.stringify(record));
    for (const part of [head, body, tail])
      expect(records.join("")).not.toContain(part.slice(0, 16));
  });
});

const odd = 'a"b\\c\r\nSet-Cookie: x=1\u001b[31m\0\u2028{"type":"request"}';

describe("attack: log/header injection", () => {
  it("a subject, token id and roles with line ends and escapes stay within their record", async () => {
    const token = forge(secret, { claims: { sub: odd, jti: odd, client_id: odd, roles: [odd] } });
    const [outcome, ...others] = await present(desk, bearer(token));
    // Had one become two lines, there were a record too many.
    expect(others).toEqual([]);
    expect(outcome?.record).toMatchObject({
      principal: { id: odd },
      credential: { tokenId: odd, clientId: odd },
      unknownRoles: [odd],
    });
    expect(outcome?.response.headers.has("set-cookie")).toBe(false);
  });

  it("what a terminal obeys stands in no record line, and says the same when it is read", async () => {
    const driven = [
      ..."\u007f\u0080\u0085\u009b31m\u009f\u2028\u2029\u061c\u200e\u200f\u202e\u2066\u2069\ufeff",
    ];
    const sub = `a${driven.join("b")}\u{1f600}\u{e0041}ü`;
    const claims = { sub, jti: sub, client_id: sub, roles: [sub] };
    // That each line is one line is what the desk looks at.
    const [accepted, refused] = await present(
      desk,
      bearer(forge(secret, { claims })),
      bearer(forge(secret, { claims: { ...claims, aud: sub } })),
    );
    expect(accepted?.record).toMatchObject({
      principal: { id: sub },
      credential: { tokenId: sub, clientId: sub },
      unknownRoles: [sub],
    });
    expect(refused?.record).toMatchObject({
      cause: "claim:aud",
      credential: { tokenId: sub, clientId: sub },
    });
  });

  it("a scope that the token has stands in no challenge", async () => {
    const scoped = snapshotWith(
      "routes: { /me: { GET: { access: authenticated, scopes: profile } } }",
    );
    const headers = await tokens.authorize(["clerk"], { scope: odd });
    const served = serveGate(scoped, tokens.environment, (gate) => mounted(gate, scoped));
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/me", headers }]);
    expect(responses[0]?.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatewright", error="insufficient_scope", scope="profile"',
    );
    expect(responses[0]?.headers.has("set-cookie")).toBe(false);
  });

  it("a header of the request stands in no answer", async () => {
    const traced = {
      method: "GET",
      target: `/me?x=${encode(odd)}`,
      headers: {
        traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01"; x`,
        "X-Request-Id": '"><script>alert(1)</script>',
        Authorization: `Bearer "${encode(odd)}"`,
      },
    };
    const [outcome] = await present(desk, traced);
    expect(outcome?.status).toBe(401);
    const text = [...(outcome?.response.headers ?? [])].join("\n") + outcome?.response.body;
    expect(text).not.toMatch(/script|aaaaaaaa/);
  });
});
