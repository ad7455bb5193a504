import type { SessionEvent } from "@gatewright/runtime/abi/sessions";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { createCertificate } from "../../examples/order-desk/create-certificate.js";
import { demoAccounts } from "../../examples/order-desk/demo-accounts.js";
import { openDesk } from "./open-desk.js";
import type { Log } from "./open-desk.js";

export const certificate = await createCertificate();

export const carol = { address: "carol@order-desk.example", password: "carol-takes-orders" };
export const maria = { address: "maria@order-desk.example", password: "maria-runs-the-desk" };

/** The sample service with its login page, and people with browsers. */
export interface PageDesk {
  readonly url: string;
  /** A person at a browser with a jar of its own. */
  openPerson(): Promise<BrowserContext>;
  openPage(person: BrowserContext): Promise<Page>;
  /** A page that shows the session of who has just logged in. */
  logIn(person: BrowserContext, who?: typeof carol): Promise<Page>;
  /** Closes all of it; what the audit file then holds. Once is enough. */
  close(): Promise<Log>;
}

export async function openPageDesk(browser: Browser | undefined): Promise<PageDesk> {
  if (browser === undefined) throw new Error("there is no browser");
  const desk = await openDesk({}, { accounts: demoAccounts, certificate });
  const people: BrowserContext[] = [];
  let closed: Promise<Log> | undefined;
  const close = async () => {
    for (const person of people) await person.close();
    return desk.close();
  };
  const openPage = async (person: BrowserContext) => {
    const page = await person.newPage();
    await page.goto(`${desk.url}/login`);
    return page;
  };
  return {
    url: desk.url,
    async openPerson() {
      const person = await browser.newContext({ ignoreHTTPSErrors: true });
      people.push(person);
      return person;
    },
    openPage,
    async logIn(person, who = carol) {
      const page = await openPage(person);
      await submit(page, who);
      await heading(page, who.address).waitFor();
      return page;
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

export async function submit(page: Page, { address, password }: typeof carol): Promise<void> {
  await page.getByLabel("Address").fill(address);
  await page.getByLabel("Password").fill(password);
  await press(page, "Log in");
}

export function press(page: Page, name: string): Promise<void> {
  return page.getByRole("button", { name, exact: true }).click();
}

/** Refreshes, and waits for the answer. */
export async function refresh(page: Page): Promise<void> {
  await press(page, "Refresh");
  await message(page, "Refreshed.").waitFor();
}

export function heading(page: Page, name: string) {
  return page.getByRole("heading", { name, exact: true });
}

export function message(page: Page, text: string) {
  return page.locator("#message").getByText(text, { exact: true });
}

/** Those of the caller, as the page lists them. */
export function sessionsAt(page: Page) {
  return page.getByRole("listitem");
}

/** The values of the two cookies. */
export async function jarOf(person: BrowserContext) {
  const cookies = new Map((await person.cookies()).map(({ name, value }) => [name, value]));
  return {
    token: cookies.get("__Host-Http-gw-rt"),
    device: cookies.get("__Host-Http-gw-dev"),
  };
}

/** What happened to sessions, as `ended logout`; without the visits of who has none. */
export function eventsOf({ text }: Log): readonly string[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const events = lines
    .map((line): SessionEvent => JSON.parse(line))
    .filter(({ type, reason }) => type === "session" && reason !== "missing");
  return events.map(({ event, reason }) =>
    [event.replace("session.", ""), reason ?? ""].join(" ").trim(),
  );
}
