import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { createOrderBook } from "../../examples/order-desk/create-order-book.js";
import type { OrderBook } from "../../examples/order-desk/create-order-book.js";
import { openDesk, signedIn } from "./open-desk.js";
import type { Answer, Caller, Desk, Message } from "./open-desk.js";
import { recordLike } from "./record-like.js";
import { placeOf, ruleAt } from "./rule-at.js";

const policy = "policies/orders.yaml";
const person = (id: string, role: "clerk" | "manager" | "auditor", tenant: string): Caller => {
  return { id, roles: [role], tenant, token: signedIn(0) };
};
const carol = person("carol", "clerk", "main-street");
const dave = person("dave", "clerk", "main-street");
const maria = person("maria", "manager", "main-street");
const olaf = person("olaf", "auditor", "main-street");
const nina = person("nina", "manager", "harbour");
const people = { carol, dave, maria, olaf, nina };

const small = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };
const just = { customer: "J. Doe", lines: [{ item: "Desk", quantity: 1, unitPrice: 500 }] };
const below = { customer: "J. Doe", lines: [{ item: "Desk", quantity: 1, unitPrice: 499.99 }] };
const change = { note: "deliver in the morning" };
const refund = { amount: 5, reason: "a scratch" };
const bodies: Readonly<Record<string, unknown>> = { PATCH: change, POST: refund };

/** Orders 1 to 3: of carol, of maria for just 500.00, of maria for less. */
async function openDeskWithOrders(): Promise<Desk> {
  const desk = await openDesk();
  await desk.send("POST /orders", { by: carol, body: small });
  await desk.send("POST /orders", { by: maria, body: just });
  await desk.send("POST /orders", { by: maria, body: below });
  return desk;
}

/** One request to such a desk, with its record. */
async function ask(line: string, message: Message) {
  const desk = await openDeskWithOrders();
  const answer = await desk.send(line, message);
  const log = await desk.close();
  expect(log.records).toHaveLength(4);
  return { answer, record: log.recordOf(answer) };
}

type Case = [what: string, line: string, by: keyof typeof people, status: number, cause?: string];

/** The route of a line about one order, and where its rule stands. */
function routeOf(line: string) {
  const [method = "", target = ""] = line.split(" ");
  const [, , orderId, below = ""] = target.split("/");
  const keys = ["routes", "/orders", "/:orderId", ...(below === "" ? [] : [`/${below}`]), method];
  const end = below === "" ? "" : `/${below}`;
  return {
    method,
    route: `${method} /orders/:orderId${end}`,
    path: `/orders/*${end}`,
    params: { orderId: Number(orderId) },
    rule: ruleAt(policy, ...keys),
  };
}

/** The conditional grant or deny that decided, as the policy writes it, where one did. */
const clauses: Readonly<Record<string, string>> = {
  "is changed by the clerk who took it": "grants: [orders.update]",
  "is not refunded by who took it, if large": "permission: orders.refund",
};

describe("an order", () => {
  it.each<Case>([
    ["is changed by the clerk who took it", "PATCH /orders/1", "carol", 200],
    ["is not changed by another clerk", "PATCH /orders/1", "dave", 403, "condition"],
    ["is read by another clerk of the desk", "GET /orders/1", "dave", 200],
    ["is changed by the manager of the desk", "PATCH /orders/1", "maria", 200],
    ["is cancelled by the manager of the desk", "DELETE /orders/1", "maria", 200],
    ["is not cancelled by whoever took it, as a clerk", "DELETE /orders/1", "carol", 403],
    ["is not changed by an auditor", "PATCH /orders/1", "olaf", 403],
    ["is not read at another desk", "GET /orders/1", "nina", 403, "tenant"],
    ["is not changed at another desk", "PATCH /orders/1", "nina", 403, "tenant"],
    ["is not cancelled at another desk", "DELETE /orders/1", "nina", 403, "tenant"],
    ["is not refunded at another desk", "POST /orders/1/refund", "nina", 403, "tenant"],
    ["is refunded by a manager who did not take it", "POST /orders/1/refund", "maria", 200],
    ["is not refunded by who took it, if large", "POST /orders/2/refund", "maria", 403, "denied"],
    ["is refunded by who took it, if small", "POST /orders/3/refund", "maria", 200],
    ["that does not exist is not read", "GET /orders/9", "carol", 403, "absent"],
    ["that does not exist is not changed", "PATCH /orders/9", "maria", 403, "absent"],
  ])("%s", async (title, line, name, status, cause) => {
    const caller = people[name];
    const { method, ...met } = routeOf(line);
    const { answer, record } = await ask(line, { by: caller, body: bodies[method] });
    expect(answer.status).toBe(status);
    const isAllowed = status === 200;
    const written = clauses[title];
    expect(record).toEqual(
      recordLike({
        method,
        ...met,
        decision: isAllowed ? "allow" : "deny",
        reason: isAllowed ? "granted" : "forbidden",
        ...(cause === undefined ? {} : { cause }),
        ...(written === undefined ? {} : { clause: placeOf(written) }),
        status,
        principal: {
          id: caller.id ?? "",
          issuer: "https://id.order-desk.example",
          roles: [...(caller.roles ?? [])],
          tenant: caller.tenant,
        },
      }),
    );
  });

  it("of another desk is refused as one that does not exist is, so that nobody learns of it", async () => {
    const desk = await openDeskWithOrders();
    const there = await desk.send("GET /orders/1", { by: nina });
    const nowhere = await desk.send("GET /orders/9", { by: nina });
    await desk.close();
    expect(shapeOf(there)).toEqual(shapeOf(nowhere));
  });

  it("of another desk is not changed by who took it there, after a move to another desk", async () => {
    const moved = { ...carol, tenant: "harbour" };
    const { answer, record } = await ask("PATCH /orders/1", { by: moved, body: change });
    expect([answer.status, record.cause]).toEqual([403, "tenant"]);
  });

  it("is as it was where its change was refused", async () => {
    const desk = await openDeskWithOrders();
    await desk.send("PATCH /orders/1", { by: dave, body: change });
    await desk.send("POST /orders/1/refund", { by: nina, body: refund });
    const order = (await desk.send("GET /orders/1", { by: carol })).json();
    await desk.close();
    expect(order).toMatchObject({ note: null, status: "open", refunds: [] });
  });
});

