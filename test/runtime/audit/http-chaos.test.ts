import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveryDesk } from "./delivery-desk.js";
import type { DeliveryDesk } from "./delivery-desk.js";
import { httpProtocols } from "./http-protocols.js";
import { startReceiver } from "./http-receiver.js";
import type { Fault, HttpReceiver } from "./http-receiver.js";
import { createRecord, createRecords } from "./memory-log.js";

let desk: DeliveryDesk;
let receivers: HttpReceiver[] = [];
beforeEach(async () => {
  desk = await createDeliveryDesk();
  receivers = [];
});
afterEach(async () => {
  await desk.close();
  for (const receiver of receivers) await receiver.close();
});

/** The first `times` posts meet the fault. */
const first = (times: number, fault: Fault): Fault => {
  let met = 0;
  return (...all) => {
    met += 1;
    return met <= times && fault(...all);
  };
};
const status =
  (code: number, headers = {}): Fault =>
  (_, response) => {
    response.writeHead(code, headers).end("secret of the receiver");
    return true;
  };
const reset: Fault = (request) => {
  request.socket.resetAndDestroy();
  return true;
};
const silent: Fault = () => true;
/** The status comes, and a long body at one byte a second. */
const slowBody: Fault = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.flushHeaders();
  const timer = setInterval(() => response.write(" "), 1000);
  response.on("close", () => clearInterval(timer));
  return true;
};
/** Not even the status comes whole. */
const slowHead: Fault = (request) => {
  const { socket } = request;
  const bytes = "HTTP/1.1 200 OK\r\n\r\n".split("");
  const timer = setInterval(() => socket.write(bytes.shift() ?? ""), 1000);
  socket.on("close", () => clearInterval(timer));
  return true;
};

const tooLarge: Fault = (request, response, posted) =>
  posted.body.length > 4000 && status(413)(request, response, posted);

interface Chaos {
  readonly name: string;
  /** Nothing is kept of a post that meets it. */
  readonly before?: Fault | undefined;
  /** The post is kept, and then meets it. */
  readonly after?: Fault | undefined;
  /** Detail of the first alert. */
  readonly reason: string | undefined;
}

const chaos: readonly Chaos[] = [
  {
    name: "429 with Retry-After in the past",
    reason: "status-429",
    before: status(429, { "retry-after": "0" }),
  },
  { name: "500", reason: "status-500", before: status(500) },
  { name: "503", reason: "status-503", before: status(503) },
  { name: "a wrong credential", reason: "status-401", before: status(401) },
  { name: "a wrong path", reason: "status-404", before: status(404) },
  { name: "a reset before it is kept", reason: "ECONNRESET", before: reset },
  { name: "a reset after it is kept", reason: "ECONNRESET", after: reset },
  { name: "no answer", reason: "time-limit", before: silent },
  { name: "an answer that is too late, after it is kept", reason: "time-limit", after: silent },
  { name: "a head at one byte a second", reason: "time-limit", after: slowHead },
];

