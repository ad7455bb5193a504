import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { openDesk, signForeign } from "./open-desk.js";

const draft = { customer: "J. Doe", lines: [{ item: "Lamp", quantity: 2, unitPrice: 24.9 }] };

describe("the audit file", () => {
  it("holds one record for each request, and nothing that a caller sent", async () => {
    const desk = await openDesk();
    const tokens = {
      good: await desk.sign(["manager"]),
      expired: await desk.sign(["manager"], -1),
      foreign: await signForeign(["manager"]),
    };
    const body = { ...draft, note: "hunter2-note" };
    const headers = { "X-Api-Key": "hunter2-header", Cookie: "session=hunter2-cookie" };
    const lines = [
      "GET /health?access_token=hunter2-query",
      "GET /orders?status=open&card=hunter2-query",
      "GET /orders/hunter2-path?secret=hunter2-query",
      "GET /hunter2-path/unknown",
      "POST /orders?secret=hunter2-query",
      "PUT /orders",
      "DELETE /users/hunter2-path",
      "GET /admin/files/hunter2-path/deep",
    ];
    for (const token of [undefined, ...Object.values(tokens)]) {
      for (const line of lines) {
        const isBodyless = line.startsWith("GET");
        const caller = token === undefined ? {} : { token };
        await desk.send(line, { headers, ...caller, ...(isBodyless ? {} : { body }) });
      }
    }
    const { text, records } = await desk.close();
    expect(records).toHaveLength(lines.length * 4);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
    const statuses = new Set(records.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual([200, 201, 400, 401, 403, 404, 405]);
    for (const token of Object.values(tokens)) {
      for (const part of token.split(".")) expect(text).not.toContain(part);
    }
    for (const secret of ["hunter2", "Bearer", "?", "J. Doe", "email"]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe("a stop of the service", () => {
  it("lets an open request end and records it", async () => {
    const desk = await openDesk();
    const request = httpRequest(`${desk.url}/orders`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${await desk.sign(["clerk"])}`,
        "Content-Type": "application/json",
        // The service answers this when it begins with the request, before there is a body.
        Expect: "100-continue",
      },
    });
    request.flushHeaders();
    await once(request, "continue");
    const closing = desk.close();
    request.end(JSON.stringify(draft));
    const [response] = await once(request, "response");
    const log = await closing;
    expect(response.statusCode).toBe(201);
    expect(log.records.map(({ status, outcome }) => [status, outcome])).toEqual([
      [201, "finished"],
    ]);
    await expect(fetch(desk.url)).rejects.toThrow("fetch failed");
  });
});
