import { afterEach, describe, expect, it } from "vitest";
import { NOW } from "../authenticate/token-forge.js";
import { openJar, openSessionDesk, send, sessionPolicy } from "./session-desk.js";
import type { SessionDesk, SessionDeskOptions } from "./session-desk.js";

let desk: SessionDesk | undefined;

async function open(options: SessionDeskOptions = {}): Promise<SessionDesk> {
  desk = await openSessionDesk({ clock: () => NOW * 1000, ...options });
  return desk;
}

afterEach(async () => {
  await desk?.close();
  desk = undefined;
});

const from = (address: string, agent = "till/1.0") => ({
  "x-forwarded-for": address,
  "user-agent": agent,
});

const refreshFrom = (port: number, token: string, headers: Readonly<Record<string, string>>) =>
  send(port, "/session/refresh", {
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ client_id: "app", refresh_token: token }),
  });

const loginFrom = async (port: number, headers: Readonly<Record<string, string>>) => {
  const body = JSON.stringify({ clientId: "app" });
  const { json } = await send(port, "/login", { headers, body });
  return String(json["refresh_token"]);
};

describe("S14: what a session is bound to", () => {
  it("without the device's cookie a stolen token is of no use, and ends nothing", async () => {
    const { port, events } = await open();
    const jar = openJar(port);
    await jar.post("/login", { body: "{}" });
    const thief = openJar(port);
    const name = "__Host-Http-gw-rt";
    thief.cookies.set(name, jar.cookies.get(name) ?? "");
    expect((await thief.post("/session/refresh")).status).toBe(401);
    thief.cookies.set(name, jar.cookies.get(name) ?? "");
    thief.cookies.set("__Host-Http-gw-dev", "A".repeat(43));
    expect((await thief.post("/session/refresh")).status).toBe(401);
    expect(events.slice(-2)).toMatchObject([
      { event: "session.refused", severity: "critical", reason: "device" },
      { event: "session.refused", severity: "critical", reason: "device" },
    ]);
    expect((await jar.post("/session/refresh")).status).toBe(200);
  });

  const trusting = "router: { trustedProxies: 1 }";
  it("another network is told, costs the retry, and ends nothing by default", async () => {
    const { port, events } = await open({ snapshot: sessionPolicy({ more: trusting }) });
    const token = await loginFrom(port, from("192.0.2.7"));
    const near = await refreshFrom(port, token, from("192.0.2.200"));
    expect(near.status).toBe(200);
    expect(events.some(({ event }) => event === "session.risk")).toBe(false);
    expect((await refreshFrom(port, token, from("198.51.100.1"))).status).toBe(401);
    const next = String(near.json["refresh_token"]);
    expect((await refreshFrom(port, next, from("198.51.100.1"))).status).toBe(200);
    expect(
      events.filter(({ event }) => event === "session.risk").map(({ reason }) => reason),
    ).toEqual(["other-address", "other-address"]);
  });

  it("IPv6 counts by /64", async () => {
    const { port, events } = await open({ snapshot: sessionPolicy({ more: trusting }) });
    const token = await loginFrom(port, from("2001:db8:0:1::7"));
    const { json } = await refreshFrom(port, token, from("2001:0db8::1:ffff:0:0:9"));
    expect(events.some(({ event }) => event === "session.risk")).toBe(false);
    await refreshFrom(port, String(json["refresh_token"]), from("2001:db8:0:2::7"));
    expect(events.at(-2)).toMatchObject({ event: "session.risk", reason: "other-address" });
  });

  it.each([
    ["off", 200, 200],
    ["log", 200, 200],
    ["step-up", 401, 200],
    ["revoke", 401, 401],
  ])("`userAgent: %s` answers %i, and the session itself then %i", async (mode, status, after) => {
    const snapshot = sessionPolicy({ more: trusting, sessions: `  userAgent: ${mode}` });
    const { port } = await open({ snapshot });
    const token = await loginFrom(port, from("192.0.2.7", "Mozilla/5.0 Firefox/140.0"));
    const other = await refreshFrom(
      port,
      token,
      from("192.0.2.7", "Mozilla/5.0 Chrome/140.0 Safari/537"),
    );
    expect(other.status).toBe(status);
    if (mode === "step-up") {
      expect(other.json["type"]).toBe("urn:gatewright:problem:insufficient-user-authentication");
    }
    const next = status === 200 ? String(other.json["refresh_token"]) : token;
    const agent = status === 200 ? "Mozilla/5.0 Chrome/141.0" : "Mozilla/5.0 Firefox/141.0";
    expect((await refreshFrom(port, next, from("192.0.2.7", agent))).status).toBe(after);
  });
});
