import { createSecretKey } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { createMemorySessionStore } from "@gatewright/runtime/sessions/memory";
import type { Account } from "@gatewright/runtime/abi/sessions";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import {
  openTagKey,
  readRefreshToken,
  writeRefreshToken,
} from "../../../runtime/sessions/refresh-token.js";
import { NOW } from "../authenticate/token-forge.js";
import {
  SECRET,
  bearer,
  claimsOf,
  clerk,
  loginNatively,
  openSessionDesk,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";
import type { SessionDesk, SessionDeskOptions } from "./session-desk.js";

const strict = sessionPolicy({ sessions: "  retry: { window: 0s }" });

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

const orders = (port: number, access: unknown) =>
  send(port, "/orders", { method: "GET", headers: bearer(access) });

describe("a refresh", () => {
  it("answers with a pair whose access token passes the gate", async () => {
    const { port } = await open();
    const { access, refresh } = await loginNatively(port);
    expect((await orders(port, access)).status).toBe(200);
    const renewed = await refreshNatively(port, refresh);
    expect(renewed.status).toBe(200);
    expect(renewed.headers["cache-control"]).toBe("no-store");
    expect(renewed.json).toMatchObject({ token_type: "Bearer", expires_in: 900 });
    expect(renewed.json["refresh_token"]).not.toBe(refresh);
    expect((await orders(port, renewed.json["access_token"])).status).toBe(200);
    const [before, after] = [claimsOf(access), claimsOf(renewed.json["access_token"])];
    expect(after).toMatchObject({
      sid: before["sid"],
      sub: "u1",
      client_id: "app",
      roles: ["clerk"],
    });
    expect(after["jti"]).not.toBe(before["jti"]);
  });

  it("S1: is one step for any number of submits, and all are told the same successor", async () => {
    const { port, events } = await open({
      snapshot: sessionPolicy({ sessions: "  retry: { attempts: 20 }" }),
    });
    const { refresh } = await loginNatively(port);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refreshNatively(port, refresh)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json["refresh_token"])).size).toBe(1);
    expect(events.filter(({ event }) => event === "session.renewed")).toHaveLength(1);
    expect(events.filter(({ event }) => event === "session.retried")).toHaveLength(19);
  });

  it("S2: strict, the second submit ends the session, the pair of the first and its access tokens", async () => {
    const { port, events } = await open({ snapshot: strict });
    const { access, refresh } = await loginNatively(port);
    const first = await refreshNatively(port, refresh);
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    expect((await refreshNatively(port, String(first.json["refresh_token"]))).status).toBe(401);
    expect((await orders(port, first.json["access_token"])).status).toBe(401);
    expect((await orders(port, access)).status).toBe(401);
    expect(
      events.filter(({ severity }) => severity === "critical").map(({ reason }) => reason),
    ).toEqual(["reused", "after-reuse"]);
  });

  it("S2: with retries, a submit after the window ends the session", async () => {
    const { port, events } = await open();
    const { refresh } = await loginNatively(port);
    const first = await refreshNatively(port, refresh);
    clock += 10_000;
    expect((await refreshNatively(port, refresh)).json["refresh_token"]).toBe(
      first.json["refresh_token"],
    );
    clock += 1;
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    expect((await orders(port, first.json["access_token"])).status).toBe(401);
    expect(events.at(-1)).toMatchObject({
      event: "session.token-reused",
      severity: "critical",
      subject: "u1",
    });
  });

  it("S3: retries the immediate predecessor alone, so often and no more, in a window that never slides", async () => {
    const { port } = await open();
    const one = await loginNatively(port);
    const two = String((await refreshNatively(port, one.refresh)).json["refresh_token"]);
    for (let time = 0; time < 5; time += 1) {
      expect((await refreshNatively(port, one.refresh)).status).toBe(200);
    }
    expect((await refreshNatively(port, one.refresh)).status).toBe(401);
    const other = await loginNatively(port);
    const second = String((await refreshNatively(port, other.refresh)).json["refresh_token"]);
    await refreshNatively(port, second);
    // A grand-predecessor, well within the window.
    expect((await refreshNatively(port, other.refresh)).status).toBe(401);
    expect((await refreshNatively(port, second)).status).toBe(401);
    expect((await refreshNatively(port, two)).status).toBe(401);
  });

  it("S4, S5: lost, doubled and swapped answers converge, and no second line of tokens comes about", async () => {
    const { port, sessions } = await open();
    let { refresh } = await loginNatively(port);
    for (let round = 0; round < 10; round += 1) {
      clock += 60_000;
      const before = refresh;
      const answers = [await refreshNatively(port, before), await refreshNatively(port, before)];
      const tokens = answers.toReversed().map(({ json }) => String(json["refresh_token"]));
      expect(new Set(tokens).size).toBe(1);
      refresh = tokens[1] ?? "";
    }
    expect(await sessions.of("u1")).toHaveLength(1);
  });

  it("S4: tells where retries come generation after generation", async () => {
    const { port, events } = await open();
    let { refresh } = await loginNatively(port);
    for (let round = 0; round < 3; round += 1) {
      const { json } = await refreshNatively(port, refresh);
      await refreshNatively(port, refresh);
      refresh = String(json["refresh_token"]);
    }
    const risks = events.filter(({ event }) => event === "session.risk");
    expect(risks.map(({ reason, severity }) => [reason, severity])).toEqual([
      ["retried-in-a-row", "critical"],
    ]);
  });

  it("S6: a wrong tag, an unknown session and another client change nothing", async () => {
    const { port, events } = await open();
    const { refresh } = await loginNatively(port);
    const bytes = Buffer.from(refresh.slice(4), "base64url");
    const forged = (edit: (copy: Buffer) => void) => {
      const copy = Buffer.from(bytes);
      edit(copy);
      return `gwr_${copy.toString("base64url")}`;
    };
    const tokens = [
      forged((copy) => copy.writeUInt8((copy[51] ?? 0) ^ 1, 51)),
      forged((copy) => copy.writeUInt8((copy[0] ?? 0) ^ 1, 0)),
      forged((copy) => copy.writeUInt32BE(1, 16)),
      forged((copy) => copy.fill(0, 20)),
      `${refresh.slice(0, -1)}B`,
      `${refresh}=`,
      ` ${refresh}`,
      refresh.toLowerCase(),
      "gwr_",
      "",
    ];
    const answers = await Promise.all(tokens.map((token) => refreshNatively(port, token)));
    answers.push(await refreshNatively(port, refresh, { client_id: "pages" }));
    answers.push(await refreshNatively(port, refresh, { client_id: "" }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    expect(new Set(answers.map(({ text }) => text.replace(/urn:uuid:[\w-]+/, ""))).size).toBe(1);
    expect(events.some(({ severity }) => severity === "critical")).toBe(false);
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });

  it("S6, logout by guess: 10 000 tokens with a known id end nothing", async () => {
    const { port } = await open();
    const { refresh } = await loginNatively(port);
    const id = Buffer.from(refresh.slice(4), "base64url").subarray(0, 16);
    for (let guess = 0; guess < 10_000; guess += 100) {
      const batch = Array.from({ length: 100 }, (_, index) => {
        const rest = Buffer.alloc(36);
        rest.writeUInt32BE(guess + index, 32);
        return `gwr_${Buffer.concat([id, rest]).toString("base64url")}`;
      });
      const answers = await Promise.all(batch.map((token) => refreshNatively(port, token)));
      expect(answers.every(({ status }) => status === 401)).toBe(true);
    }
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });

  it("refresh replay: a generation that was never handed out, with a tag that is right, ends the session", async () => {
    const store = createMemorySessionStore({ now: () => clock });
    const { port, events } = await open({ store });
    const { access, refresh } = await loginNatively(port);
    const { id, generation } = readRefreshToken(refresh) ?? { id: "", generation: -1 };
    const kept = await store.read(id);
    const { salt } = JSON.parse(kept?.data ?? "{}");
    const secret = createSecretKey(Buffer.from(SECRET, "base64url"));
    const ahead = writeRefreshToken(
      openTagKey(secret, { id, salt, clientId: "app" }),
      generation + 1,
    );
    expect((await refreshNatively(port, ahead)).status).toBe(401);
    expect(events.at(-1)).toMatchObject({ severity: "critical", reason: "ahead", session: id });
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    expect(events.at(-1)).toMatchObject({
      severity: "critical",
      reason: "after-forged-generation",
    });
    expect((await orders(port, access)).status).toBe(401);
  });

  it("S7: ends at the absolute time however often it is used, and at the idle time where it is not", async () => {
    const snapshot = sessionPolicy({ sessions: "  idle: 10m\n  absolute: 1h" });
    const { port } = await open({ snapshot });
    let { refresh } = await loginNatively(port);
    for (let minute = 9; minute < 60; minute += 9) {
      clock = (NOW + minute * 60) * 1000;
      const { status, json } = await refreshNatively(port, refresh);
      expect(status).toBe(200);
      refresh = String(json["refresh_token"]);
      const left = (NOW + 3600) * 1000 - clock;
      expect(Number(json["expires_in"])).toBeLessThanOrEqual(Math.min(900, left / 1000));
    }
    clock = (NOW + 3600) * 1000;
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    const idle = await loginNatively(port);
    clock += 600_000 - 1;
    const last = await refreshNatively(port, idle.refresh);
    expect(last.status).toBe(200);
    clock += 600_000;
    expect((await refreshNatively(port, String(last.json["refresh_token"]))).status).toBe(401);
  });

  it("S8: a refresh token is no access token, and an access token refreshes nothing", async () => {
    const { port } = await open();
    const { access, refresh } = await loginNatively(port);
    expect((await orders(port, refresh)).status).toBe(401);
    expect((await refreshNatively(port, access)).status).toBe(401);
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });

  it("S9: takes over changed roles, and scopes only shrink", async () => {
    let account: Account<LoosePolicy> = { ...clerk, scopes: ["read", "write", "admin"] };
    const { port } = await open({ account: () => account });
    const { access, refresh } = await loginNatively(port, { scopes: ["read", "write"] });
    expect(claimsOf(access)["scope"]).toBe("read write");
    account = { roles: [], scopes: ["write", "admin"] };
    const changed = await refreshNatively(port, refresh);
    expect(claimsOf(changed.json["access_token"])).toMatchObject({ roles: [], scope: "write" });
    expect((await orders(port, changed.json["access_token"])).status).toBe(403);
    account = { ...clerk };
    const next = String(changed.json["refresh_token"]);
    expect((await refreshNatively(port, next, { scope: "read admin" })).status).toBe(400);
    const narrowed = await refreshNatively(port, next, { scope: "read" });
    expect(narrowed.json["scope"]).toBe("read");
    const again = await refreshNatively(port, String(narrowed.json["refresh_token"]));
    expect(again.json["scope"]).toBe("read write");
  });

  it("S9: a disabled account loses all its sessions and access tokens at once", async () => {
    let isDisabled = false;
    const { port, sessions } = await open({ account: () => (isDisabled ? null : clerk) });
    const [one, two] = [await loginNatively(port), await loginNatively(port)];
    isDisabled = true;
    expect((await refreshNatively(port, one.refresh)).status).toBe(401);
    isDisabled = false;
    expect((await refreshNatively(port, two.refresh)).status).toBe(401);
    expect((await orders(port, two.access)).status).toBe(401);
    expect(await sessions.of("u1")).toEqual([]);
    expect((await loginNatively(port)).answer.status).toBe(200);
  });

  it("S13: a store or a directory that is down is 503, and nothing is used up", async () => {
    const store = createMemorySessionStore({ now: () => clock });
    let broken = "";
    const faulty = {
      ...store,
      read: async (id: string) =>
        broken === "read" ? Promise.reject(new Error("down")) : store.read(id),
      step: async (...values: Parameters<typeof store.step>) =>
        broken === "step" ? Promise.reject(new Error("down")) : store.step(...values),
    };
    const account = async () => (broken === "account" ? Promise.reject(new Error("down")) : clerk);
    const { port, errors } = await open({ store: faulty, account });
    const { refresh } = await loginNatively(port);
    for (broken of ["read", "step", "account"]) {
      const answer = await refreshNatively(port, refresh);
      expect([answer.status, answer.json["type"]]).toEqual([
        503,
        "urn:gatewright:problem:session-store-unavailable",
      ]);
      expect(answer.headers["retry-after"]).toBe("5");
    }
    broken = "";
    expect(errors).toHaveLength(4);
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });

  it("S13: a store that came back empty refuses every token, and resurrects none", async () => {
    const stores = [
      createMemorySessionStore({ now: () => clock }),
      createMemorySessionStore({ now: () => clock }),
    ];
    let current = 0;
    const store = new Proxy(stores[0] ?? createMemorySessionStore(), {
      get: (_, name) => Reflect.get(stores[current] ?? {}, name),
    });
    const { port } = await open({ store });
    const { refresh } = await loginNatively(port);
    current = 1;
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    expect((await refreshNatively(port, refresh)).status).toBe(401);
    expect((await loginNatively(port)).answer.status).toBe(200);
  });
});
