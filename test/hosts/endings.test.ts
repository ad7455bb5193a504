import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { chief, clerk, places, routeIds, serveHost } from "./serve-host.js";
import type { HostHandler } from "./serve-host.js";
import { requestBytes, statusesIn, talkTo } from "./talk.js";

const ignore = (): void => undefined;

const streamOn: HostHandler = (_, response) => {
  response.write("first");
};

const breakOff: HostHandler = (_, response) => {
  response.write("first", () => response.destroy());
};

const throwAtOnce: HostHandler = () => {
  throw new Error("on purpose");
};

const throwAfterHeaders: HostHandler = (_, response) => {
  response.write("first");
  throw new Error("on purpose");
};

const throwAfterAnswer: HostHandler = (_, response) => {
  response.end("whole");
  throw new Error("on purpose");
};

const rejectAtOnce: HostHandler = async () => {
  await wait(1);
  throw new Error("on purpose");
};

const rejectAfterHeaders: HostHandler = async (_, response) => {
  response.write("first");
  await wait(1);
  throw new Error("on purpose");
};

function gateOf() {
  let open = ignore;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe.each(places)("on %s by %s", (host, site) => {
  it("a client that leaves while the handler runs is recorded as gone, with the decision", async () => {
    const started = gateOf();
    const handler: HostHandler = () => started.open();
    const served = await serveHost({ host, site, handlers: { "GET /orders": handler } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    await started.opened;
    talk.socket.destroy();
    const records = await served.records(1);
    expect(records).toMatchObject([
      { route: "GET /orders", decision: "allow", outcome: "aborted", status: null },
    ]);
    expect(await served.stop()).toHaveLength(1);
  });

  it("a client that leaves in the middle of a stream is recorded as gone, with the status", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": streamOn } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    await talk.until("first");
    talk.socket.destroy();
    expect(await served.records(1)).toMatchObject([
      { decision: "allow", outcome: "aborted", status: 200 },
    ]);
    expect(await served.stop()).toHaveLength(1);
  });

  it("a stream that its handler breaks off is recorded as broken", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": breakOff } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    await talk.ended();
    expect(await served.stop()).toMatchObject([{ outcome: "aborted", status: 200 }]);
  });

  it("a client that leaves before it sent its body leaves a record", async () => {
    const started = gateOf();
    const handler: HostHandler = (request) => {
      request.resume();
      started.open();
    };
    const served = await serveHost({ host, site, handlers: { "POST /open": handler } });
    const talk = talkTo(served.port);
    talk.send(`${requestBytes("POST /open", { "Content-Length": "100" })}part`);
    await started.opened;
    talk.socket.destroy();
    expect(await served.records(1)).toMatchObject([
      { route: "POST /open", decision: "allow", outcome: "aborted" },
    ]);
    expect(await served.stop()).toHaveLength(1);
  });

  it("an error thrown before the headers is a 500 and one record", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": throwAtOnce } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    const received = await talk.until("\r\n\r\n");
    expect(statusesIn(received)).toEqual([500]);
    expect(await served.stop()).toMatchObject([
      { route: "GET /orders", decision: "allow", status: 500, outcome: "finished" },
    ]);
  });

  it("an error thrown after the headers ends the connection, and is one record", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": throwAfterHeaders } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    const received = await talk.ended();
    // Whether the first bytes still leave is the system's affair; the end of the message does not.
    expect(received).not.toContain("\r\n0\r\n\r\n");
    expect(await served.stop()).toMatchObject([
      { route: "GET /orders", decision: "allow", status: 200, outcome: "aborted" },
    ]);
  });

  it("an error thrown after the answer changes nothing about it", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": throwAfterAnswer } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", { ...clerk, Connection: "close" }));
    const received = await talk.ended();
    expect(statusesIn(received).slice(0, 1)).toEqual([200]);
    expect(await served.stop()).toMatchObject([{ decision: "allow", status: 200 }]);
  });
});

// Routes that were registered by hand are called by the host, and only Express 5 awaits them.
const awaited = places.filter(([host, site]) => site !== "gate" || host === "express5");

