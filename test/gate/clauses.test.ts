import { createPolicyGate } from "@gatewright/runtime/abi";
import { resourceAccessors } from "@gatewright/runtime/abi/clauses";
import { rules } from "@gatewright/runtime/abi/rules";
import { describe, expect, it } from "vitest";
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
import { ask, HOUR, NOW, order, snapshot } from "./clause-desk.js";
import type { Asked, Order } from "./clause-desk.js";
import { tokens } from "./gate-policy.js";

type Case = readonly [name: string, id: string, asked: Asked, status: number, cause?: string];

const cases: readonly Case[] = [
  ["a conditional grant that holds", "PATCH /orders/7", { roles: ["clerk"] }, 200],
  [
    "one that does not",
    "PATCH /orders/7",
    { roles: ["clerk"], order: { ...order, total: 1000 } },
    403,
    "condition",
  ],
  [
    "somebody else's",
    "PATCH /orders/7",
    { roles: ["clerk"], order: { ...order, ownerId: "bob" } },
    403,
    "condition",
  ],
  [
    "an unconditional grant besides",
    "PATCH /orders/7",
    { roles: ["manager"], order: { ...order, ownerId: "bob", total: 5000 } },
    200,
  ],
  [
    "a conditional deny against an unconditional grant",
    "PATCH /orders/7",
    { roles: ["manager"], order: { ...order, locked: true } },
    403,
    "denied",
  ],
  ["a derived role", "GET /orders/7", { roles: ["clerk"] }, 200],
  [
    "a derived role of another",
    "GET /orders/7",
    { roles: ["clerk"], order: { ...order, ownerId: "bob" } },
    403,
    "condition",
  ],
  ["a derived role without the role that it comes from", "GET /orders/7", { roles: [] }, 403],
  ["a derived role by inheritance", "DELETE /orders/7", { roles: ["manager"] }, 200],
  [
    "another tenant's, before any grant",
    "GET /orders/7",
    { roles: ["manager"], order: { ...order, desk: "south" } },
    403,
    "tenant",
  ],
  [
    "no tenant",
    "GET /orders/7",
    { roles: ["manager"], claims: { desk: undefined } },
    403,
    "tenant",
  ],
  ["a deny that cannot be decided, skipped", "GET /orders/7", { roles: ["clerk"] }, 200],
  [
    "a deny that holds",
    "GET /orders/7",
    { roles: ["clerk"], order: { ...order, tags: ["secret"] } },
    403,
    "denied",
  ],
  ["a deny that cannot be decided, denying", "POST /orders/7", { roles: ["clerk"] }, 403, "denied"],
  [
    "two permissions that both hold",
    "POST /orders/7",
    { roles: ["clerk"], order: { ...order, tags: ["ok"] } },
    200,
  ],
  [
    "a time too long ago",
    "POST /orders/7",
    { roles: ["clerk"], order: { ...order, tags: ["ok"], placedAt: new Date(NOW - 24 * HOUR) } },
    403,
    "condition",
  ],
  ["what does not exist", "GET /orders/7", { roles: ["clerk"], order: null }, 404, "absent"],
  [
    "what the loader leaves undefined",
    "GET /orders/7",
    { roles: ["clerk"], order: undefined },
    404,
    "absent",
  ],
  [
    "parameters, headers and claims",
    "GET /reports/2026",
    { roles: ["clerk"], claims: { home: "x" }, headers: { "X-Desk": "x" } },
    200,
  ],
  [
    "a parameter in a named condition",
    "GET /reports/2019",
    { roles: ["clerk"], claims: { home: "x" }, headers: { "X-Desk": "x" } },
    403,
    "condition",
  ],
  [
    "a header that is missing",
    "GET /reports/2026",
    { roles: ["clerk"], claims: { home: "x" } },
    403,
    "condition",
  ],
  [
    "a claim that is missing",
    "GET /reports/2026",
    { roles: ["clerk"], headers: { "X-Desk": "x" } },
    403,
    "condition",
  ],
];

const listeners: readonly (readonly [string, Listener])[] = [
  ["the mount helper", mounted],
  ["the mount helper on node:http", mountedBare],
  ["the global gate", gatedGlobally],
  ["guards per route", guardedByRoute],
];

