import type { ServerResponse } from "node:http";
import { raw } from "@gatewright/runtime/masks";
import { describe, expect, it } from "vitest";
import { leaksIn, marker, order, SECRET, serveDesk, ways } from "./serve-desk.js";
import type { Handler } from "./serve-desk.js";

import { json, masked, once, sends, type } from "./ask-once.js";
describe.each(Object.keys(ways))("%s", (way) => {
  it("sends each caller its own form, and nothing that is not declared", async () => {
    const desk = await serveDesk(sends(json), { way });
    const clerk = await desk.ask("/order");
    const chief = await desk.ask("/order", { roles: ["chief"] });
    const both = await desk.ask("/order", { roles: ["clerk", "chief"] });
    const guest = await desk.ask("/order", { roles: ["guest"] });
    const anyone = await desk.ask("/open", { roles: null });
    await desk.stop();
    expect(JSON.parse(clerk.text)).toEqual(masked);
    expect(JSON.parse(anyone.text)).toEqual({ ...masked, token: expect.stringMatching(/^h1:/) });
    const { secret: _, ...rest } = order;
    const { [SECRET]: __, ...plain } = rest;
    const whole = {
      ...plain,
      address: { city: "Wien", street: SECRET },
      items: [{ sku: "x" }],
      token: expect.stringMatching(/^h1:/),
    };
    expect(JSON.parse(chief.text)).toEqual(whole);
    expect(JSON.parse(both.text)).toEqual(whole);
    expect(guest.status).toBe(403);
    expect(JSON.parse(guest.text)).toMatchObject({ detail: expect.any(String) });
    for (const answer of [clerk, anyone, guest]) expect(leaksIn(answer)).toEqual([]);
    expect(clerk.headers.get("content-length")).toBe(String(Buffer.byteLength(clerk.text)));
    expect(clerk.headers.get("content-type")).toBe("application/json");
  });
});

const jsonOf: Handler = (_, response) => {
  (response as ServerResponse & { json(value: unknown): void }).json(order);
};

describe.each(["gate on Express 5", "gate on Express 4"])("res.json of %s", (way) => {
  it("is masked, with the length and the tag of what is sent", async () => {
    const desk = await serveDesk(jsonOf, { way });
    const clerk = await desk.ask("/order");
    const chief = await desk.ask("/order", { roles: ["chief"] });
    const tag = clerk.headers.get("etag") ?? "";
    expect(JSON.parse(clerk.text)).toEqual(masked);
    expect(leaksIn(clerk)).toEqual([]);
    expect(tag).not.toBe(chief.headers.get("etag"));
    const again = await desk.ask("/order", { headers: { "If-None-Match": tag } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const other = await desk.ask("/order", {
      roles: ["chief"],
      headers: { "If-None-Match": tag },
    });
    expect(other.status).toBe(200);
    await desk.stop();
  });

  it("of a raw value is masked, and the chief sees it", async () => {
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it belongs to this case
    const handler: Handler = (_, response) => {
      (response as ServerResponse & { json(value: unknown): void }).json({
        id: 7,
        customer: raw(SECRET),
        tags: [raw(SECRET)],
        notes: raw([SECRET]),
        parent: { name: raw(7) },
      });
    };
    const desk = await serveDesk(handler, { way });
    const clerk = await desk.ask("/order");
    const chief = await desk.ask("/order", { roles: ["chief"] });
    await desk.stop();
    expect(JSON.parse(clerk.text)).toEqual({
      customer: "J**",
      id: 7,
      notes: [marker],
      parent: { name: marker },
      tags: [marker],
    });
    expect(JSON.parse(chief.text)).toMatchObject({
      customer: SECRET,
      notes: [SECRET],
      tags: [marker],
    });
  });

  it("HEAD says neither the length nor the tag of the raw body", async () => {
    const { answer } = await once(jsonOf, { serve: { way }, ask: { method: "HEAD" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).toBeNull();
    expect(answer.headers.get("content-length")).not.toBe(String(Buffer.byteLength(json)));
  });

  it("an error handler after a partial write sends nothing of it", async () => {
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it belongs to this case
    const handler: Handler = (_, response, next) => {
      response.setHeader("Content-Type", type);
      response.write(json.slice(0, 40));
      next(new Error(SECRET));
    };
    const desk = await serveDesk(handler, { way });
    const answer = await desk.ask("/order").catch((error: unknown) => error);
    await desk.stop();
    expect(answer).toBeInstanceOf(TypeError);
  });

  it("an error before any write does not tell what it says", async () => {
    const { answer } = await once((_, __, next) => next(new Error(SECRET)), { serve: { way } });
    expect(answer.status).toBe(500);
    expect(leaksIn(answer)).toEqual([]);
  });
});