describe.each(awaited)("on %s by %s", (host, site) => {
  it("a rejection before the headers is a 500 and one record", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": rejectAtOnce } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    expect(statusesIn(await talk.until("\r\n\r\n"))).toEqual([500]);
    expect(await served.stop()).toMatchObject([{ decision: "allow", status: 500 }]);
  });

  it("a rejection after the headers ends the connection, and is one record", async () => {
    const served = await serveHost({ host, site, handlers: { "GET /orders": rejectAfterHeaders } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    const received = await talk.ended();
    expect(received).not.toContain("\r\n0\r\n\r\n");
    expect(await served.stop()).toMatchObject([{ status: 200, outcome: "aborted" }]);
  });
});

describe.each(places.filter(([, site]) => site === "gate"))("on %s by %s", (host, site) => {
  it("next(error) is a 500 and one record", async () => {
    const handler = ((...[, , next]: readonly unknown[]) => {
      (next as (error: unknown) => void)(new Error("on purpose"));
    }) as HostHandler;
    // Express takes a function of one rest parameter for a handler of three.
    const served = await serveHost({ host, site, handlers: { "GET /orders": handler } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    expect(statusesIn(await talk.until("\r\n\r\n"))).toEqual([500]);
    expect(await served.stop()).toMatchObject([{ decision: "allow", status: 500 }]);
  });
});

describe.each(places)("on one connection to %s by %s", (host, site) => {
  it("pipelined requests get their own answers, principals and records, in order", async () => {
    const served = await serveHost({ host, site });
    const talk = talkTo(served.port);
    talk.send(
      requestBytes("GET /orders", clerk) +
        requestBytes("GET /orders") +
        requestBytes("HEAD /both", chief) +
        requestBytes("GET /open") +
        requestBytes("POST /orders", { ...clerk, "Content-Length": "2" }) +
        "ok" +
        requestBytes("GET /asked", { ...chief, Connection: "close" }),
    );
    const received = await talk.ended();
    expect(statusesIn(received)).toEqual([200, 401, 200, 200, 403, 200]);
    const records = await served.stop();
    const summary = records.map(({ method, route, status, principal }) =>
      [method, route, status, principal?.roles.join()].join(" "),
    );
    expect(summary.toSorted()).toEqual(
      [
        "GET GET /orders 200 clerk",
        "GET GET /orders 401 ",
        "HEAD HEAD /both 200 chief",
        "GET GET /open 200 ",
        "POST POST /orders 403 clerk",
        "GET GET /asked 200 chief",
      ].toSorted(),
    );
  });

  it("requests that follow each other keep nothing of each other", async () => {
    const served = await serveHost({ host, site });
    const talk = talkTo(served.port);
    const statuses: number[] = [];
    for (const headers of [chief, clerk, {}, chief, { Authorization: "Bearer x" }]) {
      const before = talk.received().length;
      talk.send(requestBytes("POST /orders", { ...headers, "Content-Length": "0" }));
      while (!talk.received().slice(before).includes("\r\n\r\n")) await once(talk.socket, "data");
      statuses.push(...statusesIn(talk.received().slice(before)));
    }
    expect(statuses).toEqual([200, 403, 401, 200, 401]);
    const records = await served.stop();
    expect(records.map(({ principal }) => principal?.roles ?? null)).toEqual([
      ["chief"],
      ["clerk"],
      null,
      ["chief"],
      null,
    ]);
  });

  it("requests that wait behind another are recorded when the client leaves", async () => {
    const started = gateOf();
    const handler: HostHandler = () => started.open();
    const served = await serveHost({ host, site, handlers: { "GET /orders": handler } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk) + requestBytes("GET /open").repeat(3));
    await started.opened;
    talk.socket.destroy();
    const records = await served.records(4);
    expect(records.map(({ outcome }) => outcome)).toEqual(Array(4).fill("aborted"));
    expect(await served.stop()).toHaveLength(4);
  });

  it("requests that wait behind another are recorded when bytes behind them are no request", async () => {
    const started = gateOf();
    const handler: HostHandler = () => started.open();
    const served = await serveHost({ host, site, handlers: { "GET /orders": handler } });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk) + requestBytes("GET /open").repeat(3));
    await started.opened;
    talk.send("no request\r\n\r\n");
    await talk.ended();
    const records = await served.records(4);
    expect(records.map(({ outcome }) => outcome)).toEqual(Array(4).fill("aborted"));
    expect(await served.stop()).toHaveLength(4);
  });
});

describe("without any host", () => {
  it.each<readonly [string, HostHandler]>([
    ["before the headers", () => Promise.reject(new Error("on purpose"))],
    [
      "after the answer",
      (_, response) => {
        response.end();
        throw new Error("on purpose");
      },
    ],
  ])("an error %s reaches onError", async (_, handler) => {
    const served = await serveHost({ host: "node", site: "chain" });
    const server = createServer(
      served.gate.mount(Object.fromEntries(routeIds.map((id) => [id, handler]))),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const talk = talkTo((server.address() as AddressInfo).port);
    talk.send(requestBytes("GET /orders", clerk));
    await talk.until("\r\n\r\n");
    server.closeAllConnections();
    server.close();
    await served.stop();
    expect(served.errors.map(String)).toEqual(["Error: on purpose"]);
  });
});

describe("a handler whose client left before it began", () => {
  it("does not run, and the record says that nothing was decided", async () => {
    const waiting = gateOf();
    const going = gateOf();
    const ran: string[] = [];
    const served = await serveHost({
      host: "express5",
      site: "chain",
      handlers: { "GET /orders": () => ran.push("GET /orders") },
      before: (request, response, next) => {
        // A slow handler between the opening of the record and the guard.
        served.gate.open(request, response, async () => {
          waiting.open();
          await going.opened;
          next();
        });
      },
    });
    const talk = talkTo(served.port);
    talk.send(requestBytes("GET /orders", clerk));
    await waiting.opened;
    talk.socket.destroy();
    expect(await served.records(1)).toMatchObject([{ decision: "none", outcome: "aborted" }]);
    going.open();
    await wait(50);
    expect(ran).toEqual([]);
    expect(await served.stop()).toHaveLength(1);
  });
});
