import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { leaksIn, SECRET, serveDesk } from "./serve-desk.js";
import type { Handler } from "./serve-desk.js";

import { expectWithheld, json, masked, once, sends, type } from "./ask-once.js";
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
});
