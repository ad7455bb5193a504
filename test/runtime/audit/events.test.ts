import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { GateArguments } from "@gatewright/runtime/abi";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import type {
  CompiledEvent,
  PolicyAuditOptions,
  RejectedEvent,
} from "@gatewright/runtime/abi/audit";
import { keys } from "@gatewright/runtime/abi/keys";
import { afterEach, describe, expect, it } from "vitest";
import { compileSnapshot } from "../../agreement/compile-policy.js";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { AUDIENCE, ISSUER, NOW, createSigner, forge } from "../authenticate/token-forge.js";

const ROOT = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 59 + 17) % 251)).toString(
  "base64url",
);
const signer = createSigner("HS256");
const snapshot = compileSnapshot([
  {
    path: "policies/policy.yaml",
    text: `
gatewright: 1
resources: { orders: { actions: [refund] } }
roles: { clerk: { grants: [orders.refund] } }
routes: { /refund: { POST: orders.refund } }
principal: { roles: roles, tenant: org }
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [HS256], keys: { environment: KEYS } }
masks:
  customer: { method: hmac }
  plate: { method: custom, name: plate }
audit:
  secret: { environment: ROOT }
  events:
    order.refunded:
      fields:
        orderId: { type: int, class: public }
        note: { type: string, class: public, optional: true, maxLength: 20 }
        tags: { type: "list<string>", class: public, optional: true }
        card: { type: string, class: card, optional: true }
        customer: { type: string, class: customer, optional: true }
        plate: { type: string, class: plate, optional: true }
        password: { type: string, class: null-out, optional: true }
`,
  },
]);

interface Events {
  readonly "order.refunded": Readonly<Record<string, unknown>>;
}

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

function open(
  options: PolicyAuditOptions = {},
  environment: Readonly<Record<string, string>> = { ROOT },
) {
  const cwd = mkdtempSync(join(tmpdir(), "gatewright-"));
  const settings = { environment: { KEYS: String(signer.jwk["k"]) }, cwd, now: () => NOW * 1000 };
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    { hosts, keys },
    settings as NonNullable<GateArguments<LoosePolicy>[0]>,
  );
  const rejected: RejectedEvent[] = [];
  const custom = { plate: (value: unknown) => String(value).slice(0, 2) };
  const audit = createPolicyAudit<LoosePolicy, Events>(snapshot, gate, {
    custom,
    environment,
    onRejected: (event) => rejected.push(event),
    ...options,
  });
  const lines = async () => {
    await gate.shutdown();
    const text = readFileSync(join(cwd, snapshot.audit.sink.path), "utf8");
    rmSync(cwd, { recursive: true });
    return text.split("\n").filter((line) => line !== "");
  };
  return { gate, audit, rejected, lines };
}

const canary = "S3cr3t-4929-1234-5678-9014";

