import { describe, expect, it } from "vitest";
import { createOrderBook } from "../../examples/order-desk/create-order-book.js";
import type { Role } from "../../generated/index.js";
import { sendAll } from "../agreement/raw-client.js";
import { openDesk, signForeign } from "./open-desk.js";
import type { Answer, Desk, Message } from "./open-desk.js";
import { principalWith, recordLike, testCredential } from "./record-like.js";
import { ruleAt } from "./rule-at.js";

const orders = "policies/orders.yaml";
const people = "policies/people.yaml";
const draft = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };

async function sendOne(line: string, message?: Message) {
  const desk = await openDesk();
  const answer = await desk.send(line, message);
  const log = await desk.close();
  expect(log.records).toHaveLength(1);
  return { answer, record: log.recordOf(answer) };
}

/** The problem of an answer, which is one by its type and names the record. */
function problemOf(answer: Answer) {
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const problem = answer.json();
  expect(problem.status).toBe(answer.status);
  expect(problem.instance).toBe(`urn:uuid:${answer.headers.get("x-request-id")}`);
  return problem.type.replace("https://order-desk.example/problems/", "");
}

describe("a request that passes", () => {
  it("is served on a public route without any credentials", async () => {
    const { answer, record } = await sendOne("GET /health");
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ status: "ok" });
    expect(record).toEqual(
      recordLike({
        route: "GET /health",
        path: "/health",
        rule: ruleAt(people, "routes", "/health", "GET"),
        decision: "allow",
        reason: "public",
        status: 200,
      }),
    );
  });

  it("tells its handler who is calling", async () => {
    const { answer, record } = await sendOne("GET /me", { as: ["clerk"] });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      ...principalWith("clerk"),
      claims: { email: "clerk@order-desk.example" },
    });
    expect(record).toEqual(
      recordLike({
        route: "GET /me",
        path: "/me",
        rule: ruleAt(people, "routes", "/me", "GET"),
        decision: "allow",
        reason: "authenticated",
        status: 200,
        principal: principalWith("clerk"),
      }),
    );
  });

  it("creates where the role may create", async () => {
    const { answer, record } = await sendOne("POST /orders", { as: ["clerk"], body: draft });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe("/orders/1");
    expect(answer.json()).toMatchObject({ id: 1, ownerId: "clerk", status: "open", total: 49.8 });
    expect(record).toEqual(
      recordLike({
        method: "POST",
        route: "POST /orders",
        path: "/orders",
        rule: ruleAt(orders, "routes", "/orders", "POST"),
        decision: "allow",
        reason: "granted",
        status: 201,
        principal: principalWith("clerk"),
      }),
    );
  });

  it("may be a HEAD, which follows the rule of GET and has no body", async () => {
    const { answer, record } = await sendOne("HEAD /orders", { as: ["auditor"] });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
    expect(answer.headers.get("content-length")).toBe(
      String(JSON.stringify({ orders: [], total: 0 }).length),
    );
    expect(record).toEqual(
      recordLike({
        method: "HEAD",
        route: "GET /orders",
        path: "/orders",
        rule: ruleAt(orders, "routes", "/orders", "GET"),
        decision: "allow",
        reason: "granted",
        status: 200,
        principal: principalWith("auditor"),
      }),
    );
  });
});

describe("a request without good credentials", () => {
  const refused = {
    route: "GET /orders",
    path: "/orders",
    rule: ruleAt(orders, "routes", "/orders", "GET"),
    status: 401,
  };

  it("is challenged where it carries none", async () => {
    const { answer, record } = await sendOne("GET /orders");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="gatewright"');
    expect(problemOf(answer)).toBe("missing-credentials");
    expect(record).toEqual(recordLike({ ...refused, reason: "missing-credentials" }));
  });

  it.each([
    ["is no token", async () => "not.a.token", "malformed", undefined],
    // Of a signature that is not ours, only the key that it was compared with is known.
    [
      "is signed by somebody else",
      async () => signForeign(["clerk"]),
      "signature",
      { strategy: "jwt", keyId: testCredential.keyId },
    ],
    ["is expired", async (desk: Desk) => desk.sign(["clerk"], -31), "expired", testCredential],
  ])("is challenged where its token %s", async (_, tokenFor, cause, credential) => {
    const desk = await openDesk();
    const token = await tokenFor(desk);
    const answer = await desk.send("GET /orders", { token });
    const log = await desk.close();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(problemOf(answer)).toBe("invalid-token");
    expect(answer.text).not.toContain(token);
    expect(log.records).toEqual([
      recordLike({ ...refused, reason: "invalid-token", cause, credential }),
    ]);
  });

  it("learns nothing of which paths exist", async () => {
    const { answer, record } = await sendOne("GET /nowhere");
    expect(answer.status).toBe(401);
    expect(record).toEqual(recordLike({ path: "/*", reason: "missing-credentials", status: 401 }));
  });
});

