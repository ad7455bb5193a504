import { connect as openSocket } from "node:net";
import { Readable, pipeline } from "node:stream";
import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { leaksIn, order, SECRET, serveDesk } from "./serve-desk.js";
import { tokens } from "../../gate/gate-policy.js";

import { json, masked, once, sends, type } from "./ask-once.js";
describe("more egress forms", () => {
  it("no cache mixes the forms of two callers", async () => {
    const handler = sends(json, {
      "Cache-Control": "public, s-maxage=600",
      "CDN-Cache-Control": "max-age=600",
      "Surrogate-Control": "max-age=600",
      Expires: "Thu, 01 Jan 2099 00:00:00 GMT",
      Vary: "Accept",
    });
    const desk = await serveDesk(handler);
    const { headers } = await desk.ask("/order");
    const open = await desk.ask("/open", { roles: null });
    await desk.stop();
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toBe("Accept, Authorization, Cookie");
    for (const name of ["cdn-cache-control", "surrogate-control", "expires"]) {
      expect(headers.has(name)).toBe(false);
    }
    // Of a public route that reads no credentials, there is one form.
    expect(open.headers.get("cache-control")).toBe("public, s-maxage=600");
  });

  it("a problem of the application keeps its type and status alone", async () => {
    const body = JSON.stringify({
      type: "https://desk.example/problems/sold-out",
      title: SECRET,
      detail: SECRET,
      instance: SECRET,
      order: SECRET,
    });
    const { answer } = await once((_, response) => {
      response.writeHead(409, { "Content-Type": "application/problem+json" });
      response.end(body);
    });
    expect(JSON.parse(answer.text)).toEqual({
      type: "https://desk.example/problems/sold-out",
      title: "Conflict",
      status: 409,
    });
  });

  it("204, 304 and an empty body are sent as they are", async () => {
    for (const status of [200, 204, 304]) {
      const { answer } = await once((_, response) => {
        response.writeHead(status);
        response.end();
      });
      expect([answer.status, answer.text]).toEqual([status, ""]);
    }
  });

  it("HEAD with a body tells the length of what GET sends", async () => {
    const desk = await serveDesk(sends(json));
    const get = await desk.ask("/order");
    const head = await desk.ask("/order", { method: "HEAD" });
    await desk.stop();
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
  });

  it("what is piped arrives whole, with its callbacks", async () => {
    const orders = Array.from({ length: 500 }, () => order);
    const text = JSON.stringify(orders);
    let isPiped = false;
    const { answer } = await once(
      (_, response) => {
        response.setHeader("Content-Type", type);
        const source = Readable.from(text.match(/[^]{1,997}/g) ?? []);
        pipeline(source, response, (error) => {
          isPiped = error === undefined;
        });
      },
      { target: "/orders" },
    );
    expect(JSON.parse(answer.text)).toHaveLength(500);
    expect(leaksIn(answer)).toEqual([]);
    expect(isPiped).toBe(true);
  });

  it("callbacks of write and end are called, and a write after the end is refused", async () => {
    const told: string[] = [];
    const { answer } = await once((_, response) => {
      response.setHeader("Content-Type", type);
      expect(response.write(json.slice(0, 9), () => told.push("write"))).toBe(true);
      expect(response.headersSent).toBe(true);
      response.end(json.slice(9), "utf8", () => told.push("end"));
      expect(response.writableEnded).toBe(true);
      response.write(SECRET, (error) => told.push(String(Object(error).code)));
      response.end(SECRET);
    });
    expect(JSON.parse(answer.text)).toEqual(masked);
    expect(told.toSorted()).toEqual(["ERR_STREAM_WRITE_AFTER_END", "end", "write"]);
  });

  it("an abort midway sends nothing, and is recorded as one", async () => {
    const desk = await serveDesk((_, response) => {
      response.setHeader("Content-Type", type);
      response.write(json);
    });
    const { Authorization = "" } = await tokens.authorize(["clerk"]);
    const socket = openSocket(desk.port, "127.0.0.1");
    let sent = "";
    socket.on("data", (data) => {
      sent += String(data);
    });
    socket.write(`GET /order HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [record] = await desk.stop();
    expect(sent).toBe("");
    expect(record).toMatchObject({ outcome: "aborted", status: null });
  });

  it("routes without a schema are left alone", async () => {
    const { answer } = await once(sends("<p>x</p>", { "Content-Type": "text/html", ETag: '"x"' }), {
      target: "/plain",
    });
    expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([
      200,
      "<p>x</p>",
      '"x"',
    ]);
  });

  it("what compresses outside of the gate compresses what is masked", async () => {
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it belongs to this case
    const around =
      (listener: RequestListener): RequestListener =>
      (request, response) => {
        const { end } = response;
        response.end = ((chunk: Uint8Array) => {
          // As a wrapper that ends later: by then no handler can add to it.
          setTimeout(() => end.call(response, chunk as never, "utf8"), 20);
          return response;
        }) as never;
        listener(request, response);
      };
    const { answer } = await once(
      (request, response, next) => {
        sends(json)(request, response, next);
        response.write(SECRET);
        response.end(SECRET);
      },
      { serve: { around } },
    );
    expect(JSON.parse(answer.text)).toEqual(masked);
  });
});
