import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDesk } from "./open-desk.js";
import type { Desk } from "./open-desk.js";

const lamps = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 3, unitPrice: 19.99 }] };

describe("the order desk at work", () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(async () => {
    await desk.close();
  });

  const asClerk = (line: string, body?: unknown) => desk.send(line, { as: ["clerk"], body });
  const asManager = (line: string, body?: unknown) => desk.send(line, { as: ["manager"], body });
  const asAdmin = (line: string, body?: unknown) => desk.send(line, { as: ["admin"], body });
  const place = async () => (await asClerk("POST /orders", lamps)).headers.get("location");

  it("keeps the total of an order with its lines", async () => {
    const order = await place();
    expect((await asClerk(`GET ${order}`)).json()).toMatchObject({ total: 59.97, note: null });
    const lines = [{ item: "Lamp", quantity: 1, unitPrice: 19.99 }];
    const changed = await asClerk(`PATCH ${order}`, { lines, note: "one is enough" });
    expect(changed.json()).toMatchObject({
      total: 19.99,
      note: "one is enough",
      customer: "J. Doe",
    });
  });

  it("refunds in parts up to the total, and no further", async () => {
    const order = await place();
    const part = { amount: 19.99, reason: "one came broken" };
    expect((await asManager(`POST ${order}/refund`, part)).json().status).toBe("open");
    const tooMuch = await asManager(`POST ${order}/refund`, { ...part, amount: 39.99 });
    expect(tooMuch.status).toBe(409);
    expect(tooMuch.json().type).toMatch(/\/refund-too-high$/);
    const rest = await asManager(`POST ${order}/refund`, { ...part, amount: 39.98 });
    expect(rest.json()).toMatchObject({
      status: "refunded",
      refunds: [{ amount: 19.99 }, { amount: 39.98 }],
    });
    const again = await asManager(`POST ${order}/refund`, part);
    expect(again.json()).toMatchObject({ status: 409, detail: "the order is refunded" });
  });

  it("cancels an order once, and none that was refunded in part", async () => {
    const order = await place();
    expect((await asManager(`DELETE ${order}`)).json().status).toBe("cancelled");
    expect((await asManager(`DELETE ${order}`)).status).toBe(409);
    expect((await asClerk(`PATCH ${order}`, { note: "too late" })).status).toBe(409);
    const other = await place();
    await asManager(`POST ${other}/refund`, { amount: 1, reason: "a scratch" });
    expect((await asManager(`DELETE ${other}`)).json().type).toMatch(/\/order-refunded$/);
  });

  it("lists orders by their status, with the sum of what it lists", async () => {
    const order = await place();
    await asManager(`DELETE ${order}`);
    const { orders, total } = (await asClerk("GET /orders?status=cancelled")).json();
    expect(orders.length).toBeGreaterThan(0);
    expect(orders.every(({ status }: { status: string }) => status === "cancelled")).toBe(true);
    expect(total).toBeCloseTo(orders.length * 59.97, 2);
  });

  it("exports numbers, and no names", async () => {
    await place();
    const { text, headers } = await asClerk("GET /orders/export");
    expect(headers.get("content-type")).toMatch(/^text\/csv/);
    const [head, ...rows] = text.trimEnd().split("\r\n");
    expect(head).toBe("id,placedAt,status,total,refunded");
    expect(rows.at(-1)).toMatch(/^\d+,\d{4}-[^,]+Z,open,59\.97,0\.00$/);
    expect(text).not.toContain("Doe");
  });

  it.each<[string, string, unknown, string[]]>([
    ["POST /orders", "no lines", { customer: "J. Doe", lines: [] }, ["lines"]],
    [
      "POST /orders",
      "a bad line",
      { customer: "J. Doe", lines: [{ ...lamps.lines[0], quantity: 0.5 }] },
      ["lines.0.quantity"],
    ],
    [
      "POST /orders",
      "a third of a cent",
      { customer: "J. Doe", lines: [{ ...lamps.lines[0], unitPrice: 0.333 }] },
      ["lines.0.unitPrice"],
    ],
    ["POST /orders", "two mistakes", { lines: lamps.lines, note: 7 }, ["customer", "note"]],
    ["POST /orders", "an unknown field", { ...lamps, total: 0.01 }, [""]],
    ["POST /orders", "a list", [lamps], [""]],
    ["GET /orders?status=lost", "an unknown status", undefined, ["status"]],
  ])("refuses %s with %s, and names the fields", async (line, _, body, fields) => {
    const answer = await asClerk(line, body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    const named = answer.json().errors.map(({ field }: { field: string }) => field);
    expect(named).toEqual(fields);
  });

  it.each([
    ["no body", undefined, 400],
    ["broken JSON", '{"customer": "hunter2', 400],
    ["a body past the limit", { ...lamps, note: "n".repeat(40_000) }, 413],
  ])("refuses an order with %s, and repeats nothing of it", async (_, body, status) => {
    const answer = await asClerk("POST /orders", body);
    expect(answer.status).toBe(status);
    expect(answer.json().status).toBe(status);
    expect(answer.text).not.toMatch(/hunter2|nnn/);
  });

  it("keeps one account for each address", async () => {
    const ada = { name: "Ada", email: "Ada@order-desk.example" };
    const created = await asAdmin("POST /users", ada);
    expect(created.status).toBe(201);
    expect(created.json()).toMatchObject({ email: "ada@order-desk.example", isDisabled: false });
    expect((await asAdmin("POST /users", { ...ada, name: "Another" })).status).toBe(409);
    const user = created.headers.get("location");
    expect((await asAdmin(`DELETE ${user}`)).json().isDisabled).toBe(true);
    expect((await asAdmin(`DELETE ${user}`)).status).toBe(409);
    expect((await asManager(`GET ${user}`)).json().isDisabled).toBe(true);
    expect((await asManager("GET /users")).json().users).toHaveLength(1);
    const unknown = "/users/00000000-0000-4000-8000-000000000000";
    expect((await asAdmin(`GET ${unknown}`)).json().type).toMatch(/\/no-such-user$/);
  });

  it("puts the reports that it builds on the shelf", async () => {
    const built = await asAdmin("POST /admin/reports");
    expect(built.status).toBe(201);
    const file = await desk.send(`GET ${built.headers.get("location")}`, { as: ["auditor"] });
    expect(file.text).toMatch(/^id,placedAt,status,total,refunded\r\n/);
    const { reports } = (await asAdmin("GET /admin/reports")).json();
    expect(reports).toEqual([built.json()]);
    expect(built.json().orders).toBe(file.text.split("open").length - 1 + refunded(file.text));
    expect((await asAdmin("GET /admin/files/orders/99.csv")).status).toBe(404);
  });
});

function refunded(table: string): number {
  return table.split(",refunded,").length - 1;
}
