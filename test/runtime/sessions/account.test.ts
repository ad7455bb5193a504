import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemorySessionStore } from "@gatewright/runtime/sessions/memory";
import { createPolicySessions } from "@gatewright/runtime/abi/sessions";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { NOW } from "../authenticate/token-forge.js";
import {
  SECRET,
  bearer,
  claimsOf,
  clerk,
  loginNatively,
  openJar,
  openSessionDesk,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";
import type { SessionDesk, SessionDeskOptions } from "./session-desk.js";

let clock = NOW * 1000;
let desk: SessionDesk | undefined;

async function open(options: SessionDeskOptions = {}): Promise<SessionDesk> {
  desk = await openSessionDesk({ clock: () => clock, ...options });
  return desk;
}

afterEach(async () => {
  await desk?.close();
  desk = undefined;
  clock = NOW * 1000;
});

const get = (port: number, path: string, access: unknown) =>
  send(port, path, { method: "GET", headers: bearer(access) });

const revoke = (port: number, token: string, more: Readonly<Record<string, string>> = {}) =>
  send(port, "/oauth/revoke", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token, ...more }).toString(),
  });

const ask = (port: number, access: unknown, token: string) =>
  send(port, "/oauth/introspect", {
    headers: { "content-type": "application/x-www-form-urlencoded", ...bearer(access) },
    body: new URLSearchParams({ token }).toString(),
  });

describe("the sessions of a caller", () => {
  it("are listed without anything that could be used, the present one marked", async () => {
    const { port } = await open();
    const one = await loginNatively(port);
    clock += 60_000;
    const two = await loginNatively(port);
    await loginNatively(port, { id: "u2" });
    const { status, json, text } = await get(port, "/sessions", two.access);
    expect(status).toBe(200);
    expect(json["sessions"]).toMatchObject([
      {
        id: claimsOf(one.access)["sid"],
        isCurrent: false,
        clientId: "app",
        address: "127.0.0.0/24",
      },
      {
        id: claimsOf(two.access)["sid"],
        isCurrent: true,
        createdAt: new Date(clock).toISOString(),
      },
    ]);
    expect(text).not.toContain("gwr_");
    expect(text).not.toMatch(/salt|digest|keyId/);
  });

  it("end one by one; another caller's is not told from none", async () => {
    const { port, events } = await open();
    const [one, two, other] = [
      await loginNatively(port),
      await loginNatively(port),
      await loginNatively(port, { id: "u2" }),
    ];
    const kill = (access: string, id: unknown) =>
      send(port, `/sessions/${String(id)}`, { method: "DELETE", headers: bearer(access) });
    const sid = claimsOf(one.access)["sid"];
    const foreign = await kill(other.access, sid);
    const unknown = await kill(other.access, "A".repeat(22));
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect(foreign.json["detail"]).toBe(unknown.json["detail"]);
    expect((await kill(two.access, sid)).status).toBe(204);
    expect((await kill(two.access, sid)).status).toBe(404);
    expect((await get(port, "/orders", one.access)).status).toBe(401);
    expect((await refreshNatively(port, one.refresh)).status).toBe(401);
    expect((await refreshNatively(port, two.refresh)).status).toBe(200);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "session.ended",
        reason: "killed",
        session: sid,
        subject: "u1",
      }),
    );
  });

  it("S11: all end at once, with tokens of the same second, and a new login is good", async () => {
    const { port, sessions } = await open();
    const jar = openJar(port);
    const page = await jar.post("/login", { body: "{}" });
    const other = await loginNatively(port);
    const stranger = await loginNatively(port, { id: "u2" });
    const answer = await jar.post("/session/logout-all", {
      headers: bearer(page.json["access_token"]),
    });
    expect(answer.status).toBe(204);
    expect(jar.cookies.size).toBe(0);
    for (const access of [page.json["access_token"], other.access]) {
      expect((await get(port, "/orders", access)).status).toBe(401);
    }
    expect((await refreshNatively(port, other.refresh)).status).toBe(401);
    expect((await get(port, "/orders", stranger.access)).status).toBe(200);
    const fresh = await loginNatively(port);
    expect((await get(port, "/orders", fresh.access)).status).toBe(200);
    expect(await sessions.of("u1")).toHaveLength(1);
  });

  it("S11: end from the side of the service too", async () => {
    const { port, sessions } = await open();
    const [one, two] = [await loginNatively(port), await loginNatively(port)];
    const sid = String(claimsOf(one.access)["sid"]);
    expect(await sessions.end("u2", sid)).toBe(false);
    expect(await sessions.end("u1", sid)).toBe(true);
    expect(await sessions.end("u1", sid)).toBe(false);
    expect((await get(port, "/orders", one.access)).status).toBe(401);
    expect(await sessions.endAll("u1", "account-disabled")).toBe(1);
    expect((await get(port, "/orders", two.access)).status).toBe(401);
    expect(await sessions.endAll("nobody")).toBe(0);
  });

  it("make room for a new one beyond the limit of the policy", async () => {
    const { port } = await open({ snapshot: sessionPolicy({ sessions: "  maxPerSubject: 2" }) });
    const logins = [];
    for (let time = 0; time < 3; time += 1) {
      logins.push(await loginNatively(port));
      clock += 1000;
    }
    const statuses = await Promise.all(logins.map(({ access }) => get(port, "/orders", access)));
    expect(statuses.map(({ status }) => status)).toEqual([401, 200, 200]);
  });

  it("are nobody's where another issuer vouches for the same name", async () => {
    const { port } = await open();
    const { access } = await loginNatively(port);
    expect((await send(port, "/sessions", { method: "GET" })).status).toBe(401);
    expect((await get(port, "/sessions", `${access}x`)).status).toBe(401);
  });
});

