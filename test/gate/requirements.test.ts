import { createPolicyGate } from "@gatewright/runtime/abi";
import { rules } from "@gatewright/runtime/abi/rules";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../agreement/load-hosts.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import {
  gatedGlobally,
  guardedByPermission,
  guardedByRoute,
  mounted,
  mountedBare,
} from "../agreement/listeners.js";
import type { Listener } from "../agreement/listeners.js";
import type { RawRequest } from "../agreement/raw-client.js";
import { serveGate, serveOnce } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "./gate-policy.js";

const snapshot = snapshotWith(`
routes:
  /open: { GET: public }
  /me: { GET: { access: authenticated, scopes: profile } }
  /orders:
    scopes: [orders]
    GET: orders.read
    POST: { permissions: orders.write, scopes: [orders, "orders:write"] }
    /export:
      stepUp: { acr: ["urn:mfa", "urn:hwk"], maxAge: 5m }
      GET: orders.read
      DELETE: { permissions: orders.write, stepUp: { maxAge: 1m } }
    /health: { GET: public }
`);

const NOW = Date.UTC(2026, 10, 27, 12);
const seconds = Math.floor(NOW / 1000);
const lifetime = { exp: seconds + 3600 };

const listeners: readonly (readonly [string, Listener])[] = [
  ["the mount helper", mounted],
  ["the mount helper on node:http", mountedBare],
  ["the global gate", gatedGlobally],
  ["guards per route", guardedByRoute],
  ["permission guards", guardedByPermission],
];

