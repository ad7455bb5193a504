import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  carol,
  eventsOf,
  heading,
  jarOf,
  maria,
  message,
  openPageDesk,
  press,
  refresh,
  sessionsAt,
  submit,
} from "./at-the-page.js";
import type { PageDesk } from "./at-the-page.js";
import { openBrowser } from "./open-browser.js";

const browser = await openBrowser();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined)("the login page", () => {
  let desk: PageDesk;
  beforeEach(async () => {
    desk = await openPageDesk(browser);
  });
  afterEach(async () => {
    await desk.close();
  });

  it("logs in through its form and shows the session", async () => {
    const page = await desk.logIn(await desk.openPerson());
    expect(await page.locator("#roles").textContent()).toBe("clerk of main-street");
    expect(await sessionsAt(page).allTextContents()).toEqual([
      expect.stringMatching(/^Chrom.*, since .*, last used .*\(this one\)$/),
    ]);
    const remaining = Number(await page.locator("#remaining").textContent());
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(300);
    expect(await page.locator("#login").isVisible()).toBe(false);
    expect(eventsOf(await desk.close())).toEqual(["created"]);
  });

  it("C1: keeps the refresh token where no script finds it", async () => {
    const person = await desk.openPerson();
    const page = await desk.logIn(person);
    const cookies = await person.cookies();
    expect(cookies.map(({ name }) => name).toSorted()).toEqual([
      "__Host-Http-gw-dev",
      "__Host-Http-gw-rt",
    ]);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: "Strict",
        path: "/",
        domain: "localhost",
      });
    }
    const places = "[document.cookie, localStorage.length, sessionStorage.length, location.href]";
    expect(await page.evaluate(places)).toEqual(["", 0, 0, `${desk.url}/login`]);
    const shown = await page.content();
    for (const { value } of cookies) expect(shown).not.toContain(value);
    // Every access token begins so.
    expect(shown).not.toContain("eyJ");
  });

  it.each([
    ["a wrong password", { ...carol, password: maria.password }],
    ["an address that nobody has", { ...maria, address: "nobody@order-desk.example" }],
  ])("says that %s is wrong, and not which of the two it is", async (_, who) => {
    const person = await desk.openPerson();
    const page = await desk.openPage(person);
    await submit(page, who);
    await message(page, "address or password is wrong").waitFor();
    expect(await person.cookies()).toEqual([]);
    expect(await page.locator("#session").isVisible()).toBe(false);
    await submit(page, carol);
    await heading(page, carol.address).waitFor();
  });

  it("rotates the refresh token, and not the device, on a refresh", async () => {
    const person = await desk.openPerson();
    const page = await desk.logIn(person);
    const before = await jarOf(person);
    await refresh(page);
    const after = await jarOf(person);
    expect(after.token).not.toBe(before.token);
    expect(after.device).toBe(before.device);
  });

  it("keeps a session over a reload: the cookie alone brings it back", async () => {
    const page = await desk.logIn(await desk.openPerson());
    await page.reload();
    await heading(page, carol.address).waitFor();
    expect(await sessionsAt(page).count()).toBe(1);
  });

  it("keeps both of two tabs logged in that refresh at once", async () => {
    const person = await desk.openPerson();
    const tabs = [await desk.logIn(person), await desk.openPage(person)];
    for (const tab of tabs) await heading(tab, carol.address).waitFor();
    await Promise.all(tabs.map(refresh));
    for (const tab of tabs) {
      await refresh(tab);
      expect(await sessionsAt(tab).count()).toBe(1);
    }
    expect(eventsOf(await desk.close())).toEqual(["created", ...Array(5).fill("renewed")]);
  });

  it("S5: keeps a tab logged in whose refresh was lost, with the successor of the first one", async () => {
    const person = await desk.openPerson();
    const tabs = [await desk.logIn(person), await desk.openPage(person)] as const;
    for (const tab of tabs) await heading(tab, carol.address).waitFor();
    const before = await person.cookies();
    await refresh(tabs[0]);
    const { token } = await jarOf(person);
    await person.addCookies(before);
    expect((await jarOf(person)).token).not.toBe(token);
    await refresh(tabs[1]);
    expect((await jarOf(person)).token).toBe(token);
    for (const tab of tabs) await refresh(tab);
    const renewed = Array(2).fill("renewed");
    expect(eventsOf(await desk.close())).toEqual(["created", ...renewed, "retried", ...renewed]);
  });

  it("renews a token that is refused, once", async () => {
    const page = await desk.logIn(await desk.openPerson());
    let refreshed = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/session/refresh")) refreshed += 1;
    });
    let asked = 0;
    await page.route("**/me", (route) => {
      asked += 1;
      return asked === 2 ? route.continue() : route.fulfill({ status: 401 });
    });
    await refresh(page);
    expect([refreshed, asked]).toEqual([2, 2]);
    await press(page, "Refresh");
    await message(page, "the service answered 401").waitFor();
    expect([refreshed, asked]).toEqual([4, 4]);
  });

  it("ends another session, of which both tokens are refused then", async () => {
    const [here, there] = [await desk.openPerson(), await desk.openPerson()];
    const other = await desk.logIn(there);
    const page = await desk.logIn(here);
    expect(await sessionsAt(page).count()).toBe(2);
    await press(page, "End");
    await sessionsAt(page).nth(1).waitFor({ state: "detached" });
    // The access token has not expired.
    await press(other, "Log out everywhere");
    await message(other, "The session has ended.").waitFor();
    expect(await other.locator("#login").isVisible()).toBe(true);
    expect(await there.cookies()).toEqual([]);
    await refresh(page);
    const { records } = await desk.close();
    const refused = records.filter(({ cause }) => cause === "revoked");
    expect(refused.map(({ route, status }) => [route, status])).toEqual([
      ["POST /session/logout-all", 401],
    ]);
  });

  it("logs out of one session, and clears its cookies", async () => {
    const [here, there] = [await desk.openPerson(), await desk.openPerson()];
    const other = await desk.logIn(there);
    const page = await desk.logIn(here);
    const old = await here.cookies();
    await press(page, "Log out");
    await message(page, "Logged out.").waitFor();
    expect(await here.cookies()).toEqual([]);
    // They are of no use to whoever kept them.
    await here.addCookies(old);
    expect(await here.cookies()).toHaveLength(2);
    await page.reload();
    await page.locator("#login").waitFor();
    await refresh(other);
    expect(await sessionsAt(other).count()).toBe(1);
  });

  it("logs out everywhere, and nobody else", async () => {
    const [here, there, elsewhere] = [
      await desk.openPerson(),
      await desk.openPerson(),
      await desk.openPerson(),
    ];
    const other = await desk.logIn(there);
    const colleague = await desk.logIn(elsewhere, maria);
    const page = await desk.logIn(here);
    await press(page, "Log out everywhere");
    await message(page, "Logged out everywhere.").waitFor();
    expect(await here.cookies()).toEqual([]);
    await press(other, "Refresh");
    await message(other, "The session has ended.").waitFor();
    expect(await there.cookies()).toEqual([]);
    await refresh(colleague);
  });

  it("S10: begins a session of its own with each login, and ends the one before", async () => {
    const person = await desk.openPerson();
    const page = await desk.logIn(person);
    const before = await jarOf(person);
    const status = await page.evaluate(async ({ address: email, password }) => {
      const headers = { "content-type": "application/json", "x-gatewright": "1" };
      const body = JSON.stringify({ email, password });
      return (await fetch("/login", { method: "POST", headers, body })).status;
    }, maria);
    expect(status).toBe(200);
    const after = await jarOf(person);
    expect(after.token?.split(".")[0]).not.toBe(before.token?.split(".")[0]);
    expect(after.device).not.toBe(before.device);
    // Carol's list is asked for with a token of a session that is no more; the cookies are Maria's.
    await press(page, "Refresh");
    await heading(page, maria.address).waitFor();
    expect(await sessionsAt(page).count()).toBe(1);
    const events = eventsOf(await desk.close());
    expect(events.toSorted()).toEqual(["created", "created", "ended replaced", "renewed"]);
  });

  it("leaves neither password nor token in the audit file", async () => {
    const person = await desk.openPerson();
    const page = await desk.logIn(person);
    const { token = "?", device = "?" } = await jarOf(person);
    await refresh(page);
    const { text } = await desk.close();
    expect(text).toContain('"session.created"');
    for (const secret of [token, device, carol.password, carol.address, "eyJ"]) {
      expect(text).not.toContain(secret);
    }
  });
});