describe("RFC 7009", () => {
  it("ends a session by its refresh token, an access token by itself, and answers alike for all others", async () => {
    const { port } = await open();
    const [one, two] = [await loginNatively(port), await loginNatively(port)];
    const answers = [
      await revoke(port, "nonsense"),
      await revoke(port, `${one.refresh.slice(0, -1)}B`),
      await revoke(port, one.refresh, { client_id: "pages" }),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [204, ""]));
    expect((await get(port, "/orders", one.access)).status).toBe(200);
    expect((await revoke(port, one.refresh, { token_type_hint: "access_token" })).status).toBe(204);
    expect((await get(port, "/orders", one.access)).status).toBe(401);
    expect((await refreshNatively(port, one.refresh)).status).toBe(401);
    expect((await revoke(port, two.access)).status).toBe(204);
    expect((await get(port, "/orders", two.access)).status).toBe(401);
    expect((await refreshNatively(port, two.refresh)).status).toBe(200);
    expect((await send(port, "/oauth/revoke")).status).toBe(400);
  });
});

describe("RFC 7662", () => {
  const inspector = { roles: ["service"] };
  it("tells services what is active, others nothing, and changes nothing", async () => {
    const { port } = await open({ account: ({ id }) => (id === "svc" ? inspector : clerk) });
    const service = await loginNatively(port, { id: "svc" });
    const user = await loginNatively(port, { scopes: ["read"] });
    expect((await ask(port, user.access, user.refresh)).status).toBe(403);
    expect((await ask(port, "x", user.refresh)).status).toBe(401);
    const refresh = await ask(port, service.access, user.refresh);
    expect(refresh.json).toEqual({
      active: true,
      token_type: "refresh_token",
      iss: claimsOf(user.access)["iss"],
      sub: "u1",
      client_id: "app",
      sid: claimsOf(user.access)["sid"],
      exp: NOW + 28_800,
      scope: "read",
    });
    const access = await ask(port, service.access, user.access);
    expect(access.json).toMatchObject({
      ...claimsOf(user.access),
      active: true,
      token_type: "Bearer",
    });
    const next = await refreshNatively(port, user.refresh);
    for (const token of [user.refresh, "nonsense", `${user.access}A`]) {
      expect((await ask(port, service.access, token)).json).toEqual({ active: false });
    }
    // A predecessor within its window was not used by asking.
    expect((await refreshNatively(port, user.refresh)).json["refresh_token"]).toBe(
      next.json["refresh_token"],
    );
    await send(port, "/oauth/revoke", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: next.json["refresh_token"] }),
    });
    expect((await ask(port, service.access, user.access)).json).toEqual({ active: false });
  });
});