describe.each(listeners)("behind %s", (_, listener) => {
  it.each(cases.map((found) => [found[0], found] as const))("%s", async (_name, found) => {
    const [, id, asked, status, cause] = found;
    const answer = await ask(listener, id, asked);
    expect([answer.status, ...(cause === undefined ? [] : [answer.cause])]).toEqual([
      status,
      ...(cause === undefined ? [] : [cause]),
    ]);
  });

  it("a resource is loaded once, for two permissions and with what the path says", async () => {
    const { calls } = await ask(listener, "POST /orders/7", { roles: ["clerk"] });
    expect(calls).toEqual([
      {
        params: { orderId: 7 },
        principal: expect.objectContaining({ id: "ann" }),
        route: "POST /orders/:orderId",
      },
    ]);
  });

  it("nothing is loaded for whom the roles refuse, nor for the collection", async () => {
    const refused = await ask(listener, "GET /orders/7", { roles: [] });
    const listed = await ask(listener, "GET /orders", { roles: ["clerk"] });
    expect([refused.status, refused.calls]).toEqual([403, []]);
    expect([listed.status, listed.calls]).toEqual([200, []]);
  });

  it.each<readonly [string, unknown]>([
    ["that rejects", new Error("secret of the database")],
    ["that returns another shape", { ...order, total: "10" }],
    ["that returns no date", { ...order, placedAt: "2026-11-27" }],
    ["that leaves an attribute out", { ...order, ownerId: undefined }],
    ["that returns a text", "order"],
  ])("a loader %s is 503, and is reported", async (_kind, loaded) => {
    const answer = await ask(listener, "GET /orders/7", { roles: ["manager"], order: loaded });
    expect([answer.status, answer.cause]).toEqual([503, "resource-loader"]);
    expect(answer.errors).toHaveLength(1);
  });
});

describe("permission guards", () => {
  it("ask for their own permission's conditions, whatever the path is", async () => {
    const guard = { "X-Guard": "orders.update" };
    const allowed = await ask(guardedByPermission, "GET /orders/7", {
      roles: ["clerk"],
      headers: guard,
    });
    const order2 = { ...order, total: 5000 };
    const refused = await ask(guardedByPermission, "GET /orders/7", {
      roles: ["clerk"],
      order: order2,
      headers: guard,
    });
    expect([allowed.status, refused.status, refused.cause]).toEqual([200, 403, "condition"]);
    expect([allowed.calls.length, refused.calls.length]).toEqual([1, 1]);
  });
});

describe("what does not exist", () => {
  it("is 403 where the policy says so", async () => {
    const answer = await ask(mountedBare, "GET /orders/7?absent", {
      roles: ["clerk"],
      order: null,
    });
    expect([answer.status, answer.cause]).toEqual([403, "absent"]);
  });
});

describe("what was loaded", () => {
  const resources = resourceAccessors<{ orders: Order }>({ orders: true });

  it("is there for the handler, and undefined where nothing was", async () => {
    const seen: unknown[] = [];
    const listener: Listener = (gate) => {
      const handlers = snapshot.routes.map(({ id }) => [
        id,
        async (_request: unknown, response: { end(): unknown }) => {
          seen.push(await resources.orders());
          response.end();
        },
      ]);
      return gate.mount(Object.fromEntries(handlers));
    };
    await ask(listener, "GET /orders/7", { roles: ["clerk"] });
    await ask(listener, "GET /orders", { roles: ["clerk"] });
    expect(seen).toEqual([order, undefined]);
    expect(await resources.orders()).toBeUndefined();
  });
});

describe("a gate", () => {
  it("does not start without a loader that its policy needs", async () => {
    await expect(ask(mounted, "GET /orders", { roles: [] }, { resources: {} })).rejects.toThrow(
      "the policy reads `orders`: pass `resources: { orders: … }`",
    );
  });

  it("does not start where the generated code loads no clauses", () => {
    const features = { hosts, keys, rules: rules({}) };
    const { environment } = tokens;
    expect(() => createPolicyGate<LoosePolicy>(snapshot, features, { environment })).toThrow(
      "the generated code does not load clauses: build it again",
    );
  });
});
