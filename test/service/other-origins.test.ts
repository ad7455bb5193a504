import { once } from "node:events";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { certificate, eventsOf, jarOf, openPageDesk, refresh } from "./at-the-page.js";
import type { PageDesk } from "./at-the-page.js";
import { openBrowser } from "./open-browser.js";

const browser = await openBrowser();
afterAll(() => browser?.close());

/** A site with another name, to which no cookie of ours goes along; and a neighbour, to which all do. */
const origins = [
  ["another site", "127.0.0.1"],
  ["another origin of the same site", "localhost"],
] as const;

/** What changes cookies, and how it answers a form: the login does not read one at all. */
const targets = [
  ["/session/refresh", 403],
  ["/session/logout", 403],
  ["/login", 400],
] as const;

/** Forms that need no script of ours; a browser sends them without asking first. */
const forms = [
  ["application/x-www-form-urlencoded", "grant_type", "refresh_token"],
  ["text/plain", '{"grant_type":"refresh_token","x":"', '"}'],
] as const;

describe.skipIf(browser === undefined)("a page of another origin", () => {
  let foreign: Server;
  let desk: PageDesk;
  beforeAll(async () => {
    foreign = createServer(certificate, (_request, response) => {
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>else</title>");
    }).listen(0, "127.0.0.1");
    await once(foreign, "listening");
  });
  beforeEach(async () => {
    desk = await openPageDesk(browser);
  });
  afterEach(async () => {
    await desk.close();
  });
  afterAll(() => {
    foreign.closeAllConnections();
    foreign.close();
  });

  const addressOf = (host: string) => `https://${host}:${(foreign.address() as AddressInfo).port}/`;
  /** Somebody who is logged in, and a page of another origin in the same browser. */
  const openBoth = async (host: string) => {
    const person = await desk.openPerson();
    const own = await desk.logIn(person);
    const page = await person.newPage();
    await page.goto(addressOf(host));
    return { person, own, page, before: await jarOf(person) };
  };

  it.each(origins)("C3: %s changes nothing by a form", async (_, host) => {
    const { person, own, page, before } = await openBoth(host);
    for (const [path, status] of targets) {
      for (const [type, field, value] of forms) {
        const answered = page.waitForResponse((response) => response.url() === desk.url + path);
        const input = `<input name='${field}' value='${value}'>`;
        await page.setContent(
          `<form method="post" enctype="${type}" action="${desk.url}${path}">${input}</form>`,
        );
        await page.locator("form").evaluate((form) => Reflect.get(form, "submit").call(form));
        const response = await answered;
        expect([path, type, response.status()]).toEqual([path, type, status]);
        expect(await response.headerValue("set-cookie")).toBeNull();
        await page.waitForURL(desk.url + path);
        await page.goto(addressOf(host));
      }
    }
    expect(await jarOf(person)).toEqual(before);
    await refresh(own);
    const events = eventsOf(await desk.close());
    expect(events.filter((event) => !event.startsWith("refused"))).toEqual(["created", "renewed"]);
  });

  it.each(origins)("C3: %s changes nothing by fetch, and reads nothing", async (_, host) => {
    const { person, own, page, before } = await openBoth(host);
    const readings = await page.evaluate(async (url) => {
      const read = (path: string, init: RequestInit) =>
        fetch(url + path, { credentials: "include", ...init }).then(
          (response) => response.type,
          () => "refused",
        );
      const post = { method: "POST" } as const;
      const headers = { "x-gatewright": "1" };
      const plain = { "content-type": "text/plain" };
      const body = '{"grant_type":"refresh_token"}';
      return [
        await read("/session/refresh", { ...post, mode: "no-cors" }),
        await read("/session/refresh", { ...post, mode: "no-cors", headers: plain, body }),
        // The browser asks first, and the service does not agree.
        await read("/session/refresh", { ...post, headers }),
        await read("/session/logout", { ...post, headers }),
        await read("/session/logout", { ...post, mode: "no-cors" }),
        await read("/sessions", {}),
      ];
    }, desk.url);
    expect(readings).toEqual(["opaque", "opaque", "refused", "refused", "opaque", "refused"]);
    expect(await jarOf(person)).toEqual(before);
    await refresh(own);
    const events = eventsOf(await desk.close());
    expect(events.filter((event) => !event.startsWith("refused"))).toEqual(["created", "renewed"]);
  });

  it.each(origins)("%s cannot show the page in a frame", async (_, host) => {
    const { page } = await openBoth(host);
    const said = page.waitForEvent("console", (line) => line.text().includes("frame-ancestors"));
    await page.setContent(`<iframe src="${desk.url}/login"></iframe>`);
    expect((await said).type()).toBe("error");
  });
});

describe.skipIf(browser === undefined)("the login page as it is served", () => {
  it("runs its own script and no other", async () => {
    const desk = await openPageDesk(browser);
    const page = await (await desk.openPerson()).newPage();
    const response = await page.goto(`${desk.url}/login`);
    const headers = await response?.allHeaders();
    expect(headers).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'self'; .*'none'/),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(headers?.["content-security-policy"]).not.toContain("unsafe");
    const ran = await page.evaluate(`(() => {
      const div = document.createElement("div");
      try { div.innerHTML = "<img src=x onerror='window.ran = 1'>"; } catch { return "refused"; }
      return "taken";
    })()`);
    expect(ran).toBe("refused");
    const script = await page.request.get(`${desk.url}/login/page.js`);
    expect(script.headers()).toMatchObject({
      "content-type": expect.stringMatching(/^text\/javascript/),
      "x-content-type-options": "nosniff",
    });
    await desk.close();
  });
});
