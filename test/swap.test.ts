import { setImmediate as nextTurn } from "node:timers/promises";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { permissionGuard, routeGuard } from "@gatewright/runtime/abi/guards";
import express from "express";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "./agreement/compile-policy.js";
import * as listeners from "./agreement/listeners.js";
import type { LoosePolicy } from "./agreement/loose-policy.js";
import { sendAll } from "./agreement/raw-client.js";
import type { RawRequest, RawResponse } from "./agreement/raw-client.js";
import { reply, seenIn, serveGate } from "./agreement/serve-gate.js";
import type { LooseGate } from "./agreement/serve-gate.js";
import { createTokenMaker } from "./agreement/token-maker.js";

const tokens = await createTokenMaker(
  {
    issuer: "https://issuer.example",
    audience: "test",
    variable: "TEST_KEY",
    claimsFor: (roles) => ({ roles }),
  },
  "HS256",
);
const headers = await tokens.authorize(["clerk"]);

interface Changes {
  readonly grants: string;
  readonly routes?: string;
  readonly variable?: string;
  readonly audit?: string;
}

function snapshotOf({ grants, routes = "", variable = "TEST_KEY", audit = "a.jsonl" }: Changes) {
  const text = `
gatewright: 1
roles: { clerk: { grants: [${grants}] }, chief: { grants: ["orders.*"] } }
resources: { orders: { actions: [read, write] } }
routes:
  /read: { GET: orders.read }
  /write: { GET: orders.write }
  /both: { GET: [orders.read, orders.write] }
${routes}
principal: { roles: roles }
tokens:
  test:
    issuer: https://issuer.example
    audience: test
    algorithms: [HS256]
    keys: { environment: ${variable} }
audit: { sink: { jsonl: ${audit} } }
`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

const reader = snapshotOf({ grants: "orders.read" });
const writer = snapshotOf({ grants: "orders.write" });

function get(target: string, more: Readonly<Record<string, string>> = {}): RawRequest {
  return { method: "GET", target, headers: { ...headers, ...more } };
}

async function statuses(port: number, requests: readonly RawRequest[]): Promise<readonly number[]> {
  return (await sendAll(port, requests)).map(({ status }) => status);
}

/** Every way to stand before a handler, chosen by the header `x-door`, all of one gate. */
function allDoors(gate: LooseGate, snapshot: SerializedSnapshot) {
  const doors: Readonly<Record<string, ReturnType<listeners.Listener>>> = {
    mounted: listeners.mounted(gate, snapshot),
    bare: listeners.mountedBare(gate, snapshot),
    global: listeners.gatedGlobally(gate, snapshot),
    route: listeners.guardedByRoute(gate, snapshot),
    permission: listeners.guardedByPermission(gate, snapshot),
  };
  return express().use((request, response) => {
    doors[request.get("x-door") ?? ""]?.(request, response);
  });
}

const doors = [
  { "x-door": "mounted" },
  { "x-door": "bare" },
  { "x-door": "global" },
  { "x-door": "route", "x-guard": encodeURIComponent("GET /read") },
  { "x-door": "permission", "x-guard": "orders.read" },
];

describe("a swap of the policy", () => {
  it("changes the gate and every guard at once", async () => {
    const { gate, port, stop } = await serveGate(reader, tokens.environment, (served) =>
      allDoors(served, reader),
    );
    const requests = doors.map((door) => get("/read", door));
    expect(await statuses(port, requests)).toEqual([200, 200, 200, 200, 200]);
    gate.swap(writer);
    expect(await statuses(port, requests)).toEqual([403, 403, 403, 403, 403]);
    gate.swap(reader);
    expect(await statuses(port, requests)).toEqual([200, 200, 200, 200, 200]);
    const digests = [...(await stop()).values()].map(({ snapshot }) => snapshot);
    expect(digests.filter((digest) => digest === reader.digest)).toHaveLength(10);
    expect(digests.filter((digest) => digest === writer.digest)).toHaveLength(5);
  });

  it("leaves requests in flight the policy that they began with", async () => {
    const pauses: (() => void)[] = [];
    const { gate, port, stop } = await serveGate(reader, tokens.environment, (served) =>
      express()
        .use(served.open)
        .use((request, _, next) => {
          if (request.get("x-wait") === undefined) next();
          else pauses.push(next);
        })
        .use(served.target, served.authenticate)
        .use(permissionGuard<LoosePolicy>("orders.read"))
        .use(routeGuard<LoosePolicy, string>("GET /read"))
        .use((request, response) => reply(served, request, response, {})),
    );
    const waiting = statuses(port, [get("/read", { "x-wait": "yes" })]);
    while (pauses.length === 0) await nextTurn();
    gate.swap(writer);
    expect(await statuses(port, [get("/read")])).toEqual([403]);
    for (const resume of pauses) resume();
    expect(await waiting).toEqual([200]);
    const recorded = [...(await stop()).values()].map(({ status, snapshot }) => [status, snapshot]);
    expect(recorded).toEqual([
      [403, writer.digest],
      [200, reader.digest],
    ]);
  });

  it("denies by the guard of a route that the new policy lacks, and serves no route without a handler", async () => {
    const before = snapshotOf({ grants: "orders.read", routes: "  /old: { GET: orders.read }" });
    const after = snapshotOf({ grants: "orders.read", routes: "  /new: { GET: orders.read }" });
    const { gate, port, stop } = await serveGate(before, tokens.environment, (served) =>
      allDoors(served, before),
    );
    const requests = [
      get("/old", { "x-door": "mounted" }),
      get("/old", { "x-door": "route", "x-guard": encodeURIComponent("GET /old") }),
      get("/new", { "x-door": "mounted" }),
    ];
    expect(await statuses(port, requests)).toEqual([200, 200, 404]);
    gate.swap(after);
    expect(await statuses(port, requests)).toEqual([404, 403, 404]);
    await stop();
  });

  it("mixes no two policies in one decision under load", async () => {
    const { gate, port, stop } = await serveGate(reader, tokens.environment, (served) =>
      express()
        .use("/read", listeners.mounted(served, reader))
        .use("/write", listeners.gatedGlobally(served, reader))
        .use("/both", served.open, served.target, served.authenticate)
        // Between the two permissions lie turns of the event loop, and with them swaps.
        .use("/both", async (_request, _response, next) => {
          await nextTurn();
          next();
        })
        .use("/both", permissionGuard<LoosePolicy>("orders.read"))
        .use("/both", (request, response) => reply(served, request, response, {})),
    );
    const targets = ["/read", "/write", "/both"];
    const requests = Array.from({ length: 3000 }, (_, index) => get(targets[index % 3] ?? ""));
    const load = { isOver: false };
    let swaps = 0;
    const swapping = (async () => {
      while (!load.isOver) {
        gate.swap(swaps % 2 === 0 ? writer : reader);
        swaps += 1;
        await nextTurn();
      }
    })();
    const responses = await sendAll(port, requests);
    load.isOver = true;
    await swapping;
    const records = await stop();

    const answered = responses.map((response) => {
      const record = records.get(recordIdOf(response));
      return { status: response.status, record };
    });
    const wrong = answered.filter(({ status, record }) => {
      const isReader = record?.snapshot === reader.digest;
      if (!isReader && record?.snapshot !== writer.digest) return true;
      const isAllowed =
        (record.route === "GET /read" && isReader) || (record.route === "GET /write" && !isReader);
      return record.status !== status || status !== (isAllowed ? 200 : 403);
    });
    expect(wrong).toEqual([]);
    expect(records.size).toBe(3000);
    expect(swaps).toBeGreaterThan(100);
    for (const digest of [reader.digest, writer.digest]) {
      const decided = answered.filter(({ record }) => record?.snapshot === digest);
      expect(decided.length).toBeGreaterThan(100);
    }
  });

  const tampered: SerializedSnapshot = { ...writer, roles: ["chief", "clerk", "third"] };
  it.each([
    ["a snapshot whose digest does not fit", tampered, "snapshot-invalid"],
    ["a snapshot of another ABI", { ...writer, abi: 2 }, "snapshot-invalid"],
    ["no snapshot", null, "snapshot-invalid"],
    [
      "a key that is missing",
      snapshotOf({ grants: "", variable: "OTHER_KEY" }),
      "configuration-invalid",
    ],
    ["another audit file", snapshotOf({ grants: "", audit: "b.jsonl" }), "configuration-invalid"],
  ])("fails for %s and keeps the old policy", async (_, replacement, code) => {
    const { gate, port, stop } = await serveGate(reader, tokens.environment, (served) =>
      allDoors(served, reader),
    );
    const old = gate.snapshot();
    // Untyped code may pass anything.
    const swap: (serialized: never) => void = gate.swap;
    expect(() => swap(replacement as never)).toThrowError(expect.objectContaining({ code }));
    expect(gate.snapshot()).toBe(old);
    expect(
      await statuses(
        port,
        doors.map((door) => get("/read", door)),
      ),
    ).toEqual([200, 200, 200, 200, 200]);
    await stop();
  });
});

function recordIdOf(response: RawResponse): string {
  const seen = seenIn(response);
  if (seen !== undefined) return seen.id ?? "";
  return String(JSON.parse(response.body).instance).replace("urn:uuid:", "");
}
