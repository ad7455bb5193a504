import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync } from "node:zlib";
import { connect as openSocket } from "node:net";
import { Readable, pipeline } from "node:stream";
import type { RequestListener, ServerResponse } from "node:http";
import { raw } from "@gatewright/runtime/masks";
import { describe, expect, it } from "vitest";
import { leaksIn, marker, order, SECRET, serveDesk, ways } from "./serve-desk.js";
import type { Handler } from "./serve-desk.js";
import { tokens } from "../../gate/gate-policy.js";

const json = JSON.stringify(order);
const type = "application/json";

function sends(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, { "Content-Type": type, ...headers });
    response.end(body);
  };
}

/** Serves a handler, asks once, and stops. */
async function once(
  handler: Handler,
  {
    target = "/order",
    ask = {},
    serve = {},
  }: {
    target?: string;
    ask?: Parameters<Awaited<ReturnType<typeof serveDesk>>["ask"]>[1];
    serve?: Parameters<typeof serveDesk>[1];
  } = {},
) {
  const desk = await serveDesk(handler, serve);
  const answer = await desk.ask(target, ask);
  const [record] = await desk.stop();
  return { answer, record, errors: desk.errors };
}

const masked = {
  address: { city: "Wien", street: marker },
  customer: "J**",
  id: 7,
  items: [{ sku: "x" }],
  notes: [marker, marker],
  paid: true,
  parent: { name: "J**" },
  phone: marker,
  tags: ["a", "b"],
  token: expect.stringMatching(/^h1:1:[\w-]{22}$/),
  total: 12.5,
};

/** Withheld: a problem of a fixed text, told and recorded without any value. */
function expectWithheld(
  { answer, record, errors }: Awaited<ReturnType<typeof once>>,
  cause: string,
) {
  expect(leaksIn(answer)).toEqual([]);
  expect(answer.status).toBe(500);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(JSON.parse(answer.text)).toMatchObject({ title: "Internal error", status: 500 });
  expect(record).toMatchObject({ status: 500, decision: "allow", cause: `response:${cause}` });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ name: "GateError", code: "internal-error" });
  expect(String(errors[0]?.message)).not.toContain("cret");
}

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

