import { afterEach, describe, expect, it } from "vitest";
import { NOW } from "../authenticate/token-forge.js";
import {
  claimsOf,
  loginNatively,
  openJar,
  openSessionDesk,
  pageHeaders,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";
import type { SessionDesk, SessionDeskOptions } from "./session-desk.js";

const RT = "__Host-Http-gw-rt";
const DEV = "__Host-Http-gw-dev";

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

async function loggedIn() {
  const { port, events } = await open();
  const jar = openJar(port);
  const answer = await jar.post("/login", { body: "{}" });
  return { port, events, jar, answer };
}

describe("C1: the cookies", () => {
  it("are of this host alone, seen by no script, sent to no other site, and short", async () => {
    const { answer, jar } = await loggedIn();
    expect(answer.status).toBe(200);
    expect(answer.cookies).toHaveLength(2);
    for (const line of answer.cookies) {
      const [pair = "", ...attributes] = line.split("; ");
      expect(attributes.toSorted()).toEqual(
        ["HttpOnly", "Max-Age=28800", "Path=/", "SameSite=Strict", "Secure"].toSorted(),
      );
      expect(pair.length).toBeLessThan(120);
    }
    expect([...jar.cookies.keys()].toSorted()).toEqual([DEV, RT]);
  });

  it("live no longer than the session, idle and absolute", async () => {
    const { port } = await open({
      snapshot: sessionPolicy({ sessions: "  idle: 30m\n  absolute: 1h" }),
    });
    const jar = openJar(port);
    const ages: unknown[] = [];
    ages.push((await jar.post("/login", { body: "{}" })).cookies.map(ageOf));
    clock += 29 * 60_000;
    ages.push((await jar.post("/session/refresh")).cookies.map(ageOf));
    clock += 20 * 60_000;
    ages.push((await jar.post("/session/refresh")).cookies.map(ageOf));
    expect(ages).toEqual([
      [1800, 1800],
      [1800, 1800],
      [660, 660],
    ]);
  });

  it("are deleted with the attributes that they were set with", async () => {
    const { jar } = await loggedIn();
    const { status, cookies } = await jar.post("/session/logout");
    expect(status).toBe(204);
    expect(cookies).toEqual(
      [RT, DEV].map((name) => `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`),
    );
    expect(jar.cookies.size).toBe(0);
  });
});

function ageOf(line: string): number {
  return Number(/Max-Age=(\d+)/.exec(line)?.[1]);
}

describe("C2, cookie tossing: a cookie that may not be ours", () => {
  const cases: readonly (readonly [name: string, cookie: (own: string, dev: string) => string])[] =
    [
      ["twice", (own, dev) => `${own}; ${dev}; ${RT}=tossed`],
      ["twice, the other first", (own, dev) => `${RT}=tossed; ${own}; ${dev}`],
      ["twice, alike", (own, dev) => `${own}; ${own}; ${dev}`],
      ["in another case", (own, dev) => `${own}; ${dev}; ${RT.toLowerCase()}=tossed`],
      ["behind a no-break space", (own, dev) => `${own}; ${dev}; \u00a0${RT}=tossed`],
      [
        "behind a no-break space in UTF-8",
        (own, dev) => `${own}; ${dev}; \u00c2\u00a0${RT}=tossed`,
      ],
      ["behind U+2000", (own, dev) => `${own}; ${dev}; \u00e2\u0080\u0080${RT}=tossed`],
      ["behind a form feed", (own, dev) => `${own}; ${dev}; \u00a0 ${RT} =tossed`],
      ["behind `$Version`", (own, dev) => `$Version=1; ${own}; ${dev}; $${RT}=tossed`],
      ["without a name", (own, dev) => `${own}; ${dev}; =${RT}=tossed`],
      ["without a name or a sign", (own, dev) => `${own}; ${dev}; ${RT}`],
      ["in quotes", (own, dev) => `${own}; ${dev}; "${RT}"=tossed`],
      [
        "in a jar of 200",
        (own, dev) =>
          `${Array.from({ length: 198 }, (_, i) => `c${i}=1`).join("; ")}; ${own}; ${dev}`,
      ],
      ["the device's", (own, dev) => `${own}; ${dev}; ${DEV}=tossed`],
    ];
  it.each(cases)("%s: refused, and taken away", async (_, cookie) => {
    const { port, jar, events } = await loggedIn();
    const pairs = [...jar.cookies].map(([name, value]) => `${name}=${value}`);
    const [own = "", dev = ""] = pairs;
    const headers = { ...pageHeaders, cookie: cookie(own, dev), host: "shop.desk.example:8443" };
    const answer = await send(port, "/session/refresh", { headers });
    expect([answer.status, answer.json["type"]]).toEqual([
      400,
      "urn:gatewright:problem:invalid-request",
    ]);
    const domains = answer.cookies.map((line) => /Domain=(.*)/.exec(line)?.[1] ?? "host");
    expect(domains.toSorted()).toEqual([
      "desk.example",
      "desk.example",
      "host",
      "host",
      "shop.desk.example",
      "shop.desk.example",
    ]);
    expect(answer.cookies.every((line) => line.includes("Max-Age=0"))).toBe(true);
    expect(answer.text).not.toContain("tossed");
    expect(events.at(-1)).toMatchObject({
      event: "session.refused",
      reason: "cookies",
      session: null,
    });
    // Nothing was rotated.
    expect((await jar.post("/session/refresh")).status).toBe(200);
  });

  it("takes a quoted value for no token", async () => {
    const { port, jar } = await loggedIn();
    const cookie = `${RT}="${jar.cookies.get(RT)}"; ${DEV}=${jar.cookies.get(DEV)}`;
    const answer = await send(port, "/session/refresh", { headers: { ...pageHeaders, cookie } });
    expect(answer.status).toBe(401);
  });

  it("reads all lines of HTTP/2, and neighbours that are not ours", async () => {
    const { port, jar } = await loggedIn();
    const cookie = [
      `theme=dark; ${RT}=${jar.cookies.get(RT)}`,
      `\t${DEV}=${jar.cookies.get(DEV)} ;x=__Host-Http`,
    ];
    const answer = await send(port, "/session/refresh", { headers: { ...pageHeaders, cookie } });
    expect(answer.status).toBe(200);
  });
});

describe("C3, CSRF: a refresh, a logout or a login from elsewhere", () => {
  const base = { "x-gatewright": "1" };
  it.each<[string, Readonly<Record<string, string>>]>([
    ["without the header", { "sec-fetch-site": "same-origin" }],
    ["of a sibling", { ...base, "sec-fetch-site": "same-site" }],
    ["of another site", { ...base, "sec-fetch-site": "cross-site" }],
    ["typed in", { ...base, "sec-fetch-site": "none" }],
    ["with no word of where it is from", base],
    ["of another origin", { ...base, origin: "https://evil.example" }],
    ["of the origin `null`", { ...base, origin: "null" }],
    ["as plain text", { ...base, "sec-fetch-site": "same-origin", "content-type": "text/plain" }],
    [
      "as a form",
      {
        ...base,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
      },
    ],
  ])("%s: 403, and nothing changes", async (_, headers) => {
    const { port, jar, events } = await loggedIn();
    const cookie = [...jar.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const path of ["/session/refresh", "/session/logout", "/login"]) {
      const answer = await send(port, path, { headers: { ...headers, cookie }, body: "{}" });
      expect([path, answer.status, answer.cookies]).toEqual([path, 403, []]);
    }
    expect(events.filter(({ event }) => event !== "session.refused")).toHaveLength(1);
    const after = await jar.post("/session/refresh");
    expect(after.status).toBe(200);
    expect(desk?.events.filter(({ event }) => event === "session.renewed")).toHaveLength(1);
  });

  it("takes an origin of the policy where a browser does not tell the site", async () => {
    const { port, jar } = await loggedIn();
    const cookie = [...jar.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...base, origin: "https://desk.example", cookie };
    expect((await send(port, "/session/refresh", { headers })).status).toBe(200);
  });

  it("is POST only, whatever a header says about the method", async () => {
    const { port, jar } = await loggedIn();
    const cookie = [...jar.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS"]) {
      const headers = { ...pageHeaders, cookie, "x-http-method-override": "POST" };
      const { status } = await send(port, "/session/refresh", { method, headers });
      expect([method, status]).toEqual([method, 401]);
    }
    expect((await jar.post("/session/refresh")).status).toBe(200);
    expect(desk?.events.filter(({ event }) => event === "session.renewed")).toHaveLength(1);
  });
});

describe("C4: where the refresh token travels", () => {
  it("in the browser flow in the cookie alone", async () => {
    const { answer, jar } = await loggedIn();
    const first = jar.cookies.get(RT) ?? "";
    const renewed = await jar.post("/session/refresh");
    const second = jar.cookies.get(RT) ?? "";
    expect(second).toMatch(/^gwr_[\w-]{70}$/);
    expect(second).not.toBe(first);
    for (const { text, json } of [answer, renewed]) {
      expect(text).not.toContain("gwr_");
      expect(Object.keys(json).toSorted()).toEqual(["access_token", "expires_in", "token_type"]);
    }
  });

  it("in the native flow in the body alone, and no page may use it", async () => {
    const { port } = await open();
    const { refresh, answer } = await loginNatively(port);
    expect(answer.cookies).toEqual([]);
    const form = new URLSearchParams({ refresh_token: refresh, client_id: "app" }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const pages = [
      { origin: "https://desk.example" },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-mode": "cors" },
      { cookie: `${RT}=${refresh}` },
    ];
    for (const page of pages) {
      const answers = await Promise.all([
        send(port, "/session/refresh", { headers: { ...type, ...page }, body: form }),
        send(port, "/session/refresh", { headers: { ...pageHeaders, ...page }, body: "" }),
        send(port, "/login", { headers: page, body: JSON.stringify({ clientId: "app" }) }),
      ]);
      expect(answers.map(({ status }) => status >= 400 && status < 500)).toEqual([
        true,
        true,
        true,
      ]);
    }
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });

  it("a token of one flow is refused in the other, and lives on", async () => {
    const { port, jar } = await loggedIn();
    const own = jar.cookies.get(RT) ?? "";
    expect((await refreshNatively(port, own, { client_id: "pages" })).status).toBe(401);
    const { refresh } = await loginNatively(port);
    const other = openJar(port);
    other.cookies.set(RT, refresh);
    expect((await other.post("/session/refresh")).status).toBe(401);
    expect((await refreshNatively(port, refresh)).status).toBe(200);
    expect((await jar.post("/session/refresh")).status).toBe(200);
  });

  it("never in the URL, and a body is read to its limit", async () => {
    const { port } = await open();
    const { refresh } = await loginNatively(port);
    const query = `/session/refresh?refresh_token=${refresh}&client_id=app`;
    expect((await send(port, query)).status).toBe(401);
    const type = { "content-type": "application/json" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const bodies: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [type, `{"client_id":"app","refresh_token":"${refresh}","refresh_token":"${refresh}"}`],
      [type, `{"client_id":"app","refresh_token":["${refresh}"]}`],
      [type, "[]"],
      [type, "{"],
      [form, `client_id=app&refresh_token=${refresh}&refresh_token=${refresh}`],
      [form, `client_id=app&refresh_token=${refresh}&grant_type=password`],
      [{}, `client_id=app&refresh_token=${refresh}`],
      [type, JSON.stringify({ client_id: "app", refresh_token: refresh, pad: "x".repeat(20_000) })],
    ];
    for (const [headers, body] of bodies) {
      const { status } = await send(port, "/session/refresh", { headers, body });
      expect([body.slice(0, 40), status]).toEqual([body.slice(0, 40), 400]);
    }
    expect((await refreshNatively(port, refresh)).status).toBe(200);
  });
});

describe("S10, fixation: a login", () => {
  it("mints a new session and a new device whatever the browser had before", async () => {
    const { port } = await open();
    const jar = openJar(port);
    jar.cookies.set(RT, `gwr_${"A".repeat(70)}`);
    jar.cookies.set(DEV, "A".repeat(43));
    const first = await jar.post("/login", {
      body: JSON.stringify({ id: "u1", sessionId: "mine" }),
    });
    expect(jar.cookies.get(RT)).not.toContain("AAAAAAAAAA");
    expect(jar.cookies.get(DEV)).not.toBe("A".repeat(43));
    const before = new Map(jar.cookies);
    const second = await jar.post("/login", { body: JSON.stringify({ acr: "mfa" }) });
    const [one, two] = [first, second].map(({ json }) => claimsOf(json["access_token"]));
    expect(two?.["sid"]).not.toBe(one?.["sid"]);
    expect(two?.["acr"]).toBe("mfa");
    expect(jar.cookies.get(DEV)).not.toBe(before.get(DEV));
    // The old one is dead, and so are its access tokens.
    const old = openJar(port);
    for (const [name, value] of before) old.cookies.set(name, value);
    expect((await old.post("/session/refresh")).status).toBe(401);
    const orders = await send(port, "/orders", {
      method: "GET",
      headers: { authorization: `Bearer ${String(first.json["access_token"])}` },
    });
    expect(orders.status).toBe(401);
    expect((await jar.post("/session/refresh")).status).toBe(200);
  });

  it("of a native client ends the session that it names", async () => {
    const { port } = await open();
    const before = await loginNatively(port);
    const after = await loginNatively(port, { replaces: before.refresh });
    expect((await refreshNatively(port, before.refresh)).status).toBe(401);
    expect((await refreshNatively(port, after.refresh)).status).toBe(200);
    const other = await loginNatively(port, { replaces: "gwr_nonsense" });
    expect(other.answer.status).toBe(200);
  });
});
