import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../../agreement/compile-policy.js";
import { mounted } from "../../agreement/listeners.js";
import { serveGate, serveOnce } from "../../agreement/serve-gate.js";
import { snapshotWith, tokens } from "../../gate/gate-policy.js";
import { bearer, openDesk, present } from "../../runtime/authenticate/token-desk.js";
import { createSigner, forge } from "../../runtime/authenticate/token-forge.js";
import { desk as suppliedDesk, token } from "../../runtime/authenticate/supplied-desk.js";
import { deskFor, secret } from "./verdicts.js";

// The statements H6 to H8: what a refusal says, and what it does not; and that a fault is one.

const desk = deskFor(secret);

describe("H6 a refusal is a problem of RFC 9457, and attack: JSON response", () => {
  const echo = "please-repeat-this-to-me";
  const forged = forge(createSigner("HS256"), {
    header: { kid: echo },
    claims: { sub: echo, detail: echo },
  });

  it("with an absolute type, the real status, a fresh id that the record repeats, and nothing stored", async () => {
    const outcomes = await present(desk, bearer(forged), bearer(forged), bearer(echo), {
      method: "GET",
      target: `/me?${echo}=${echo}`,
      headers: { "X-Request-Id": echo },
    });
    const problems = outcomes.map(({ response }) => JSON.parse(response.body));
    for (const [index, { status, response, record }] of outcomes.entries()) {
      const { type, title, status: told, instance } = problems[index];
      expect(() => new URL(type)).not.toThrow();
      expect([typeof title, told]).toEqual(["string", status]);
      expect(instance).toBe(`urn:uuid:${record.id}`);
      expect(record.id).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    expect(new Set(problems.map(({ instance }) => instance)).size).toBe(outcomes.length);
  });

  it("that repeats no token, claim, header or stack, whatever NODE_ENV says", async () => {
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "development";
    const outcomes = await present(desk, bearer(forged), bearer(`${echo}.${echo}.${echo}`));
    process.env["NODE_ENV"] = before;
    for (const { response } of outcomes) {
      const text = [...response.headers].join("\n") + response.body;
      expect(text).not.toContain(echo);
      expect(text).not.toMatch(/\n\s+at |\.ts\b|\.js\b|node:/);
    }
  });
});

const challenged = (scopes: string) => `
routes: { /orders: { GET: { permissions: orders.read, scopes: ${scopes} } } }
`;

const stepUp = (acr: string) => `
routes: { /me: { GET: { access: authenticated, stepUp: { acr: [${JSON.stringify(acr)}] } } } }
`;

describe("H7 values of a challenge need no escape", () => {
  it.each(['a"b', "a\\b", "a\r\nb", "caf\u00e9", "a b", "\u0001"])(
    "a policy with the scope or class %j does not compile",
    (text) => {
      expect(() => snapshotWith(challenged(JSON.stringify([text])))).toThrow("bad-scope");
      expect(() => snapshotWith(stepUp(text))).toThrow("bad-acr");
    },
  );

  it("each other character of a scope stands as it is", async () => {
    const scope = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))
      .join("")
      .replace('"', "")
      .replace("\\", "");
    const scoped = snapshotWith(challenged(JSON.stringify([scope])));
    const headers = await tokens.authorize(["clerk"]);
    const served = serveGate(scoped, tokens.environment, (gate) => mounted(gate, scoped));
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses[0]?.headers.get("www-authenticate")).toBe(
      `Bearer realm="gatewright", error="insufficient_scope", scope="${scope}"`,
    );
  });
});

describe("H8 what fails, fails closed", () => {
  const orders = snapshotWith("routes: { /orders: { GET: orders.read } }");

  it("a dependency that throws, rejects or never heard of the caller is 503 or 401", async () => {
    const sources = [
      () => {
        throw new Error("the store is down");
      },
      () => Promise.reject(new Error("the store timed out")),
      () => Promise.resolve(null),
    ];
    const statuses = [];
    for (const source of sources) {
      const [outcome] = await present(suppliedDesk(source), token());
      expect(outcome?.principal).toBeNull();
      statuses.push(outcome?.status);
    }
    expect(statuses).toEqual([503, 503, 401]);
  });

  it("keys that cannot be fetched are 503", async () => {
    const policy = desk.policy
      .replace("[HS256]", "[ES256]")
      .replace("{ environment: KEYS }", '{ url: "http://127.0.0.1:1/jwks" }');
    const running = await openDesk({ policy });
    await running.send(bearer(forge(createSigner("ES256"))));
    expect(await running.close()).toMatchObject([{ status: 503, cause: "keys", principal: null }]);
  });

  it("a fault of the gate itself is 500, with a record, and no handler runs", async () => {
    let calls = 0;
    const errors: unknown[] = [];
    const headers = await tokens.authorize(["clerk"]);
    const broken = serveGate(orders, tokens.environment, (gate) => mounted(gate, orders), {
      // The first is for the record.
      now: () => {
        calls += 1;
        if (calls > 1) throw new TypeError("a bug");
        return Date.now();
      },
      onError: (error) => errors.push(error),
    });
    const { responses, records } = await serveOnce(broken, [
      { method: "GET", target: "/orders", headers },
    ]);
    expect(responses[0]?.status).toBe(500);
    expect(responses[0]?.headers.has("x-seen")).toBe(false);
    expect([...records.values()]).toMatchObject([{ reason: "internal-error", decision: "deny" }]);
    expect(errors).toEqual([new TypeError("a bug")]);
  });

  it("a policy without issuers admits nobody", async () => {
    const nobody = compileSnapshot([
      {
        path: "policies/nobody.yaml",
        text: "gatewright: 1\nroutes: { /free: { GET: public } }\n",
      },
    ]);
    const headers = await tokens.authorize(["clerk"]);
    const served = serveGate(nobody, {}, (gate) => mounted(gate, nobody));
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/else", headers }]);
    expect(responses[0]?.status).toBe(401);
  });
});
