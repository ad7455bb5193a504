import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { ClientOptions } from "ws";
import type { UpgradeHandler } from "@gatewright/runtime/abi";
import { mounted } from "../agreement/listeners.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { sendAll } from "../agreement/raw-client.js";
import { serveGate } from "../agreement/serve-gate.js";
import type { ServeOptions } from "../agreement/serve-gate.js";
import { attachLoosely, snapshotWith, tokens } from "./gate-policy.js";

const desk = "https://desk.example";
const routes = (rule: string) => `
routes:
  /feed/:topic:
    params: { topic: { type: int } }
    GET: { permissions: ${rule}, upgrade: websocket, origins: [${desk}] }
  /open: { GET: { access: public, upgrade: websocket, origins: [] } }
  /orders: { GET: orders.read }
`;
const snapshot = snapshotWith(routes("orders.read"));

/** The same, with a strategy for the feed. */
function snapshotFor(strategy: string) {
  return snapshotWith(`
authentication:
  default: users
  strategies: { users: { tokens: test }, staff: { tokens: test } }
${routes("orders.read").replace("GET: {", `authentication: ${strategy}\n    GET: {`)}`);
}

/** The gate before a real WebSocket server that greets each client with what it was called with. */
async function serveSockets(options: ServeOptions = {}) {
  const sockets = new WebSocketServer({ noServer: true });
  const reasons: unknown[] = [];
  let opened = 0;
  const greet: UpgradeHandler<LoosePolicy, string> = (
    request,
    socket,
    head,
    { params, principal, route, signal },
  ) => {
    opened += 1;
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(JSON.stringify({ params, roles: principal?.roles ?? null, route }));
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        client.close(4401, String(signal.reason));
      });
    });
  };
  const served = await serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot), {
    ...options,
    prepare: (server, gate) => {
      attachLoosely(gate, server, { "GET /feed/:topic": greet, "GET /open": greet });
    },
  });
  return { ...served, reasons, opened: () => opened };
}

const ignore = () => undefined;

const onlyAnswer: UpgradeHandler<LoosePolicy, string> = (_, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
};

type Served = Awaited<ReturnType<typeof serveSockets>>;

interface Opened {
  readonly greeting: unknown;
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

async function open(port: number, path: string, options: ClientOptions): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const greeting = await new Promise((resolve, reject) => {
    socket.on("message", (data) => resolve(JSON.parse(String(data))));
    socket.on("error", reject);
  });
  return { greeting, socket, closed };
}

/** The status and the problem that an upgrade is refused with. */
async function refusal(port: number, path: string, options: ClientOptions) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  return await new Promise<{ status: number | undefined; type: string }>((resolve, reject) => {
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, type: JSON.parse(body).type });
      });
    });
    socket.on("open", () => reject(new Error("the upgrade was not refused")));
    socket.on("error", () => undefined);
  });
}

async function recordsOf(served: Served) {
  return [...(await served.stop()).values()];
}

const clerk = { headers: await tokens.authorize(["clerk"]) };
const guest = { headers: await tokens.authorize(["guest"]) };

describe("an upgrade", () => {
  it("passes the chain of its route and gets the typed call", async () => {
    const served = await serveSockets();
    const { greeting, socket, closed } = await open(served.port, "/feed/7?x=1", clerk);
    expect(greeting).toEqual({ params: { topic: 7 }, roles: ["clerk"], route: "GET /feed/:topic" });
    socket.close();
    await closed;
    const records = await recordsOf(served);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      method: "GET",
      route: "GET /feed/:topic",
      decision: "allow",
      reason: "granted",
      status: 101,
      outcome: "finished",
      principal: { roles: ["clerk"] },
    });
  });

  it.each([
    ["without credentials", "/feed/7", {}, 401, "missing-credentials"],
    [
      "with a bad token",
      "/feed/7",
      { headers: { Authorization: "Bearer x" } },
      401,
      "invalid-token",
    ],
    ["without the permission", "/feed/7", guest, 403, "forbidden"],
    ["with a parameter of another type", "/feed/x", clerk, 400, "invalid-parameter"],
    ["to a route that serves HTTP", "/orders", clerk, 400, "upgrade-refused"],
    ["to a path that no route has", "/nothing", clerk, 404, "not-found"],
    ["to an ambiguous target", "/feed//7", clerk, 400, "invalid-target"],
    [
      "from a page of another origin",
      "/feed/7",
      { ...clerk, origin: "https://evil.example" },
      403,
      "forbidden",
    ],
    ["from a page where no page may", "/open", { origin: desk }, 403, "forbidden"],
  ] as const)("%s is refused, answered and recorded", async (_, path, options, status, code) => {
    const served = await serveSockets();
    expect(await refusal(served.port, path, options)).toEqual({
      status,
      type: `urn:gatewright:problem:${code}`,
    });
    expect(served.opened()).toBe(0);
    const records = await recordsOf(served);
    expect(records.map((record) => [record.status, record.reason])).toEqual([[status, code]]);
  });

  it("from a page of the policy's origins, or from no page, is let on", async () => {
    const served = await serveSockets();
    const page = await open(served.port, "/feed/7", { ...clerk, origin: desk });
    const program = await open(served.port, "/open", {});
    expect(program.greeting).toEqual({ params: {}, roles: null, route: "GET /open" });
    page.socket.close();
    program.socket.close();
    await Promise.all([page.closed, program.closed]);
    expect((await recordsOf(served)).map(({ status }) => status)).toEqual([101, 101]);
  });

  it("is what its route serves: a plain request is told so", async () => {
    const served = await serveSockets();
    const [response] = await sendAll(served.port, [
      { method: "GET", target: "/feed/7", headers: clerk.headers },
    ]);
    expect(response?.status).toBe(426);
    expect(response?.headers.get("upgrade")).toBe("websocket");
    expect((await recordsOf(served)).map(({ reason }) => reason)).toEqual(["upgrade-required"]);
  });

  it("whose handshake the WebSocket library refuses is recorded with that status", async () => {
    const served = await serveSockets();
    const socket = connect(served.port, "127.0.0.1");
    socket.write(
      "GET /open HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bad\r\n\r\n",
    );
    await new Promise((resolve) => socket.on("close", resolve).resume());
    expect((await recordsOf(served)).map(({ status }) => status)).toEqual([400]);
  });

  it("behind a request that is still being answered cuts the connection, and both are recorded", async () => {
    const served = await serveGate(
      snapshot,
      tokens.environment,
      (gate) => {
        const handler = gate.mount({ "GET /orders": () => wait(200) });
        return (request, response) => handler(request, response);
      },
      {
        prepare: (server, gate) => {
          attachLoosely(gate, server, { "GET /feed/:topic": ignore, "GET /open": ignore });
        },
      },
    );
    const socket = connect(served.port, "127.0.0.1");
    const authorization = `Authorization: ${clerk.headers["Authorization"]}`;
    const upgrade = "Connection: Upgrade\r\nUpgrade: websocket";
    socket.write(
      `GET /orders HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\nGET /open HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`,
    );
    await new Promise((resolve) =>
      socket
        .on("close", resolve)
        .on("error", () => undefined)
        .resume(),
    );
    const records = [...(await served.stop()).values()];
    expect(records.map(({ status, outcome }) => [status, outcome])).toEqual([
      [null, "aborted"],
      [null, "aborted"],
    ]);
  });
});