describe("a request that the policy refuses", () => {
  it.each<[string, Role[]]>([
    ["lacks the permission", ["admin"]],
    ["is denied it by one of its roles", ["clerk", "auditor"]],
    ["has no role at all", []],
  ])("is forbidden where its caller %s", async (_, roles) => {
    const { answer, record } = await sendOne("POST /orders", { as: roles, body: draft });
    expect(answer.status).toBe(403);
    expect(problemOf(answer)).toBe("forbidden");
    expect(record).toEqual(
      recordLike({
        method: "POST",
        route: "POST /orders",
        path: "/orders",
        rule: ruleAt(orders, "routes", "/orders", "POST"),
        reason: "forbidden",
        status: 403,
        principal: principalWith(...roles),
      }),
    );
  });

  it("is forbidden before its body is read", async () => {
    const { answer } = await sendOne("POST /orders", { as: ["auditor"], body: "{ not JSON" });
    expect(answer.status).toBe(403);
  });

  it("is not found where the policy has no such path", async () => {
    const { answer, record } = await sendOne("GET /orders/1/secrets", { as: ["manager"] });
    expect(answer.status).toBe(404);
    expect(problemOf(answer)).toBe("not-found");
    expect(record).toEqual(
      recordLike({
        path: "/orders/*/*",
        reason: "not-found",
        status: 404,
        principal: principalWith("manager"),
      }),
    );
  });

  it.each<[Role, string]>([
    ["clerk", "GET, HEAD, POST"],
    ["auditor", "GET, HEAD"],
  ])("tells a %s which methods it may use instead", async (role, allow) => {
    const { answer, record } = await sendOne("PUT /orders", { as: [role], body: draft });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(problemOf(answer)).toBe("method-not-allowed");
    expect(record).toEqual(
      recordLike({
        method: "PUT",
        path: "/orders",
        reason: "method-not-allowed",
        status: 405,
        principal: principalWith(role),
      }),
    );
  });

  it("is not found where every method of the path is closed to its caller", async () => {
    const { answer, record } = await sendOne("PUT /orders", { as: ["admin"], body: draft });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("allow")).toBeNull();
    expect(record.reason).toBe("not-found");
  });

  it.each([
    "/orders/../users",
    "/orders/%2e%2e/users",
    "/orders/1%2frefund",
    "/orders//1",
    "//orders",
    "/orders;version=1",
    "/orders\\1",
    "/orders/%00",
    "/orders/%zz",
    "/orders?next=#top",
    "/%6frders",
    "http://localhost/orders",
  ])("is a bad request where its target can be read in two ways: %s", async (target) => {
    const desk = await openDesk();
    const headers = { Authorization: `Bearer ${await desk.sign(["manager"])}` };
    const [response] = await sendAll(desk.port, [{ method: "GET", target, headers }]);
    const log = await desk.close();
    expect(response?.status).toBe(400);
    const problem = JSON.parse(response?.body ?? "");
    expect(problem.type).toBe("https://order-desk.example/problems/invalid-target");
    expect(log.records).toEqual([recordLike({ reason: "invalid-target", status: 400 })]);
    expect(`urn:uuid:${log.records[0]?.id}`).toBe(problem.instance);
  });

  it("is a bad request, and recorded, where Node cannot read it", async () => {
    const desk = await openDesk();
    const target = "/orders/caf\u00e9";
    const [response] = await sendAll(desk.port, [{ method: "GET", target }]);
    const log = await desk.close();
    expect(response?.status).toBe(400);
    expect(log.records).toEqual([
      recordLike({ method: null, reason: "malformed-message", status: 400 }),
    ]);
  });

  it("is a bad request where a parameter does not have its type", async () => {
    const { answer, record } = await sendOne("GET /orders/first", { as: ["clerk"] });
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toBe("invalid-parameter");
    expect(record).toEqual(
      recordLike({
        route: "GET /orders/:orderId",
        path: "/orders/*",
        rule: ruleAt(orders, "routes", "/orders", "/:orderId", "GET"),
        reason: "invalid-parameter",
        status: 400,
        params: undefined,
        principal: principalWith("clerk"),
      }),
    );
  });
});

describe("a request that the policy allows and the service refuses", () => {
  const allowed = {
    decision: "allow",
    reason: "granted",
    principal: principalWith("clerk"),
  } as const;

  it("is recorded as allowed, with the status of the service", async () => {
    const { answer, record } = await sendOne("POST /orders", { as: ["clerk"], body: {} });
    expect(answer.status).toBe(400);
    expect(problemOf(answer)).toBe("invalid-input");
    expect(record).toEqual(
      recordLike({
        ...allowed,
        method: "POST",
        route: "POST /orders",
        path: "/orders",
        rule: ruleAt(orders, "routes", "/orders", "POST"),
        status: 400,
      }),
    );
  });

  it("is answered with 500 where the handler fails, and tells nothing of the fault", async () => {
    const heard: unknown[] = [];
    const fault = new Error("the database does not know password hunter2");
    const desk = await openDesk({
      orders: {
        ...createOrderBook(),
        ofDesk: () => {
          throw fault;
        },
      },
      onError: (error) => heard.push(error),
    });
    const answer = await desk.send("GET /orders", { as: ["clerk"] });
    const log = await desk.close();
    expect(answer.status).toBe(500);
    expect(problemOf(answer)).toBe("internal-error");
    expect(answer.text).not.toContain("hunter2");
    expect(heard).toEqual([fault]);
    expect(log.records).toEqual([
      recordLike({
        ...allowed,
        route: "GET /orders",
        path: "/orders",
        rule: ruleAt(orders, "routes", "/orders", "GET"),
        status: 500,
      }),
    ]);
  });
});
