import { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import express from "express";
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from "express";
import { describe, expect, it } from "vitest";
import { openTrace } from "../../runtime/trace.js";
import { serveGate } from "../agreement/serve-gate.js";
import type { LooseGate } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "./gate-policy.js";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";

function open(traceparent?: string, tracestate?: string) {
  return openTrace({
    headers: { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) },
  });
}

describe("openTrace", () => {
  it("goes on with a valid trace, in a span of its own", () => {
    const found = open(`00-${trace}-${parent}-01`, "vendor=1,other=2");
    expect(found).toMatchObject({
      traceId: trace,
      parentSpanId: parent,
      sampled: true,
      tracestate: "vendor=1,other=2",
    });
    expect(found.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(found.spanId).not.toBe(parent);
    expect(found.traceparent).toBe(`00-${trace}-${found.spanId}-01`);
  });

  it("reads what it knows of a later version, and no other flag than sampled", () => {
    expect(open(`42-${trace}-${parent}-02-more-of-it`)).toMatchObject({
      traceId: trace,
      sampled: false,
    });
  });

  it.each([
    undefined,
    "",
    "x",
    `ff-${trace}-${parent}-01`,
    `00-${"0".repeat(32)}-${parent}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}-01-`,
    `00-${trace}-${parent}-01-more`,
    `42-${trace}-${parent}-01more`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}`,
    ` 00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01\n`,
  ])("begins a trace for %j, and drops its state", (traceparent) => {
    const found = open(traceparent, "vendor=1");
    expect(found.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(found.traceId).not.toBe(trace);
    expect(found).toMatchObject({ parentSpanId: null, sampled: false, tracestate: null });
  });

  it.each([
    ["of more than 512 characters", `a=${"x".repeat(511)}`],
    ["of more than 32 members", Array.from({ length: 33 }, (_, n) => `v${n}=1`).join(",")],
    ["with a control character", "a=\u0001"],
  ])("drops a state %s", (_, state) => {
    expect(open(`00-${trace}-${parent}-01`, state)).toMatchObject({
      traceId: trace,
      tracestate: null,
    });
  });
});

const snapshot = snapshotWith(`
routes:
  /orders: { POST: orders.read }
  /fail: { GET: public }
`);

/** Serves these handlers behind the global gate, sends one request and returns the record. */
async function send(
  target: string,
  init: RequestInit,
  handlersFor: (gate: LooseGate) => readonly (RequestHandler | ErrorRequestHandler)[],
) {
  const served = await serveGate(snapshot, tokens.environment, (gate) => {
    const app = express().use(gate);
    for (const handler of handlersFor(gate)) app.use(handler);
    return app;
  });
  const headers = {
    ...(await tokens.authorize(["clerk"])),
    traceparent: `00-${trace}-${parent}-01`,
  };
  const response = await fetch(`http://127.0.0.1:${served.port}${target}`, {
    ...init,
    headers: { ...headers, ...init.headers },
  });
  const body = await response.text();
  const [record] = [...(await served.stop()).values()];
  return { body, record };
}

describe("the trace of a request", () => {
  it("is in the record", async () => {
    const { body, record } = await send("/orders", { method: "POST" }, (gate) => [
      (_: Request, response: Response) => response.json(gate.trace()),
    ]);
    const { spanId } = JSON.parse(body);
    expect(record).toMatchObject({ traceId: trace, parentSpanId: parent, spanId });
  });

  it("is found without the request behind body parsers, promises, timers, events and by hand-read bodies", async () => {
    const seen: (string | undefined)[] = [];
    const { record } = await send(
      "/orders",
      {
        method: "POST",
        body: JSON.stringify({ a: 1 }),
        headers: { "Content-Type": "application/json" },
      },
      (gate) => [
        express.json(),
        async (_: Request, response: Response) => {
          seen.push(gate.trace()?.traceId);
          await wait(5);
          seen.push(gate.trace()?.traceId);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(gate.trace()?.traceId);
          const emitter = new EventEmitter().on("event", () => seen.push(gate.trace()?.traceId));
          emitter.emit("event");
          response.on("finish", () => {
            seen.push(gate.trace()?.traceId);
          });
          response.json({});
        },
      ],
    );
    expect(seen).toEqual([trace, trace, trace, trace, trace]);
    expect(record?.traceId).toBe(trace);

    const read: (string | undefined)[] = [];
    await send("/orders", { method: "POST", body: "x".repeat(200_000) }, (gate) => [
      (request: Request, response: Response) => {
        request.on("data", () => read.push(gate.trace()?.traceId));
        request.on("end", () => {
          read.push(gate.trace()?.traceId, gate.principal()?.id);
          response.end();
        });
      },
    ]);
    expect(read.length).toBeGreaterThan(2);
    expect([...new Set(read)]).toEqual([trace, "somebody"]);
  });

  it("is found by the error handler", async () => {
    const { body } = await send("/fail", {}, (gate) => [
      () => Promise.reject(new Error("failed")),
      (_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        response.status(500).json({ trace: gate.trace()?.traceId, route: gate.decision()?.route });
      },
    ]);
    expect(JSON.parse(body)).toEqual({ trace, route: "GET /fail" });
  });

  it("is never that of another request on the same connection", async () => {
    const served = await serveGate(snapshot, tokens.environment, (gate) =>
      express()
        .use("/other", (_, response) => {
          response.json({ trace: gate.trace() ?? null, principal: gate.principal() });
        })
        .use(gate)
        .use((_, response) => {
          response.end();
        }),
    );
    const url = `http://127.0.0.1:${served.port}`;
    for (let turn = 0; turn < 3; turn += 1) {
      await fetch(`${url}/orders`, { method: "POST", headers: await tokens.authorize(["clerk"]) });
      const response = await fetch(`${url}/other`);
      expect(await response.json()).toEqual({ trace: null, principal: null });
    }
    await served.stop();
  });
});
