import express from "express";
import type { Express, Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { reply, serveGate } from "../agreement/serve-gate.js";
import type { LooseGate } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "./gate-policy.js";

const routes = "routes: { /orders: { GET: orders.read }, /open: { GET: public, POST: public } }";

const serve = (_: Request, response: Response) => response.end();

/** Mounts, and returns what is thrown and what the gate warns of. */
async function mount(router: string, use: (app: Express, gate: LooseGate) => unknown) {
  const warnings: string[] = [];
  const snapshot = snapshotWith(`router: ${router}\n${routes}`);
  let thrown = "";
  const served = await serveGate(
    snapshot,
    tokens.environment,
    (gate) => {
      const app = express();
      try {
        use(app, gate);
      } catch (error) {
        thrown = String(error);
      }
      return app.use((request, response) => reply(gate, request, response, {}));
    },
    { onError: (error) => warnings.push(String(error)) },
  );
  const response = await fetch(`http://127.0.0.1:${served.port}/open`);
  const records = [...(await served.stop()).values()];
  return { thrown, warnings, status: response.status, reason: records[0]?.reason };
}

describe("an Express application", () => {
  it.each([
    ["{}", "case sensitive routing", "router.caseSensitive"],
    ["{}", "strict routing", "router.strict"],
  ])("whose `%s` differ is refused when the gate is mounted", async (router, setting, key) => {
    const { thrown } = await mount(router, (app, gate) => app.enable(setting).use(gate));
    expect(thrown).toContain(`\`${setting}\``);
    expect(thrown).toContain(`\`${key}\``);
  });

  it("is refused as well where the policy asks for more than its defaults", async () => {
    const global = await mount("{ strict: true }", (app, gate) => app.use(gate));
    const chained = await mount("{ caseSensitive: true }", (app, gate) => app.use(gate.open));
    expect(global.thrown).toContain("strict routing");
    expect(chained.thrown).toContain("case sensitive routing");
  });

  it("may have any settings before the mount helper, which routes by itself", async () => {
    const { thrown, status } = await mount("{}", (app, gate) => {
      app.enable("strict routing").use(
        gate.mount<Request, Response>({
          "GET /orders": serve,
          "GET /open": serve,
          "POST /open": serve,
        }),
      );
    });
    expect(thrown).toBe("");
    expect(status).toBe(200);
  });

  it("that mounts the gate out of sight, in a router, is refused at each request", async () => {
    const { thrown, status, reason } = await mount("{}", (app, gate) => {
      app.enable("strict routing").use(express.Router({ strict: true }).use(gate));
    });
    expect(thrown).toBe("");
    expect(status).toBe(500);
    expect(reason).toBe("host-mismatch");
  });

  it.each([
    ["{}", true],
    ["{}", 1],
    ["{ trustedProxies: 1 }", false],
    ["{ trustedProxies: 1 }", 2],
    ["{ trustedProxies: [10.20.0.0/16] }", "loopback"],
    ["{ trustedProxies: [10.20.0.0/16] }", false],
  ])("that trusts other proxies than %s is warned about: %j", async (router, trust) => {
    const { thrown, warnings, status } = await mount(router, (app, gate) =>
      app.set("trust proxy", trust).use(gate),
    );
    expect(thrown).toBe("");
    expect(warnings.join()).toContain("`trust proxy`");
    expect(status).toBe(200);
  });

  it.each([
    ["{}", false],
    ["{ trustedProxies: 2 }", 2],
    ['{ trustedProxies: [10.20.0.0/16, "::1"] }', ["10.20.0.0/16", "::1"]],
    ['{ trustedProxies: [127.0.0.1/8, "::1/128"] }', "loopback"],
  ])("that trusts the same proxies as %s is not", async (router, trust) => {
    const { thrown, warnings } = await mount(router, (app, gate) =>
      app.set("trust proxy", trust).use(gate),
    );
    expect([thrown, ...warnings]).toEqual([""]);
  });
});

/** What a handler that stands behind the gate and changes the request comes to. */
async function behind(change: (request: Request) => void) {
  const { status, reason } = await mount("{}", (app, gate) =>
    app.use(gate).use((request, _response, next) => {
      change(request);
      next();
    }),
  );
  return { status, reason };
}

describe("a handler behind the global gate", () => {
  it("cannot route the request elsewhere by its URL", async () => {
    expect(await behind((request) => (request.url = "/orders"))).toMatchObject({ status: 500 });
    expect(await behind((request) => (request.url = "/open/../orders"))).toMatchObject({
      status: 500,
    });
  });

  it("cannot change the method", async () => {
    expect(await behind((request) => (request.method = "POST"))).toMatchObject({ status: 500 });
  });

  it("is not disturbed in what hosts do: nested applications and routers", async () => {
    const snapshot = snapshotWith("routes: { /a/b/:id: { GET: public } }");
    const served = await serveGate(snapshot, tokens.environment, (gate) => {
      const inner = express().get("/:id", (request, response) => {
        reply(gate, request, response, { params: request.params });
      });
      const outer = express.Router().use("/b", inner);
      return express().use(gate).use("/a", outer);
    });
    const response = await fetch(`http://127.0.0.1:${served.port}/a/b/7?x=1`);
    expect(response.status).toBe(200);
    await served.stop();
  });

  it("that overrides methods is refused where it stands before the gate", async () => {
    const { status, reason } = await mount("{}", (app, gate) =>
      app
        .use((request, _response, next) => {
          Object.assign(request, { originalMethod: request.method, method: "POST" });
          next();
        })
        .use(gate),
    );
    expect({ status, reason }).toEqual({ status: 500, reason: "rewritten-target" });
  });
});

describe("a gate without a host", () => {
  it("answers what it let pass, since nothing else would", async () => {
    const snapshot = snapshotWith(routes);
    const served = await serveGate(snapshot, tokens.environment, (gate) => (request, response) => {
      gate(request, response);
    });
    const url = `http://127.0.0.1:${served.port}`;
    const allowed = await fetch(`${url}/open`);
    const refused = await fetch(`${url}/orders`);
    expect([allowed.status, refused.status]).toEqual([404, 401]);
    const records = [...(await served.stop()).values()];
    expect(records.map(({ decision, reason }) => [decision, reason])).toEqual([
      ["allow", "public"],
      ["deny", "missing-credentials"],
    ]);
  });

  it.each(["open", "target", "authenticate"] as const)(
    "answers at the stage `%s`",
    async (last) => {
      const snapshot = snapshotWith(routes);
      const order = ["open", "target", "authenticate"] as const;
      const served = await serveGate(
        snapshot,
        tokens.environment,
        (gate) => (request, response) => {
          const run = (at: number): void => {
            const stage = order[at] ?? "open";
            if (stage === last) gate[stage](request, response);
            else gate[stage](request, response, () => run(at + 1));
          };
          run(0);
        },
      );
      const response = await fetch(`http://127.0.0.1:${served.port}/open`);
      expect(response.status).toBe(last === "open" ? 500 : 404);
      expect((await served.stop()).size).toBe(1);
    },
  );
});
