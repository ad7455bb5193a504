import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { demoAccounts } from "../../examples/order-desk/demo-accounts.js";
import { hashPassword, isPasswordOf } from "../../examples/order-desk/hash-password.js";
import { bearer, openJar, send } from "../runtime/sessions/session-desk.js";
import type { Answer } from "../runtime/sessions/session-desk.js";
import { openDesk } from "./open-desk.js";
import type { Desk } from "./open-desk.js";

const carol = { email: "carol@order-desk.example", password: "carol-takes-orders" };
const maria = { email: "maria@order-desk.example", password: "maria-runs-the-desk" };
const draft = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };
const json = { "content-type": "application/json" };

describe("the sessions of the order desk", () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await openDesk({}, { accounts: demoAccounts });
  });
  afterEach(async () => {
    await desk.close();
  });

  const logIn = async (body: unknown, jar = openJar(desk.port)) => {
    const answer = await jar.post("/login", { headers: json, body: JSON.stringify(body) });
    return { jar, answer, token: answer.json["access_token"] };
  };

  it("have callers as the policy knows them, of the service's own issuer", async () => {
    const { token } = await logIn(maria);
    const me = await send(desk.port, "/me", { method: "GET", headers: bearer(token) });
    expect(me.json).toEqual({
      id: demoAccounts.find(({ user }) => user.email === maria.email)?.user.id,
      issuer: "https://order-desk.example",
      roles: ["manager"],
      tenant: "main-street",
      claims: { email: maria.email },
    });
    const headers = { ...json, ...bearer(token) };
    const placed = await send(desk.port, "/orders", { headers, body: JSON.stringify(draft) });
    expect([placed.status, placed.json["ownerId"]]).toEqual([201, me.json["id"]]);
  });

  it("begin with a password, which is not enough for a refund", async () => {
    const { token } = await logIn(maria);
    await desk.send("POST /orders", { as: ["clerk"], body: draft });
    const body = JSON.stringify({ amount: 5, reason: "a scratch" });
    const headers = { ...json, ...bearer(token) };
    const answer = await send(desk.port, "/orders/1/refund", { headers, body });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("insufficient_user_authentication");
  });

  it("are none of the identity provider's callers", async () => {
    expect((await desk.send("GET /sessions", { as: ["clerk"] })).status).toBe(403);
    expect((await desk.send("POST /session/logout-all", { as: ["clerk"] })).status).toBe(403);
  });

  it("end at once when their account is disabled, and none begins", async () => {
    const { jar, token } = await logIn(carol);
    const [first] = demoAccounts;
    const disabled = await desk.send(`DELETE /users/${first?.user.id}`, { as: ["admin"] });
    expect(disabled.json()).toMatchObject({ email: carol.email, isDisabled: true });
    const me = await send(desk.port, "/me", { method: "GET", headers: bearer(token) });
    const refreshed = await jar.post("/session/refresh");
    const { answer } = await logIn(carol);
    expect([me, refreshed, answer].map(({ status }) => status)).toEqual([401, 401, 403]);
    const { records } = await desk.close();
    expect(records.find(({ route }) => route === "GET /me")?.cause).toBe("revoked");
    desk = await openDesk();
  });

  it("begin for nobody with a wrong password, and the answers do not differ", async () => {
    const wrong = [
      { ...carol, password: "carol-takes-order" },
      { ...carol, email: "nobody@order-desk.example" },
      { ...carol, password: maria.password },
    ];
    const answers: Answer[] = [];
    for (const body of wrong) answers.push((await logIn(body)).answer);
    const shapes = answers.map(({ status, cookies, text, json: { instance } }) => {
      return { status, cookies, text: text.replace(String(instance), "") };
    });
    expect(shapes[0]).toMatchObject({ status: 403, cookies: [] });
    expect(shapes.slice(1)).toEqual([shapes[0], shapes[0]]);
  });

  it.each([
    ["no password", { email: carol.email }],
    ["a field too many", { ...carol, clientId: "another" }],
    ["a password that nobody types", { ...carol, password: "x".repeat(201) }],
    ["a list for an address", { ...carol, email: [carol.email] }],
  ])("do not begin with %s", async (_, body) => {
    const { answer } = await logIn(body);
    expect([answer.status, answer.cookies]).toEqual([400, []]);
    expect(answer.text).not.toContain(carol.password);
  });

  it("C3: do not begin for a page that is not the service's own", async () => {
    const headers = { ...json, "x-gatewright": "1", "sec-fetch-site": "same-site" };
    const answer = await send(desk.port, "/login", { headers, body: JSON.stringify(carol) });
    expect([answer.status, answer.cookies]).toEqual([403, []]);
  });

  it("begin for nobody where the service has no accounts", async () => {
    await desk.close();
    desk = await openDesk();
    expect((await logIn(carol)).answer.status).toBe(403);
  });
});

describe("the hash of a password", () => {
  it("fits the password alone, in every form of Unicode, and is another each time", async () => {
    const hash = await hashPassword("caf\u00e9 at noon");
    expect(await isPasswordOf(hash, "cafe\u0301 at noon")).toBe(true);
    expect(await isPasswordOf(hash, "cafe at noon")).toBe(false);
    expect(await hashPassword("caf\u00e9 at noon")).not.toBe(hash);
    expect(hash).not.toContain("noon");
  });

  it.each(["", ".", "c2FsdA", "c2FsdA.a2V5"])(
    "fits nothing where it is broken: %j",
    async (hash) => {
      expect(await isPasswordOf(hash, "")).toBe(false);
    },
  );
});