describe.each(httpProtocols)("the sink $name", ({ name, createSink, createReceiver }) => {
  const start = async (faults: Pick<Chaos, "before" | "after">) => {
    const { lines, read, ...receiver } = createReceiver();
    const server = await startReceiver({ ...receiver, ...faults });
    receivers.push(server);
    const kept = () => new Set(lines);
    return { server, lines, read, kept, sink: createSink(server.url) };
  };
  const records = createRecords(40);
  const wanted = new Set(records.map(({ line }) => line));
  const options = { batch: { count: 10, milliseconds: 1 }, timeLimit: 10_000 };
  const hasty = { ...options, timeLimit: 250 };
  const counts = {
    durable: 40,
    delivered: 40,
    pending: 0,
    deadLettered: 0,
    missed: 0,
    fellBack: 0,
  };

  it.each(chaos)("P3, P4: delivers each event through $name", async ({ before, after, reason }) => {
    desk.log.append(...records);
    const { sink, kept, lines } = await start({
      before: before && first(3, before),
      after: after && first(3, after),
    });
    const delivery = await desk.open(sink, reason === "time-limit" ? hasty : options);
    await delivery.idle();
    expect(kept()).toEqual(wanted);
    // In order, apart from what came again.
    expect([...new Set(lines)]).toEqual([...wanted]);
    expect(delivery.counts()).toEqual(counts);
    expect(desk.alerts[0]).toEqual({ sink: "desk", code: "failing", detail: reason });
    expect(desk.codes().at(-1)).toBe("recovered");
    expect(JSON.stringify(desk.alerts)).not.toContain("secret");
  });

  it("does not wait for the body of an answer, unless that may name refusals", async () => {
    desk.log.append(...records);
    const { sink, kept } = await start({ after: first(1, slowBody) });
    const delivery = await desk.open(sink, { ...options, timeLimit: 1000 });
    await delivery.idle();
    expect(kept()).toEqual(wanted);
    expect(delivery.counts()).toEqual(counts);
    expect(desk.codes()).toEqual(name === "otlp" ? ["failing", "recovered"] : []);
  });

  it("halves a batch that is too large, down to the record that is", async () => {
    const [large] = [createRecord(21, { text: "x".repeat(5000) })];
    const some = [...records.slice(0, 20), large, ...records.slice(21)];
    desk.log.append(...some);
    const { sink, kept } = await start({ before: tooLarge });
    const delivery = await desk.open(sink, { batch: { count: 40, milliseconds: 1 } });
    await delivery.idle();
    const fitting = some.filter((record) => record !== large);
    expect(kept()).toEqual(new Set(fitting.map(({ line }) => line)));
    expect(delivery.counts()).toEqual({ ...counts, delivered: 39, deadLettered: 1 });
  });

  it("finds the one event that the receiver refuses", async () => {
    desk.log.append(...records);
    const refused = records[17]?.id ?? "";
    const invalid: Fault = (request, response, posted) =>
      posted.body.includes(refused) && status(400)(request, response, posted);
    const { sink, kept } = await start({ before: invalid });
    const delivery = await desk.open(sink, options);
    await delivery.idle();
    expect(kept().size).toBe(39);
    expect(delivery.counts()).toEqual({ ...counts, delivered: 39, deadLettered: 1 });
  });

  it("follows no redirect", async () => {
    desk.log.append(...records);
    const other = await start({});
    for (const code of [301, 302, 303, 307, 308]) {
      const location = `${other.server.url}/elsewhere`;
      const { sink, kept } = await start({ before: first(2, status(code, { location })) });
      const delivery = await desk.open(sink, { ...options, name: `to-${code}` });
      await delivery.idle();
      expect(kept()).toEqual(wanted);
      const alert = { sink: `to-${code}`, code: "failing", detail: "redirect" };
      expect(desk.alerts).toContainEqual(alert);
    }
    expect(other.server.posted).toEqual([]);
  });

  it("hears how long it is to stay away", async () => {
    const soon = new Date(Date.now() + 3_600_000).toUTCString();
    for (const [header, most] of [
      ["120", 120_000],
      [soon, 3_600_000],
    ] as const) {
      const { sink } = await start({ before: status(429, { "retry-after": header }) });
      const batch = { key: "a:1", records: createRecords(1) };
      const error = await sink
        .deliver(batch, new AbortController().signal)
        .catch((e: unknown) => e);
      const { refusal } = Object(error);
      expect(refusal.kind).toBe("retry");
      expect(refusal.retryAfter).toBeGreaterThan(most - 60_000);
      expect(refusal.retryAfter).toBeLessThanOrEqual(most);
    }
  });

  it("says what it cannot reach", async () => {
    const { server, sink } = await start({});
    await server.close();
    const batch = { key: "a:1", records: createRecords(1) };
    const delivered = sink.deliver(batch, new AbortController().signal);
    await expect(delivered).rejects.toMatchObject({ reason: "ECONNREFUSED" });
  });

  it("gives up a receiver that reads one byte a second", async () => {
    desk.log.append(createRecord(1, { text: "x".repeat(8 * 1024 * 1024) }));
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.pause());
      socket.on("error", () => undefined);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const delivery = await desk.open(createSink(`http://127.0.0.1:${port}`), hasty);
    await expect.poll(() => sockets.length).toBeGreaterThan(2);
    expect(desk.alerts).toEqual([{ sink: "desk", code: "failing", detail: "time-limit" }]);
    expect(delivery.counts().pending).toBe(1);
    await delivery.close({ drain: 0 });
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("sends events unencrypted to this machine alone, and takes no password in an address", () => {
    for (const url of [
      "http://example.org",
      "ftp://localhost",
      "nothing",
      "https://u:p@localhost",
    ]) {
      expect(() => createSink(url)).toThrow(/^the address of the audit sink/);
    }
    for (const url of ["https://example.org", "http://localhost:1", "http://[::1]:1"]) {
      expect(createSink(url).kind).toBe(name);
    }
  });
});