describe("a connection that lives on", () => {
  it("ends when the token's lifetime does", async () => {
    // The token lives an hour; the clock of the gate says that all but two seconds have passed.
    const late = Date.now() + 3_598_000;
    const begun = Date.now();
    const served = await serveSockets({ now: () => late + Date.now() - begun });
    const { closed } = await open(served.port, "/feed/7", clerk);
    expect(await closed).toEqual({ code: 4401, reason: "expired" });
    expect(served.reasons).toEqual(["expired"]);
    const [record] = await recordsOf(served);
    expect(record).toMatchObject({ status: 101, decision: "allow", cause: "expired" });
  });

  it("ends when its principal is revoked, and others stay", async () => {
    const served = await serveSockets();
    const first = await open(served.port, "/feed/7", clerk);
    const other = await open(served.port, "/open", {});
    expect(served.gate.disconnect(({ id }) => id === "nobody")).toBe(0);
    expect(served.gate.disconnect(({ roles }) => roles.includes("clerk"))).toBe(1);
    expect(await first.closed).toEqual({ code: 4401, reason: "revoked" });
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
    other.socket.close();
    await other.closed;
    await recordsOf(served);
  });

  it("ends when a new policy does not admit its principal, and stays when it does", async () => {
    const served = await serveSockets();
    const { closed, socket } = await open(served.port, "/feed/7", clerk);
    served.gate.swap(snapshotWith(`${routes("orders.read")}  /more: { GET: public }`));
    await wait(50);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    served.gate.swap(snapshotWith(routes("orders.write")));
    expect(await closed).toEqual({ code: 4401, reason: "revoked" });
    await recordsOf(served);
  });

  it("ends when a new policy takes other credentials there", async () => {
    const served = await serveSockets();
    served.gate.swap(snapshotFor("users"));
    const { closed, socket } = await open(served.port, "/feed/7", clerk);
    served.gate.swap(snapshotFor("[users]"));
    await wait(50);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    served.gate.swap(snapshotFor("staff"));
    expect(await closed).toEqual({ code: 4401, reason: "revoked" });
    await recordsOf(served);
  });

  it("is told of the end, and cut where its handler does nothing", async () => {
    const served = await serveGate(
      snapshot,
      tokens.environment,
      (gate) => mounted(gate, snapshot),
      {
        prepare: (server, gate) => {
          attachLoosely(gate, server, { "GET /feed/:topic": onlyAnswer, "GET /open": onlyAnswer });
        },
      },
    );
    const socket = connect(served.port, "127.0.0.1");
    socket.write("GET /open HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    const records = served.stop();
    await new Promise((resolve) => socket.on("close", resolve).resume());
    expect([...(await records).values()]).toMatchObject([{ status: 101, cause: "shutdown" }]);
  });
});

describe("attach", () => {
  it("refuses a missing handler, a surplus one and a second time", async () => {
    const served = await serveSockets();
    const attach = (handlers: Readonly<Record<string, () => undefined>>) => () => {
      attachLoosely(served.gate, { on: ignore, prependListener: ignore } as never, handlers);
    };
    expect(attach({ "GET /open": ignore })).toThrow("`GET /feed/:topic` has no handler");
    expect(
      attach({ "GET /open": ignore, "GET /feed/:topic": ignore, "GET /orders": ignore }),
    ).toThrow("`GET /orders` is no route here");
    await served.stop();
  });
});