/** A request by a caller with these roles and claims, with the guard of its own route. */
async function requestOf(
  id: string,
  roles: readonly string[] | null,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<RawRequest> {
  const [method = "", target = ""] = id.split(" ");
  const authorization = await tokens.authorize(roles, { ...lifetime, ...claims });
  return { method, target, headers: { ...authorization, "X-Guard": encodeURIComponent(id) } };
}

async function exchange(listener: Listener, request: RawRequest) {
  const served = serveGate(snapshot, tokens.environment, (gate) => listener(gate, snapshot), {
    now: () => NOW,
  });
  const { responses, records } = await serveOnce(served, [request]);
  const [response] = responses;
  const [record] = [...records.values()];
  expect(records.size).toBe(1);
  return {
    status: response?.status,
    challenge: response?.headers.get("www-authenticate"),
    reason: record?.reason,
  };
}

describe.each(listeners.filter(([name]) => name !== "permission guards"))(
  "scopes behind %s",
  (_, listener) => {
    it("are needed besides the role, those of the path above too", async () => {
      const lacking = await requestOf("POST /orders", ["chief"], { scope: "orders" });
      expect(await exchange(listener, lacking)).toEqual({
        status: 403,
        challenge:
          'Bearer realm="gatewright", error="insufficient_scope", scope="orders orders:write"',
        reason: "insufficient-scope",
      });
      const held = await requestOf("POST /orders", ["chief"], { scope: "orders:write x orders" });
      expect(await exchange(listener, held)).toMatchObject({ status: 200, reason: "granted" });
    });

    it("are asked of authenticated routes too, and of nobody on public ones", async () => {
      expect(await exchange(listener, await requestOf("GET /me", [], {}))).toMatchObject({
        status: 403,
        reason: "insufficient-scope",
      });
      const named = await requestOf("GET /me", [], { scope: "profile" });
      expect(await exchange(listener, named)).toMatchObject({ status: 200 });
      const open = await requestOf("GET /orders/health", null);
      expect(await exchange(listener, open)).toMatchObject({ status: 200, reason: "public" });
    });

    it("come after the role: without one, nothing is said about them", async () => {
      const request = await requestOf("POST /orders", ["clerk"], {});
      expect(await exchange(listener, request)).toEqual({
        status: 403,
        challenge: undefined,
        reason: "forbidden",
      });
    });

    it.each<readonly [string, unknown]>([
      ["a list", ["orders"]],
      ["an object", { orders: true }],
      ["a longer name", "orders:read ordersx"],
      ["another letter case", "Orders"],
      ["other white space", "x\torders"],
    ])("are not found in %s", async (_form, scope) => {
      const request = await requestOf("GET /orders", ["clerk"], { scope });
      expect(await exchange(listener, request)).toMatchObject({ status: 403 });
    });
  },
);

describe.each(listeners.filter(([name]) => name !== "permission guards"))(
  "step-up behind %s",
  (_, listener) => {
    const strong = { scope: "orders", acr: "urn:hwk", auth_time: seconds - 299 };
    it("lets on whoever signed in as strongly and as recently", async () => {
      const request = await requestOf("GET /orders/export", ["clerk"], strong);
      expect(await exchange(listener, request)).toMatchObject({ status: 200 });
    });

    it.each<readonly [string, Readonly<Record<string, unknown>>]>([
      ["another class", { acr: "urn:pwd" }],
      ["no class", { acr: undefined }],
      ["a list of classes", { acr: ["urn:mfa"] }],
      ["a sign-in too long ago", { auth_time: seconds - 301 }],
      ["a sign-in that the token does not tell", { auth_time: undefined }],
      ["a sign-in told as text", { auth_time: String(seconds) }],
      ["a sign-in still to come", { auth_time: seconds + 1 }],
      ["a sign-in told in milliseconds", { auth_time: NOW }],
      ["a sign-in beyond all numbers", { auth_time: Number.MAX_VALUE }],
    ])("asks for it with %s", async (_weakness, claims) => {
      const request = await requestOf("GET /orders/export", ["clerk"], { ...strong, ...claims });
      expect(await exchange(listener, request)).toEqual({
        status: 401,
        challenge:
          'Bearer realm="gatewright", error="insufficient_user_authentication", ' +
          'acr_values="urn:mfa urn:hwk", max_age=300',
        reason: "insufficient-user-authentication",
      });
    });

    it("is what the rule says, where it says something", async () => {
      const request = await requestOf("DELETE /orders/export", ["chief"], {
        scope: "orders",
        auth_time: seconds - 61,
      });
      expect(await exchange(listener, request)).toMatchObject({
        status: 401,
        challenge:
          'Bearer realm="gatewright", error="insufficient_user_authentication", max_age=60',
      });
    });

    it("comes after the scopes", async () => {
      const request = await requestOf("GET /orders/export", ["clerk"], {});
      expect(await exchange(listener, request)).toMatchObject({ reason: "insufficient-scope" });
    });
  },
);

describe("a permission guard", () => {
  it("asks for what the route of the request asks for", async () => {
    const request = await requestOf("POST /orders", ["chief"], { scope: "orders" });
    const guarded = { ...request, headers: { ...request.headers, "X-Guard": "orders.write" } };
    expect(await exchange(guardedByPermission, guarded)).toMatchObject({
      status: 403,
      reason: "insufficient-scope",
    });
  });
});

describe("scopes from another claim", () => {
  const listed = compileSnapshot([
    {
      path: "policies/policy.yaml",
      text: `
gatewright: 1
roles: { clerk: { grants: [orders.read] } }
resources: { orders: { actions: [read] } }
principal: { roles: roles, scopes: { claim: scp, format: list } }
tokens:
  test:
    issuer: https://issuer.example
    audience: test
    algorithms: [HS256]
    keys: { environment: TEST_KEY }
routes:
  /orders: { GET: { permissions: orders.read, scopes: orders } }
`,
    },
  ]);

  it.each<readonly [Readonly<Record<string, unknown>>, number]>([
    [{ scp: ["x", "orders"] }, 200],
    [{ scp: "orders" }, 403],
    [{ scope: "orders" }, 403],
  ])("are read as the policy says: %j is %i", async (claims, status) => {
    const served = serveGate(listed, tokens.environment, (gate) => mounted(gate, listed));
    const headers = await tokens.authorize(["clerk"], claims);
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses[0]?.status).toBe(status);
  });
});

describe("a gate without the part that a policy needs", () => {
  it.each([
    ["none", {}],
    ["another", { rules: rules({}) }],
  ])("does not start with %s", (_, features) => {
    expect(() =>
      createPolicyGate<LoosePolicy>(
        snapshot,
        { hosts, keys, ...features },
        { environment: tokens.environment },
      ),
    ).toThrow(/the generated code does not load \w+: build it again/);
  });
});
