import { createPolicyResponses } from "@gatewright/runtime/abi/responses";
import type { ResponseViewer } from "@gatewright/runtime/abi/responses";
import { raw } from "@gatewright/runtime/masks";
import { expect, it } from "vitest";
import { serveGate } from "../../agreement/serve-gate.js";
import type { LooseGate } from "../../agreement/serve-gate.js";
import { snapshotWith, tokens } from "../../gate/gate-policy.js";
import { auditRoot, orderPolicy } from "./order-policy.js";
import { leaksIn, marker, order, SECRET } from "./serve-desk.js";

type Masks = Readonly<
  Record<string, (document: unknown, viewer: ResponseViewer<string> | null) => Shown>
>;
type Shown = Readonly<Record<string, unknown>> | null;

async function withGate(work: (gate: LooseGate, masks: Masks, port: number) => unknown) {
  const environment = { ...tokens.environment, ...auditRoot };
  const { gate, port, stop } = await serveGate(
    orderPolicy,
    environment,
    (gate) => (request, response) => {
      gate(request, response, () => {
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify(order));
      });
    },
  );
  try {
    await work(gate, createPolicyResponses(orderPolicy, gate), port);
  } finally {
    await stop();
  }
}

const leaksOf = (shown: unknown) =>
  leaksIn({ status: 200, statusText: "", headers: new Headers(), text: JSON.stringify(shown) });

it("masks a document for whom it is for, outside of HTTP", async () => {
  await withGate((_, masks) => {
    const seen = masks["order"]?.(order, { roles: ["clerk"] });
    expect(seen).toMatchObject({ id: 7, customer: "J**", phone: marker, notes: [marker, marker] });
    expect(leaksOf(seen)).toEqual([]);
    expect(masks["order"]?.(order, { roles: ["chief"] })).toMatchObject({ customer: SECRET });
    // Undeclared, for everybody.
    expect(JSON.stringify(masks["order"]?.(order, { roles: ["chief"] }))).not.toContain("door");
    expect(masks["order"]?.(order, null)).toMatchObject({ customer: "J**" });
  });
});

it("shows a chief no more than the one who acts for it may see", async () => {
  await withGate((_, masks) => {
    const acting = { roles: ["chief"], actor: { roles: ["clerk"] } };
    expect(masks["order"]?.(order, acting)).toMatchObject({ customer: "J**", phone: marker });
    const both = { roles: ["chief"], actor: { roles: ["chief"] } };
    expect(masks["order"]?.(order, both)).toMatchObject({ customer: SECRET });
  });
});

it("gives a tenant tokens of its own", async () => {
  await withGate((_, masks) => {
    const tokenOf = (tenant: string) =>
      masks["order"]?.(order, { roles: ["clerk"], tenant })?.["token"];
    expect(tokenOf("north")).toMatch(/^h1:1:[\w-]{22}$/);
    expect(tokenOf("north")).toBe(tokenOf("north"));
    expect(tokenOf("north")).not.toBe(tokenOf("south"));
  });
});

it("opens raw values for those who see them, and hides a document that cannot be read", async () => {
  await withGate((_, masks) => {
    const wrapped = { ...order, customer: raw(SECRET) };
    expect(masks["order"]?.(wrapped, { roles: ["chief"] })).toMatchObject({ customer: SECRET });
    expect(masks["order"]?.(wrapped, { roles: ["clerk"] })).toMatchObject({ customer: "J**" });
    const throwing = {
      get id(): number {
        throw new Error(SECRET);
      },
    };
    expect(leaksOf(masks["order"]?.(throwing, { roles: ["chief"] }))).toEqual([]);
  });
});

it("follows the policy in force, by hand and over HTTP", async () => {
  const stricter = snapshotWith(`
masks: { token: { method: hmac } }
responses:
  order: { fields: { id: { type: int, class: public }, customer: { type: string, class: null-out } } }
routes:
  /order: { GET: { permissions: orders.read, response: order } }
`);
  await withGate(async (gate, masks, port) => {
    const headers = await tokens.authorize(["chief"]);
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/order`, { headers })).json();
    expect(await ask()).toMatchObject({ customer: SECRET });
    gate.swap(stricter);
    expect(await ask()).toEqual({ customer: marker, id: 7 });
    expect(masks["order"]?.(order, { roles: ["chief"] })).toEqual({ customer: marker, id: 7 });
    // What the policy no longer declares is hidden whole.
    expect(masks["person"]?.({ name: SECRET }, { roles: ["chief"] })).toEqual(marker);
  });
});

it("needs the gate of its policy", () => {
  expect(() => createPolicyResponses(orderPolicy, {} as LooseGate)).toThrow("pass the gate");
});