describe("egress forms", () => {
  const bytes = Buffer.from(json);

  it.each<readonly [string, Handler]>([
    ["send(Buffer)", sends(bytes)],
    ["send(Uint8Array)", sends(new Uint8Array(bytes))],
    [
      "write byte by byte, so that chunks split the secret within its characters",
      (_, response) => {
        response.setHeader("Content-Type", type);
        for (const byte of bytes) response.write(Buffer.of(byte));
        response.end();
      },
    ],
    [
      "write in latin1 and base64",
      (_, response) => {
        response.setHeader("Content-Type", type);
        response.write(bytes.subarray(0, 50).toString("base64"), "base64");
        response.end(bytes.subarray(50).toString("latin1"), "latin1");
      },
    ],
    ["gzip", sends(gzipSync(bytes), { "Content-Encoding": "gzip" })],
    ["deflate", sends(deflateSync(bytes), { "Content-Encoding": "deflate" })],
    ["deflate without a header", sends(deflateRawSync(bytes), { "Content-Encoding": "deflate" })],
    [
      "brotli in gzip",
      sends(gzipSync(brotliCompressSync(bytes)), { "Content-Encoding": "br, gzip" }),
    ],
    ["vnd.api+json", sends(bytes, { "Content-Type": "application/vnd.api+json; charset=UTF-8" })],
    [
      "a reused buffer",
      (_, response) => {
        response.setHeader("Content-Type", type);
        const chunk = Buffer.from(bytes);
        response.write(chunk);
        chunk.fill(0);
        response.end();
      },
    ],
    [
      "headers as pairs",
      (_, response) => {
        response.writeHead(200, ["Content-Type", type, "X-A", "1"] as never);
        response.end(json);
      },
    ],
    ["a wrong Content-Length", sends(bytes, { "Content-Length": "5" })],
  ])("%s is masked", async (_, handler) => {
    const { answer } = await once(handler);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual(masked);
    expect(leaksIn(answer)).toEqual([]);
    expect(answer.headers.get("content-encoding")).toBeNull();
    expect(answer.headers.get("content-length")).toBe(String(Buffer.byteLength(answer.text)));
  });

  it.each<readonly [string, string, Handler]>([
    ["HTML", "content-type", sends(`<p>${SECRET}</p>`, { "Content-Type": "text/html" })],
    ["JSONP", "content-type", sends(`cb(${json})`, { "Content-Type": "text/javascript" })],
    ["SSE", "content-type", sends(`data: ${json}\n\n`, { "Content-Type": "text/event-stream" })],
    ["octet-stream", "content-type", sends(bytes, { "Content-Type": "application/octet-stream" })],
    [
      "json-seq",
      "content-type",
      sends(`\u001e${json}\n`, { "Content-Type": "application/json-seq" }),
    ],
    ["no type", "content-type", (_, response) => response.end(json)],
    [
      "two types",
      "content-type",
      (_, response) => {
        response.writeHead(200, [
          ["Content-Type", type],
          ["Content-Type", "text/html"],
        ] as never);
        response.end(json);
      },
    ],
    ["two types in one", "content-type", sends(json, { "Content-Type": `${type}, text/html` })],
    ["another charset", "content-type", sends(json, { "Content-Type": `${type}; charset=utf-7` })],
    [
      "a parameter that holds it",
      "content-type",
      sends(json, { "Content-Type": `${type}; x=Secret` }),
    ],
    ["invalid JSON", "invalid", sends(json.slice(0, -1))],
    ["two documents", "invalid", sends(json + json)],
    ["no UTF-8", "invalid", sends(Buffer.concat([bytes, Buffer.of(0xff)]))],
    ["an unknown encoding", "encoding", sends(bytes, { "Content-Encoding": "aes128gcm" })],
    ["an encoding that it has not", "encoding", sends(bytes, { "Content-Encoding": "gzip" })],
    ["a bomb", "size", sends(gzipSync(Buffer.alloc(1 << 22, 32)), { "Content-Encoding": "gzip" })],
    [
      "too much",
      "size",
      (_, response) => {
        response.setHeader("Content-Type", type);
        for (let count = 0; count < 20; count += 1) response.write(SECRET.repeat(4000));
        response.end();
      },
    ],
    [
      "206",
      "partial",
      (_, response) => {
        response.writeHead(206, { "Content-Type": type, "Content-Range": "bytes 0-9/99" });
        response.end(json);
      },
    ],
  ])("%s is withheld", async (_, cause, handler) => {
    expectWithheld(await once(handler), cause);
  });

  it("a status message, trailers, early hints and validators of the raw body do not leave", async () => {
    const { answer } = await once((_, response) => {
      response.writeEarlyHints({ link: `</${encodeURIComponent(SECRET)}>; rel=preload` });
      response.statusMessage = "Secret";
      response.setHeader("Trailer", "X-T");
      response.setHeader("ETag", '"raw"');
      response.setHeader("Last-Modified", new Date().toUTCString());
      response.setHeader("Content-MD5", "x");
      response.setHeader("Digest", "x");
      response.setHeader("Content-Digest", "x");
      response.writeHead(201, "Secret too", { "Content-Type": type });
      response.flushHeaders();
      response.write(json);
      response.addTrailers({ "X-T": encodeURIComponent(SECRET) });
      response.end();
    });
    expect([answer.status, answer.statusText]).toEqual([201, "Created"]);
    const names = [...answer.headers.keys()];
    for (const name of ["last-modified", "content-md5", "digest", "content-digest", "trailer"]) {
      expect(names).not.toContain(name);
    }
    expect(answer.headers.get("etag")).toMatch(/^W\/"[\w-]{22}"$/);
    expect(leaksIn(answer)).toEqual([]);
  });

  it("a handler sees no condition and no range, and so answers no guess about the raw body", async () => {
    const seen: unknown[] = [];
    const { answer } = await once(
      (request, response) => {
        const raws = request.rawHeaders.filter((_, index) => index % 2 === 0);
        seen.push(
          Object.keys(request.headers),
          raws.map((name) => name.toLowerCase()),
        );
        sends(json, { ETag: '"raw"' })(request, response, () => undefined);
      },
      {
        ask: {
          headers: {
            "If-None-Match": '"raw"',
            "If-Modified-Since": new Date().toUTCString(),
            Range: "bytes=0-5",
            "If-Range": '"raw"',
          },
        },
      },
    );
    expect(answer.status).toBe(200);
    for (const names of seen) {
      expect(names).not.toContain("if-none-match");
      expect(names).not.toContain("range");
      expect(names).not.toContain("if-range");
      expect(names).not.toContain("if-modified-since");
    }
  });

  it("a write keeps a condition that cannot hold, and one of the tag of a read is refused", async () => {
    const seen: unknown[] = [];
    const desk = await serveDesk((request, response) => {
      seen.push(request.headers["if-match"], request.headers["if-unmodified-since"]);
      sends(json, { ETag: '"raw"' })(request, response, () => undefined);
    });
    const date = new Date().toUTCString();
    const headers = { "If-Match": '"raw"', "If-Unmodified-Since": date };
    await desk.ask("/order", { method: "PUT", headers });
    await desk.ask("/order", { method: "PUT", headers: { "If-Match": "*" } });
    const read = await desk.ask("/order", { headers: { "If-Match": '"raw"' } });
    await desk.stop();
    expect(seen.slice(0, 4)).toEqual([
      expect.stringMatching(/^"[0-9a-f-]{36}"$/),
      "Thu, 01 Jan 1970 00:00:00 GMT",
      "*",
      undefined,
    ]);
    expect([read.status, read.text]).toEqual([412, ""]);
  });

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

describe("NDJSON", () => {
  const ndjson = { "Content-Type": "application/x-ndjson" };

  it("is masked line by line while it streams, however lines are cut", async () => {
    const bytes = Buffer.from(`${json}\n\n${json}\r\n${json}`);
    const { answer } = await once(
      (_, response) => {
        response.writeHead(200, ndjson);
        for (let from = 0; from < bytes.length; from += 7) {
          response.write(bytes.subarray(from, from + 7));
        }
        response.end();
      },
      { target: "/orders" },
    );
    expect(answer.headers.get("content-length")).toBeNull();
    const lines = answer.text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([masked, masked, masked]);
    expect(leaksIn(answer)).toEqual([]);
  });

  it("sends a line before the next one is written", async () => {
    let release = () => undefined as void;
    const desk = await serveDesk((_, response) => {
      response.writeHead(200, ndjson);
      response.write(`${json}\n${json.slice(0, 30)}`);
      release = () => response.end(json.slice(30)) as never;
    });
    const headers = await tokens.authorize(["clerk"]);
    const answer = await fetch(`http://127.0.0.1:${desk.port}/order`, { headers });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    expect(JSON.parse(Buffer.from(first?.value ?? []).toString())).toEqual(masked);
    release();
    const second = await reader?.read();
    expect(JSON.parse(Buffer.from(second?.value ?? []).toString())).toEqual(masked);
    await desk.stop();
  });

  it("ends where a line cannot be masked", async () => {
    const desk = await serveDesk((_, response) => {
      response.writeHead(200, ndjson);
      response.write(`${json}\n`);
      setTimeout(() => response.end(`${SECRET}\n`), 20);
    });
    await expect(desk.ask("/order")).rejects.toThrow(TypeError);
    const [record] = await desk.stop();
    expect(record).toMatchObject({ cause: "response:invalid", outcome: "aborted" });
  });

  it("whose first line cannot be masked is withheld", async () => {
    expectWithheld(await once(sends(`${SECRET}\n`, ndjson)), "invalid");
  });
});
