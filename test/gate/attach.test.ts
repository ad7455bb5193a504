import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { serveGate } from "../agreement/serve-gate.js";
import { mounted } from "../agreement/listeners.js";
import { attachLoosely, snapshotWith, tokens } from "./gate-policy.js";

const snapshot = snapshotWith(`
routes:
  /orders: { GET: orders.read, POST: orders.read }
  /health: { GET: public }
`);

interface TalkOptions {
  readonly end?: true;
  readonly maxRequestsPerSocket?: number;
}

/** What comes back for these bytes until the server closes the connection, and the records. */
async function talk(bytes: string | Buffer, more: TalkOptions = {}) {
  const served = await serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot), {
    prepare: (server, gate) => {
      server.headersTimeout = 300;
      server.requestTimeout = 600;
      server.keepAliveTimeout = 300;
      server.maxRequestsPerSocket = more.maxRequestsPerSocket ?? 0;
      Object.assign(server, { connectionsCheckingInterval: 50 });
      attachLoosely(gate, server, {});
    },
  });
  const socket = connect(served.port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  if (more.end) socket.end(bytes);
  else socket.write(bytes);
  await closed;
  const records = [...(await served.stop()).values()];
  const statuses = [...received.matchAll(/^HTTP\/1\.1 ([0-9]{3})/gm)].map(([, code]) =>
    Number(code),
  );
  return { received, statuses, records };
}

const start = "GET /health HTTP/1.1\r\nHost: x\r\n";

describe("bytes that are no request", () => {
  it.each([
    [
      "of another protocol",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
      400,
      "malformed-message",
    ],
    ["without a method", "hello\r\n\r\n", 400, "malformed-message"],
    [
      "with an unknown method",
      "BREW /health HTTP/1.1\r\nHost: x\r\n\r\n",
      400,
      "malformed-message",
    ],
    ["with a space in a header's name", `${start}a b: c\r\n\r\n`, 400, "malformed-message"],
    [
      "with two lengths of the body",
      "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
      400,
      "malformed-message",
    ],
    [
      "with a length and chunks",
      "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
      "malformed-message",
    ],
    [
      "with a control character in the target",
      "GET /he\x01alth HTTP/1.1\r\nHost: x\r\n\r\n",
      400,
      "malformed-message",
    ],
    [
      "with headers that are too large",
      `${start}X: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "headers-too-large",
    ],
  ])("%s are answered and recorded without an identity", async (_, bytes, status, reason) => {
    const { statuses, received, records } = await talk(Buffer.from(bytes, "latin1"));
    expect(statuses).toEqual([status]);
    expect(received).toContain("application/problem+json");
    expect(records).toMatchObject([
      { method: null, path: null, route: null, principal: null, decision: "deny", reason, status },
    ]);
    expect(received).toContain(`urn:uuid:${records[0]?.id}`);
  });

  it("that end in the middle of a request are recorded", async () => {
    const { records } = await talk("GET /health HTTP/1.1\r\nHo", { end: true });
    expect(records).toMatchObject([{ method: null, reason: "malformed-message" }]);
  });

  it("that come too slowly are answered with 408 and recorded", async () => {
    const { statuses, records } = await talk("GET /health HTTP/1.1\r\nHo");
    expect(statuses).toEqual([408]);
    expect(records).toMatchObject([{ method: null, reason: "request-timeout", status: 408 }]);
  });

  it("behind an answered request get an answer of their own", async () => {
    const { statuses, records } = await talk(`${start}\r\nhello\r\n\r\n`);
    // The two come in one packet, so the first may still be in the making: then the connection is cut.
    expect([[200, 400], [200], []]).toContainEqual(statuses);
    expect(records.map(({ reason }) => reason).toSorted()).toEqual(["malformed-message", "public"]);
  });

  it("in a body cut the connection of their request, which has one record", async () => {
    const { records } = await talk(
      "POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    );
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ method: "POST", route: "POST /orders" });
  });

  it("of a connection that says nothing are no message", async () => {
    const { records, statuses } = await talk("", { end: true });
    expect(statuses).toEqual([]);
    expect(records).toEqual([]);
  });
});

describe("CONNECT", () => {
  it.each([
    ["to another host", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n"],
    [
      "with credentials",
      `CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n`,
    ],
  ])("%s is refused and recorded", async (_, bytes) => {
    const { statuses, records } = await talk(bytes);
    expect(statuses).toEqual([400]);
    expect(records).toMatchObject([
      {
        method: "CONNECT",
        reason: "invalid-target",
        decision: "deny",
        status: 400,
        principal: null,
      },
    ]);
  });
});

describe("a request that Node answers before any listener hears of it", () => {
  it.each([
    ["without a Host", "GET /health HTTP/1.1\r\n\r\n", 400, "no-host"],
    [
      "with an expectation that nobody knows",
      `${start}Expect: 200-ok\r\nConnection: close\r\n\r\n`,
      417,
      "expectation",
    ],
  ])("%s is recorded", async (_, bytes, status, cause) => {
    const { statuses, records } = await talk(bytes);
    expect(statuses).toEqual([status]);
    expect(records).toMatchObject([
      { method: "GET", route: null, decision: "deny", reason: "malformed-message", cause, status },
    ]);
  });

  it("as one too many on its connection is recorded", async () => {
    const { statuses, records } = await talk(`${start}\r\n${start}\r\n`, {
      maxRequestsPerSocket: 1,
    });
    expect(statuses).toEqual([200, 503]);
    expect(records).toMatchObject([
      { decision: "allow", status: 200 },
      { decision: "deny", reason: "unavailable", cause: "connection-limit", status: 503 },
    ]);
  });

  it("is not recorded again where the application answers it", async () => {
    const { statuses, records } = await talk(
      `${start}Expect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    expect(statuses).toEqual([100, 200]);
    expect(records).toMatchObject([{ decision: "allow", status: 200 }]);
  });
});
