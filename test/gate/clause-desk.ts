import { expect } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import type { Listener } from "../agreement/listeners.js";
import { serveGate, serveOnce } from "../agreement/serve-gate.js";
import type { LoadCall, ServeOptions } from "../agreement/serve-gate.js";
import { tokens } from "./gate-policy.js";

const text = (absent = "not-found") => `
gatewright: 1
resources:
  orders:
    actions: [create, list, read, update, cancel, ship]
    collection: [create, list]
    tenant: desk
    absent: ${absent}
    attributes:
      ownerId: string
      desk: string
      total: double
      locked: bool
      placedAt: timestamp
      tags: list<string>
  reports: { actions: [read] }
roles:
  clerk:
    grants:
      - orders.list
      - { permission: orders.update, when: "resource.ownerId == principal.id && resource.total < 1000.0" }
      - { permission: orders.ship, when: "request.time - resource.placedAt < duration('24h')" }
      - { permission: reports.read, when: [recent, "has(principal.claims.home) && has(request.headers.\`x-desk\`) && request.headers['x-desk'] == principal.claims.home"] }
    denies:
      - { permission: [orders.cancel, orders.update], when: resource.locked }
      - { permission: orders.read, when: "resource.tags[0] == 'secret'", missing: skip }
      - { permission: orders.ship, when: "resource.tags[0] == 'hold'", missing: deny }
  manager:
    inherits: [clerk]
    grants: ["orders.*"]
derivedRoles:
  owner:
    resource: orders
    from: [clerk]
    when: is-owner
    grants: [orders.read, orders.cancel]
conditions:
  is-owner: { resource: orders, when: resource.ownerId == principal.id }
  recent: request.params.year >= 2020
request: { headers: [x-desk] }
principal: { roles: roles, tenant: desk, claims: { home: { type: string, optional: true } } }
tokens:
  test: { issuer: "https://issuer.example", audience: test, algorithms: [HS256], keys: { environment: TEST_KEY } }
audit: { sink: { jsonl: a.jsonl } }
routes:
  /orders:
    GET: orders.list
    /:orderId:
      params: { orderId: { type: int } }
      GET: orders.read
      PATCH: orders.update
      DELETE: orders.cancel
      POST: [orders.read, orders.ship]
  /reports/:year: { params: { year: { type: int } }, GET: reports.read }
`;

function policyOf(absent?: string) {
  return compileSnapshot([{ path: "policies/policy.yaml", text: text(absent) }]);
}

export const snapshot = policyOf();
export const NOW = Date.UTC(2026, 10, 27, 12);
export const HOUR = 3_600_000;

export interface Order {
  readonly ownerId: string;
  readonly desk: string;
  readonly total: number;
  readonly locked: boolean;
  readonly placedAt: Date;
  readonly tags: readonly string[];
}

export const order: Order = {
  ownerId: "ann",
  desk: "north",
  total: 10,
  locked: false,
  placedAt: new Date(NOW - HOUR),
  tags: [],
};

export interface Asked {
  readonly roles: readonly string[];
  readonly order?: unknown;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request by ann of the north desk, unless it says otherwise; what came of it, and what was loaded. */
export async function ask(
  listener: Listener,
  id: string,
  asked: Asked,
  more: Partial<ServeOptions> = {},
) {
  const calls: LoadCall[] = [];
  const errors: unknown[] = [];
  const policy = asked.order === null && id.includes("absent") ? policyOf("forbidden") : snapshot;
  const served = serveGate(policy, tokens.environment, (gate) => listener(gate, policy), {
    now: () => NOW,
    onError: (error) => errors.push(error),
    resources: {
      orders: (_, call) => {
        calls.push(call);
        if (asked.order instanceof Error) throw asked.order;
        return "order" in asked ? asked.order : order;
      },
    },
    ...more,
  });
  const [method = "", target = ""] = id.split(" ");
  const route = id
    .replace("/7", "/:orderId")
    .replace(/\/20\d\d/, "/:year")
    .replace("?absent", "");
  const claims = { sub: "ann", desk: "north", exp: NOW / 1000 + 60, ...asked.claims };
  const headers = {
    ...(await tokens.authorize(asked.roles, claims)),
    "X-Guard": encodeURIComponent(route),
    ...asked.headers,
  };
  const { responses, records } = await serveOnce(served, [{ method, target, headers }]);
  const [record] = [...records.values()];
  expect(records.size).toBe(1);
  return { status: responses[0]?.status, cause: record?.cause, calls, errors };
}