describe("the audit log", () => {
  it("has an event for every step, by request, and no token, secret or cookie in any", async () => {
    const opened = await open();
    const { port } = opened;
    const jar = openJar(port);
    const secrets: string[] = [SECRET];
    const keep = () => secrets.push(...jar.cookies.values());
    const page = await jar.post("/login", { body: "{}" });
    keep();
    await jar.post("/session/refresh");
    keep();
    const native = await loginNatively(port);
    const next = await refreshNatively(port, native.refresh);
    await refreshNatively(port, native.refresh);
    await refreshNatively(port, `${native.refresh.slice(0, -1)}B`);
    secrets.push(
      native.refresh,
      native.access,
      String(page.json["access_token"]),
      String(next.json["refresh_token"]),
    );
    clock += 11_000;
    await refreshNatively(port, native.refresh);
    await jar.post("/session/logout");
    const lines = await opened.close();
    desk = undefined;
    const events = lines.flatMap((line) => (line.type === "session" ? [line] : []));
    expect(events.map(({ event, reason }) => [event, reason])).toEqual([
      ["session.created", undefined],
      ["session.renewed", undefined],
      ["session.created", undefined],
      ["session.renewed", undefined],
      ["session.retried", undefined],
      ["session.refused", "malformed"],
      ["session.token-reused", "reused"],
      ["session.ended", "logout"],
    ]);
    const requests = new Set(lines.flatMap((line) => (line.type === "request" ? [line.id] : [])));
    expect(events.every(({ request }) => request !== null && requests.has(request))).toBe(true);
    const text = JSON.stringify(lines);
    const parts = secrets.flatMap((secret) => [secret, secret.slice(-43), secret.slice(-20)]);
    expect(parts.filter((part) => text.includes(part))).toEqual([]);
    const refused = lines.flatMap((line) =>
      line.type === "request" && line.cause === "reused" ? [line] : [],
    );
    expect(refused).toMatchObject([{ decision: "deny", reason: "refresh-rejected", status: 401 }]);
  });

  it("is one line of JSON without control characters of ASCII, whatever the name of a subject is", async () => {
    const opened = await open();
    const id = 'u\u001b[2J\u009b2J\u202e\n"x\u00e9';
    await loginNatively(opened.port, { id });
    await vi.waitFor(async () => expect(await opened.log()).toContain("session.created"));
    const text = await opened.log();
    expect(text).toMatch(/^[\n -~\u0080-\uffff]*$/);
    const lines = await opened.close();
    desk = undefined;
    const subjects = lines.flatMap((line) => (line.type === "session" ? [line.subject] : []));
    expect(subjects).toEqual([id]);
  });
});

describe("a careless application", () => {
  it("is told what it passed wrongly", async () => {
    const { gate, ring, revocations } = await open();
    const options = { store: createMemorySessionStore(), ring, revocations, account: () => clerk };
    const environment = { SESSION_SECRET: SECRET };
    const build = (change: object, snapshot = sessionPolicy()) => {
      try {
        createPolicySessions<LoosePolicy>(snapshot, gate, { ...options, environment, ...change });
        return "built";
      } catch (error) {
        return Object(error).message;
      }
    };
    expect(build({})).toBe("built");
    expect(build({ environment: {} })).toContain("SESSION_SECRET");
    expect(
      build({ environment: { SESSION_SECRET: "correct horse battery staple and so on" } }),
    ).toContain("weak");
    expect(build({ store: { ...options.store, kind: "redis" } })).toContain(
      "the policy keeps sessions in `memory`",
    );
    expect(build({ store: undefined })).toContain("none is passed");
    const production = { ...environment, NODE_ENV: "production" };
    const declared = sessionPolicy();
    expect(build({ environment: production }, declared)).toBe("built");
  });

  it("mounts a handler before the gate, and is refused", async () => {
    const { sessions } = await open();
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => sessions.refresh(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = Object(server.address());
    const answer = await send(port, "/session/refresh");
    expect([answer.status, answer.json["type"]]).toEqual([
      500,
      "urn:gatewright:problem:chain-incomplete",
    ]);
    await new Promise((resolve) => server.close(resolve));
  });

  it("changes the secret without a logout, while the former one stands behind it", async () => {
    const next = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 97 + 5) % 253)).toString(
      "base64url",
    );
    const store = createMemorySessionStore({ now: () => clock });
    const first = await open({ store });
    const { refresh } = await loginNatively(first.port);
    await first.close();
    const { port } = await open({ store, environment: { SESSION_SECRET: `${next} ${SECRET}` } });
    const renewed = await refreshNatively(port, refresh);
    expect(renewed.status).toBe(200);
    await desk?.close();
    const third = await open({ store, environment: { SESSION_SECRET: next } });
    const token = String(renewed.json["refresh_token"]);
    expect((await refreshNatively(third.port, token)).status).toBe(401);
  });
});