describe("an event of the policy", () => {
  it("is a line in the canonical form of RFC 8785, masked as the policy says", async () => {
    const { audit, lines } = open();
    const given = {
      tags: ["b", "a"],
      orderId: 7,
      card: "4111-1111-1111-1111",
      password: canary,
      plate: "B-XY 123",
      customer: "jane@example.com",
      note: 'caf\u00e9 "x"\n',
    };
    expect(audit.record("order.refunded", given)).toBe(true);
    const [line = ""] = await lines();
    const record = JSON.parse(line);
    expect(line).toBe(canonical(record));
    expect(record).toMatchObject({
      type: "order.refunded",
      category: "business",
      principal: null,
      snapshot: snapshot.digest,
      data: {
        orderId: 7,
        card: "**** **** **** 1111",
        password: { $mask: "null" },
        plate: "B-",
        customer: expect.stringMatching(/^h1:1:[\w-]{22}$/),
        note: 'caf\u00e9 "x"\n',
        tags: ["b", "a"],
      },
    });
  });

  it("undeclared field: is absent, and counted", async () => {
    const { audit, lines } = open();
    audit.record("order.refunded", { orderId: 7, secret: canary, "note ": canary, [canary]: 1 });
    expect(audit.counts()).toEqual({ accepted: 1, rejected: 0, undeclared: 3, maskFailures: 0 });
    expect((await lines()).join("\n")).not.toContain(canary);
  });

  it.each<[string, unknown]>([
    ["a scalar where an object is declared", canary],
    ["null", null],
    ["a field of another type", { orderId: canary }],
    ["an object where a scalar is declared", { orderId: 7, note: { v: canary } }],
    ["an array where a scalar is declared", { orderId: 7, note: [canary] }],
    ["toJSON", { orderId: 7, note: { toJSON: () => canary } }],
    ["a text object", { orderId: 7, note: Object(canary) }],
    ["a Buffer", { orderId: 7, note: Buffer.from(canary) }],
    ["a URL", { orderId: 7, note: new URL(`http://u:${canary}@h/`) }],
    ["an Error", { orderId: 7, note: new Error(canary) }],
    ["a BigInt", { orderId: 4_111_111_111_111_111n }],
    ["a Map", { orderId: 7, tags: new Map([["password", canary]]) }],
    ["an array in an array", { orderId: 7, tags: [[canary]] }],
    ["too long a text", { orderId: 7, note: canary.repeat(2) }],
    ["too many items", { orderId: 7, tags: Array.from({ length: 101 }, () => canary) }],
    ["a card that is a number", { orderId: 7, card: 4_111_111_111_111_111 }],
    ["a missing field", { note: "x" }],
    ["NaN", { orderId: Number.NaN }],
    ["a fraction", { orderId: 7.5 }],
    [
      "a getter that throws",
      Object.defineProperty({ orderId: 7 }, "note", {
        enumerable: true,
        get: () => {
          throw new Error(canary);
        },
      }),
    ],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error(canary);
          },
        },
      ),
    ],
  ])("%s: is rejected, told without a value, and counted", async (_, fields) => {
    const { audit, rejected, lines } = open();
    expect(audit.record("order.refunded", fields as Events["order.refunded"])).toBe(false);
    expect(audit.counts()).toMatchObject({ accepted: 0, rejected: 1 });
    const [line = "", ...others] = await lines();
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      type: "audit.event-rejected",
      of: "order.refunded",
      id: rejected[0]?.id,
    });
    for (const text of [line, JSON.stringify(rejected)]) {
      expect(text).not.toContain("S3cr3t");
      expect(text).not.toContain("4111");
    }
  });

  it("getter: is read once, and what was checked is what is written", async () => {
    const { audit, lines } = open();
    let reads = 0;
    const fields = Object.defineProperty({ orderId: 7 }, "note", {
      enumerable: true,
      get: () => {
        reads += 1;
        return reads === 1 ? "clean" : canary.repeat(3);
      },
    });
    audit.record("order.refunded", fields);
    expect(JSON.parse((await lines())[0] ?? "").data).toEqual({ orderId: 7, note: "clean" });
  });

  it("mask function throws: keeps the event with the value taken away, and counts it", async () => {
    const custom = {
      plate: (): never => {
        throw new Error(canary);
      },
    };
    const { audit, lines } = open({ custom });
    expect(audit.record("order.refunded", { orderId: 7, plate: canary })).toBe(true);
    expect(audit.counts()).toMatchObject({ accepted: 1, maskFailures: 1 });
    const text = (await lines()).join("\n");
    expect(text).not.toContain(canary);
    expect(JSON.parse(text).data.plate).toEqual({ $mask: "null" });
  });

  it("says who acted, in which request and under which trace, from a request that it belongs to", async () => {
    const { gate, audit, lines } = open();
    const server = createServer((request, response) => {
      gate(request, response, () => {
        audit.record("order.refunded", { orderId: 7, customer: "c1" });
        response.end("done");
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    const { port } = server.address() as AddressInfo;
    for (const org of ["north", "south"]) {
      const authorization = `Bearer ${forge(signer, { claims: { sub: "ada", org } })}`;
      const answer = await fetch(`http://127.0.0.1:${port}/refund`, {
        method: "POST",
        headers: { authorization },
      });
      expect(answer.status).toBe(200);
    }
    const records = (await lines()).map((line) => JSON.parse(line));
    const events = records.filter(({ type }) => type === "order.refunded");
    const requests = records.filter(({ type }) => type === "request");
    expect(events.map(({ principal }) => principal)).toEqual([
      { id: "ada", issuer: ISSUER, tenant: "north" },
      { id: "ada", issuer: ISSUER, tenant: "south" },
    ]);
    expect(events.map(({ request }) => request)).toEqual(requests.map(({ id }) => id));
    expect(events.map(({ traceId }) => traceId)).toEqual(requests.map(({ traceId }) => traceId));
    // Equal values of two tenants cannot be linked.
    expect(new Set(events.map(({ data }) => data.customer)).size).toBe(2);
  });
});

const constant: CompiledEvent = () => () => '{"by":"code"}';

describe("code that was compiled from a snapshot", () => {
  it.each([
    [snapshot.digest, { by: "code" }],
    [`${snapshot.digest}0`, { orderId: 7 }],
  ])("writes the events of that one only: %s", async (digest, data) => {
    const { audit, lines } = open({ compiled: { digest, events: [constant] } });
    audit.record("order.refunded", { orderId: 7 });
    expect(JSON.parse((await lines())[0] ?? "")).toMatchObject({ data });
  });
});

describe("a careless application", () => {
  it("is told what is missing", () => {
    expect(() => open({}, {})).toThrow("the root of keyed hashes (environment `ROOT`) is missing");
    expect(() => open({}, { ROOT: "hunter2hunter2hunter2hunter2hunter2" })).toThrow("weak");
    expect(() => open({ custom: {} })).toThrow("custom mask `plate`");
  });
});

/** RFC 8785, in its plainest form. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}
