import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compileSnapshot } from "../../../agreement/compile-policy.js";
import { AUDIENCE, ISSUER } from "../../authenticate/token-forge.js";
import { canonicalize } from "./canonicalize.js";
import { openLogDesk, tokenOf } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

const CARD_HOLDER = "11010519491231002X";

function policyWith(masks: string, orderId = "public") {
  const text = `
gatewright: 1
resources: { orders: { actions: [read, refund] }, people: { actions: [read] } }
roles: { clerk: { grants: [orders.*, people.read] }, guest: {} }
routes:
  /orders/:orderId:
    params: { orderId: { type: int, class: ${orderId} } }
    GET: orders.read
    /refunds/:refund:
      POST: { permissions: orders.refund, audit: auth }
  /people/:resident:
    params: { resident: { class: hmac } }
    GET: people.read
    /orders/:orderId:
      params: { orderId: { type: int, class: hmac } }
      GET: people.read
  /plates/:plate:
    params: { plate: { class: plate } }
    GET: people.read
masks:
  plate: ${masks}
principal: { roles: roles, tenant: org }
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [HS256], keys: { environment: KEYS } }
audit:
  log: {}
  secret: { environment: ROOT }
  categories: { auth: { overflow: fail_closed }, config_change: { overflow: fail_closed } }
`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

const snapshot = policyWith("{ method: name }");
const hidden = policyWith("{ method: name }", "hmac");
const custom = policyWith("{ method: custom, name: plate }");

let desk: LogDesk | undefined;
afterEach(async () => {
  await desk?.close();
  if (desk !== undefined) rmSync(desk.cwd, { recursive: true, force: true });
  desk = undefined;
});

type Line = Readonly<Record<string, unknown>>;

/** The records of what is sent, in the order of the log, once the gate is down. */
async function record(
  send: (opened: LogDesk) => Promise<unknown>,
  of = snapshot,
  options: Parameters<typeof openLogDesk>[1] = {},
): Promise<readonly Line[]> {
  desk = await openLogDesk(of, options);
  await send(desk);
  await desk.close();
  const lines = readFileSync(join(desk.cwd, "audit/events.jsonl"), "utf8").trimEnd().split("\n");
  for (const line of lines) expect(line).toBe(canonicalize(JSON.parse(line)));
  return lines
    .map((line): Line => JSON.parse(line))
    .filter(({ type }) => type === "request" || type === "decision");
}

describe("parameters of a path in its record", () => {
  it("are shown where the policy says so, and nowhere else", async () => {
    const records = await record(async ({ send }) => {
      await send("/orders/7");
      await send("/orders/7/refunds/secret-refund", { method: "POST" });
    });
    expect(records.map(({ type, params }) => [type, params])).toEqual([
      ["request", { orderId: 7 }],
      ["decision", { orderId: 7 }],
      ["request", { orderId: 7 }],
    ]);
    expect(JSON.stringify(records)).not.toContain("secret-refund");
  });

  it("are told of a refusal too, but not of a target that is none or a value that does not fit", async () => {
    const records = await record(async ({ send }) => {
      await send("/orders/7", { token: tokenOf("guest") });
      await send("/orders/7", { token: null });
      await send("/orders/seven");
      await send("/orders/7/nothing");
      await send("/orders//7");
    });
    expect(records.map(({ status, params }) => [status, params])).toEqual([
      [403, { orderId: 7 }],
      [401, { orderId: 7 }],
      [400, undefined],
      [404, undefined],
      [400, undefined],
    ]);
  });

  it("are masked by the class of each, the nearest one, by a key of the tenant", async () => {
    const records = await record(async ({ send }) => {
      await send(`/people/${CARD_HOLDER}`, { token: tokenOf("clerk", { org: "north" }) });
      await send(`/people/${CARD_HOLDER}/orders/7`, { token: tokenOf("clerk", { org: "north" }) });
      await send(`/people/${CARD_HOLDER}`, { token: tokenOf("clerk", { org: "south" }) });
      await send("/plates/%E4%BA%ACA12345");
    });
    const [first, second, other, plate] = records.map(({ params }) => Object(params));
    expect(first.resident).toMatch(/^h1:1:[\w-]{22,}$/);
    expect(second.resident).toBe(first.resident);
    expect(second.orderId).toMatch(/^h1:1:[\w-]{22,}$/);
    expect(other.resident).not.toBe(first.resident);
    expect(plate).toEqual({ plate: "京**" });
    for (const [path, bytes] of filesOf(desk?.cwd ?? "")) {
      expect(bytes.includes(CARD_HOLDER), path).toBe(false);
      expect(bytes.includes("A12345"), path).toBe(false);
    }
  });

  it("are hidden where a mask of the application fails, and told where it works", async () => {
    let isBroken = false;
    const plate = (text: unknown): string => {
      if (isBroken) throw new Error(String(text));
      return String(text).slice(0, 1);
    };
    const records = await record(
      async ({ send }) => {
        await send("/plates/B42");
        isBroken = true;
        await send("/plates/B42");
      },
      custom,
      { custom: { plate } },
    );
    expect(records.map(({ params }) => params)).toEqual([
      { plate: "B" },
      { plate: { $mask: "null" } },
    ]);
    const failed = desk?.alerts.filter(({ code }) => code === "mask-failed");
    expect(failed).toEqual([{ source: "record", code: "mask-failed", detail: "threw" }]);
  });

  it("are masked by the policy that the request began with, where another follows", async () => {
    const records = await record(async ({ gate, send }) => {
      await send("/orders/7");
      gate.swap(hidden);
      await send("/orders/7");
    });
    const [before, after] = records.map(({ params }) => Object(params));
    expect(before).toEqual({ orderId: 7 });
    expect(after.orderId).toMatch(/^h1:1:[\w-]{22,}$/);
  });

  it("keep a log from opening whose mask or key is missing", async () => {
    await expect(openLogDesk(custom)).rejects.toMatchObject({ code: "configuration-invalid" });
    const without = openLogDesk(snapshot, { environment: { ROOT: "" } });
    await expect(without).rejects.toMatchObject({ code: "configuration-invalid" });
  });
});

function filesOf(folder: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)] as const);
}
