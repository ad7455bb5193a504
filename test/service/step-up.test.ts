import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDesk, signedIn } from "./open-desk.js";
import type { Caller, Desk } from "./open-desk.js";
import { recordLike } from "./record-like.js";
import { ruleAt } from "./rule-at.js";

const refund = { amount: 5, reason: "a scratch" };
const draft = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };
const clerk: Caller = { id: "carol", roles: ["clerk"], tenant: "main-street" };
const manager: Caller = { id: "maria", roles: ["manager"], tenant: "main-street" };

describe("a refund", () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
    await desk.send("POST /orders", { by: clerk, body: draft });
  });
  afterAll(async () => {
    await desk.close();
  });

  const refundBy = (caller: Caller, token: Readonly<Record<string, unknown>>) =>
    desk.send("POST /orders/1/refund", { by: { ...caller, token }, body: refund });

  it.each([
    ["an hour ago", signedIn(3600)],
    // Five minutes, and the half minute by which the clocks of issuer and service may differ.
    ["just too long ago", signedIn(331)],
    ["with a password alone", { ...signedIn(0), acr: "urn:order-desk:password" }],
    ["at a time that the token does not tell", { acr: "urn:order-desk:mfa" }],
    ["in a way that the token does not tell", {}],
  ])("asks a manager to sign in again who signed in %s", async (_, token) => {
    const answer = await refundBy(manager, token);
    expect(answer.status).toBe(401);
    expect(answer.json().type).toMatch(/\/insufficient-user-authentication$/);
    // RFC 9470, section 3: by this the client knows what to ask the issuer for.
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatewright", error="insufficient_user_authentication", ' +
        'acr_values="urn:order-desk:mfa", max_age=300',
    );
  });

  it("passes with a sign-in that is strong and recent", async () => {
    expect((await refundBy(manager, signedIn(60))).status).toBe(200);
  });

  it("is forbidden to a clerk, who is not sent to sign in for nothing", async () => {
    const answer = await refundBy(clerk, {});
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([403, null]);
  });

  it("asks for the sign-in before the order: nobody learns of one without it", async () => {
    const stranger: Caller = { ...manager, tenant: "harbour" };
    expect((await refundBy(stranger, signedIn(3600))).status).toBe(401);
    expect((await refundBy(stranger, signedIn(60))).status).toBe(403);
  });

  it("alone needs it: the rest of the desk works with any sign-in", async () => {
    const lines = ["GET /orders", "GET /orders/1", "GET /orders/export", "GET /me"];
    const statuses = lines.map(async (line) => (await desk.send(line, { by: manager })).status);
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
  });
});

describe("the records of a refund", () => {
  it("tell of the stale sign-in and of the fresh one, by the same rule", async () => {
    const desk = await openDesk();
    await desk.send("POST /orders", { by: clerk, body: draft });
    for (const secondsAgo of [3600, 0]) {
      const by = { ...manager, token: signedIn(secondsAgo) };
      await desk.send("POST /orders/1/refund", { by, body: refund });
    }
    const { records } = await desk.close();
    const both = {
      method: "POST",
      route: "POST /orders/:orderId/refund",
      path: "/orders/*/refund",
      rule: ruleAt("policies/orders.yaml", "routes", "/orders", "/:orderId", "/refund", "POST"),
      principal: {
        id: "maria",
        issuer: "https://id.order-desk.example",
        roles: ["manager"],
        tenant: "main-street",
      },
    };
    expect(records.slice(1)).toEqual([
      recordLike({ ...both, reason: "insufficient-user-authentication", status: 401 }),
      recordLike({ ...both, decision: "allow", reason: "granted", status: 200 }),
    ]);
  });
});