describe("the orders of a desk", () => {
  it("are listed, summed and exported there alone", async () => {
    const desk = await openDeskWithOrders();
    await desk.send("POST /orders", { by: nina, body: small });
    const list = async (by: Caller) => (await desk.send("GET /orders", { by })).json();
    const here = await list(dave);
    const there = await list(nina);
    const table = (await desk.send("GET /orders/export", { by: nina })).text;
    await desk.close();
    expect(here.orders.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3]);
    expect(there.orders.map(({ id }: { id: number }) => id)).toEqual([4]);
    expect([here.total, there.total]).toEqual([1049.79, 49.8]);
    expect(table.match(/^\d+,/gm)).toEqual(["4,"]);
  });

  it.each([
    ["GET /orders", "clerk"],
    ["GET /orders", "auditor"],
    ["GET /orders/export", "manager"],
    ["POST /orders", "manager"],
  ] as const)("are out of reach without a desk: %s by a %s", async (line, role) => {
    const body = line.startsWith("POST") ? small : undefined;
    const { answer, record } = await ask(line, { by: { id: "eve", roles: [role] }, body });
    expect([answer.status, record.reason, record.cause]).toEqual([403, "forbidden", "denied"]);
  });

  it("are not read one by one either", async () => {
    const { answer, record } = await ask("GET /orders/1", {
      by: { id: "eve", roles: ["manager"] },
    });
    expect([answer.status, record.cause]).toEqual([403, "tenant"]);
  });
});

/** Requests of carol to a desk whose orders are found in this way. */
async function askOf(find: OrderBook["find"]) {
  const heard: unknown[] = [];
  const desk = await openDesk({
    orders: { ...createOrderBook(), find },
    onError: (error) => heard.push(error),
  });
  const answers = [
    await desk.send("GET /orders/1", { by: carol }),
    await desk.send("GET /orders", { by: carol }),
    await desk.send("DELETE /orders/1", { by: carol }),
  ];
  return { heard, answers, log: await desk.close() };
}

describe("the order book", () => {
  it("that fails is 503 for whom the roles let pass to a single order, and for nobody else", async () => {
    const fault = new Error("the database does not know password hunter2");
    const { heard, answers, log } = await askOf(() => {
      throw fault;
    });
    expect(answers.map(({ status }) => status)).toEqual([503, 200, 403]);
    expect(answers[0]?.json().type).toMatch(/\/unavailable$/);
    expect(answers[0]?.text).not.toContain("hunter2");
    expect(log.text).not.toContain("hunter2");
    expect(heard).toEqual([fault]);
    const { method: _, ...met } = routeOf("GET /orders/1");
    expect(log.records[0]).toMatchObject({
      ...met,
      decision: "deny",
      reason: "unavailable",
      cause: "resource-loader",
      status: 503,
    });
  });

  it("is as good as failing where an order lacks what the policy reads", async () => {
    const { desk: _, ...deskless } = createOrderBook().place(small, {
      desk: "main-street",
      ownerId: "carol",
    });
    const { answers, log } = await askOf(() => deskless as never);
    expect(answers[0]?.status).toBe(503);
    expect(log.records[0]?.cause).toBe("resource-loader");
  });

  it("is asked once for a request, handler included, and never for whom the roles refuse", async () => {
    const book = createOrderBook();
    const asked: number[] = [];
    const find = (id: number) => {
      asked.push(id);
      return book.find(id);
    };
    const desk = await openDesk({ orders: { ...book, find } });
    await desk.send("POST /orders", { by: carol, body: small });
    await desk.send("DELETE /orders/1", { by: carol });
    expect(asked).toEqual([]);
    expect((await desk.send("POST /orders/1/refund", { by: maria, body: refund })).status).toBe(
      200,
    );
    await desk.close();
    expect(asked).toEqual([1]);
  });

  it("changes no order that was another when the policy decided", async () => {
    const desk = await openDeskWithOrders();
    const slow = httpRequest(`${desk.url}/orders/1`, {
      method: "PATCH",
      headers: {
        Authorization: `Bearer ${await desk.signBy(carol)}`,
        "Content-Type": "application/json",
        // The service answers this behind the gate, when it begins to read the body.
        Expect: "100-continue",
      },
    });
    slow.flushHeaders();
    await once(slow, "continue");
    expect((await desk.send("DELETE /orders/1", { by: maria })).status).toBe(200);
    slow.end(JSON.stringify(change));
    const [response] = await once(slow, "response");
    response.resume();
    await desk.close();
    expect(response.statusCode).toBe(409);
  });
});

/** What an answer tells besides the id of its record. */
function shapeOf(answer: Answer) {
  const { instance: _, ...problem } = answer.json();
  const headers = [...answer.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status: answer.status, problem, headers };
}
