import express from "express";
import { describe, expect, it } from "vitest";
import { mounted } from "../agreement/listeners.js";
import type { RawRequest } from "../agreement/raw-client.js";
import { reply, serveGate, serveOnce } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "./gate-policy.js";

const snapshot = snapshotWith(`
cors:
  desk:
    origins: [https://desk.example, "http://localhost:5173"]
    headers: [Authorization, X-Request-Id]
    exposedHeaders: [ETag]
    credentials: true
    maxAge: 10m
    default: true
  anyone: { origins: ["*"] }
routes:
  /orders:
    GET: orders.read
    /:orderId:
      GET: orders.read
      DELETE: orders.read
  /health:
    cors: anyone
    GET: public
  /internal:
    cors: none
    GET: orders.read
`);

const desk = "https://desk.example";

function preflight(target: string, method: string, more: Readonly<Record<string, string>> = {}) {
  const headers = { Origin: desk, "Access-Control-Request-Method": method, ...more };
  return { method: "OPTIONS", target, headers };
}

/** Answers and records, in the order of the requests. */
async function exchange(requests: readonly RawRequest[]) {
  const served = serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot));
  const { responses, records } = await serveOnce(served, requests);
  expect(records.size).toBe(requests.length);
  return { responses, records: [...records.values()] };
}

function corsHeaders(headers: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const names = [...headers.keys()].filter((name) => /^(access-control-|vary$)/.test(name));
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? ""]));
}

describe("a preflight", () => {
  it("is answered as the policy decides about the request that it announces, and runs no handler", async () => {
    const { responses, records } = await exchange([
      preflight("/orders/7?x=1", "DELETE", {
        "Access-Control-Request-Headers": "authorization,x-request-id",
      }),
    ]);
    const [response] = responses;
    expect(response?.status).toBe(204);
    expect(response?.headers.has("x-seen")).toBe(false);
    expect(corsHeaders(response?.headers ?? new Map())).toEqual({
      "access-control-allow-origin": desk,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "DELETE",
      "access-control-allow-headers": "authorization, x-request-id",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    expect(records[0]).toMatchObject({
      method: "OPTIONS",
      route: "DELETE /orders/:orderId",
      decision: "allow",
      reason: "preflight",
      status: 204,
      principal: null,
    });
  });

  it.each([
    [
      "of another origin",
      preflight("/orders", "GET", { Origin: "https://evil.example" }),
      "cors:origin",
    ],
    [
      "of an origin that only begins alike",
      preflight("/orders", "GET", { Origin: `${desk}.evil` }),
      "cors:origin",
    ],
    [
      "of an origin in other letter case",
      preflight("/orders", "GET", { Origin: "https://DESK.example" }),
      "cors:origin",
    ],
    ["of the origin null", preflight("/orders", "GET", { Origin: "null" }), "cors:origin"],
    ["of two origins", preflight("/orders", "GET", { Origin: `${desk}, ${desk}` }), "cors:origin"],
    ["for a method that is not bound", preflight("/orders", "PUT"), "cors:method"],
    ["for a method in lower case", preflight("/orders", "get"), "cors:method"],
    ["for a path that no route has", preflight("/nothing", "GET"), "cors:method"],
    [
      "for a header that is not listed",
      preflight("/orders", "GET", { "Access-Control-Request-Headers": "x-other" }),
      "cors:headers",
    ],
    [
      "for all headers",
      preflight("/orders", "GET", { "Access-Control-Request-Headers": "*" }),
      "cors:headers",
    ],
    ["for a group without CORS", preflight("/internal", "GET"), "cors"],
  ])("%s is refused with 403 and recorded", async (_, request, cause) => {
    const { responses, records } = await exchange([request]);
    expect(responses[0]?.status).toBe(403);
    expect(responses[0]?.headers.has("access-control-allow-methods")).toBe(false);
    expect(records[0]).toMatchObject({ decision: "deny", reason: "forbidden", cause, status: 403 });
  });

  it("for an ambiguous target is refused with 400", async () => {
    const { responses } = await exchange([preflight("/orders/../health", "GET")]);
    expect(responses[0]?.status).toBe(400);
  });

  it("reads no credentials, so a bad token changes nothing", async () => {
    const { responses } = await exchange([
      preflight("/orders", "GET", { Authorization: "Bearer bad" }),
    ]);
    expect(responses[0]?.status).toBe(204);
  });

  it("needs both headers: OPTIONS without them is a request like any other", async () => {
    const { responses, records } = await exchange([
      { method: "OPTIONS", target: "/orders", headers: { Origin: desk } },
      { method: "OPTIONS", target: "/orders", headers: { "Access-Control-Request-Method": "GET" } },
    ]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401]);
    expect(records.map(({ reason }) => reason)).toEqual([
      "missing-credentials",
      "missing-credentials",
    ]);
  });

  it("is refused in a policy without `cors`", async () => {
    const plain = snapshotWith("routes: { /orders: { GET: orders.read, OPTIONS: public } }");
    const served = serveGate(plain, tokens.environment, (gate) => mounted(gate, plain));
    const { responses } = await serveOnce(served, [preflight("/orders", "GET")]);
    expect(responses[0]?.status).toBe(403);
  });
});

function from(target: string, headers: Readonly<Record<string, string>>, method = "GET") {
  return { method, target, headers: { Origin: desk, ...headers } };
}

describe("any other response", () => {
  it("can be read by pages of the policy's origins, also where it is a refusal", async () => {
    const allowed = await tokens.authorize(["clerk"]);
    const guest = await tokens.authorize(["guest"]);
    const { responses } = await exchange([
      from("/orders", allowed),
      from("/orders", guest),
      from("/orders", {}),
      from("/orders", { Authorization: "Bearer x" }),
      from("/orders/7", allowed, "PUT"),
      from("/nothing", allowed),
      from("/orders//", allowed),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([200, 403, 401, 401, 405, 404, 400]);
    for (const { headers } of responses) {
      expect(corsHeaders(headers)).toEqual({
        "access-control-allow-origin": desk,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "ETag",
        vary: "Origin",
      });
    }
  });

  it("says only that it varies where the origin is another, or there is none", async () => {
    const headers = await tokens.authorize(["clerk"]);
    const { responses } = await exchange([
      { method: "GET", target: "/orders", headers: { ...headers, Origin: "https://evil.example" } },
      { method: "GET", target: "/orders", headers },
    ]);
    for (const response of responses) {
      expect(response.status).toBe(200);
      expect(corsHeaders(response.headers)).toEqual({ vary: "Origin" });
    }
  });

  it("names every origin where the rule does, and none where the group has no CORS", async () => {
    const headers = { ...(await tokens.authorize(["clerk"])), Origin: "https://any.example" };
    const { responses } = await exchange([
      { method: "GET", target: "/health", headers },
      { method: "GET", target: "/internal", headers: { ...headers, Origin: desk } },
    ]);
    expect(responses.map(({ headers: seen }) => corsHeaders(seen))).toEqual([
      { "access-control-allow-origin": "*", vary: "Origin" },
      {},
    ]);
  });

  it("keeps what handlers before the gate said that it varies by", async () => {
    const served = serveGate(snapshot, tokens.environment, (gate) =>
      express()
        .use((_, response, next) => {
          response.vary("Accept-Encoding");
          next();
        })
        .use(gate)
        .use((request, response) => reply(gate, request, response, {})),
    );
    const headers = { ...(await tokens.authorize(["clerk"])), Origin: desk };
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses[0]?.headers.get("vary")).toBe("Accept-Encoding, Origin");
  });
});
