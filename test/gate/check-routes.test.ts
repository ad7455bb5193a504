import { createRequire } from "node:module";
import { assertRoutes, checkRoutes } from "@gatewright/runtime/express";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { chain } from "@gatewright/runtime";
import { routeGuard } from "@gatewright/runtime/abi/guards";
import express5 from "express";
import type { Express, Request, Response, Router } from "express";
import { describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import type { LooseGate } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "./gate-policy.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../agreement/load-hosts.js";

const snapshot = snapshotWith(`
routes:
  /health: { GET: public }
  /orders:
    GET: orders.read
    /export: { GET: orders.write }
    /:orderId:
      params: { orderId: { type: int } }
      GET: orders.read
      DELETE: orders.write
  /files/**: { GET: orders.read }
`);

interface Host {
  (): Express;
  Router(): Router;
}

const express4: Host = createRequire(import.meta.url)("express4");

const serve = (_: Request, response: Response) => response.end();

function gateOf(): LooseGate {
  const { environment } = tokens;
  return createPolicyGate<LoosePolicy>(snapshot, { hosts, keys }, { environment, cwd: "build" });
}

/** Registers all routes of the policy as a person should. */
function registerAll(app: Pick<Express, "get" | "delete">, rest: string) {
  app.get("/health", serve);
  app.get("/orders", serve);
  app.get("/orders/export", serve);
  app.get("/orders/:id", serve);
  app.delete("/orders/:id", serve);
  app.get(rest, serve);
}

describe.each([
  ["Express 5", express5 as unknown as Host, "/files{/*rest}"],
  ["Express 4", express4, "/files/*"],
] as const)("the routes registered with %s", (_, express, rest) => {
  const faultsOf = (register: (app: Express, gate: LooseGate) => void) => {
    const gate = gateOf();
    const app = express();
    register(app, gate);
    return checkRoutes([app], gate).map(({ kind, method, path }) => `${kind} ${method} ${path}`);
  };

  it("pass where they are those of the policy, behind the gate", () => {
    expect(
      faultsOf((app, gate) => {
        app.use(gate);
        registerAll(app, rest);
      }),
    ).toEqual([]);
  });

  it("pass below routers with prefixes, and behind guards of their own", () => {
    expect(
      faultsOf((app, gate) => {
        const stages = [gate.open, gate.target, gate.authenticate] as const;
        const guarded = (id: string) =>
          chain<LoosePolicy, string>(stages, routeGuard<LoosePolicy, string>(id), () => undefined);
        const orders = express.Router();
        orders.get("/", guarded("GET /orders"));
        orders.get("/export", guarded("GET /orders/export"));
        orders.get("/:any", guarded("GET /orders/:orderId"));
        orders.delete(
          "/:any",
          ...stages,
          routeGuard<LoosePolicy, string>("DELETE /orders/:orderId"),
          serve,
        );
        app.use("/orders", orders);
        app.get("/health", guarded("GET /health"));
        app.get(rest, guarded("GET /files/**"));
      }),
    ).toEqual([]);
  });

  it("are found where the mount helper serves them", () => {
    expect(
      faultsOf((app, gate) => {
        const ids = snapshot.routes.map(({ id }) => [id, serve]);
        app.use(gate.mount<Request, Response>(Object.fromEntries(ids)));
      }),
    ).toEqual([]);
  });

  it("are reported in an order that disagrees, with the shortest path", () => {
    const faults = faultsOf((app, gate) => {
      app.use(gate);
      app.get("/orders/:id", serve);
      registerAll(app, rest);
    });
    expect(faults).toEqual([
      "disagrees GET /orders/export",
      "shadowed GET /orders/export",
      "shadowed GET /orders/:id",
    ]);
  });

  it("are reported before the gate, and without a guard", () => {
    const faults = faultsOf((app, gate) => {
      app.get("/health", serve);
      app.use(gate);
      registerAll(app, rest);
    });
    expect(faults).toEqual(["unguarded GET /health", "shadowed GET /health"]);
    expect(faultsOf((app) => registerAll(app, rest))).toHaveLength(6);
  });

  it("are reported where the policy has no rule, and where nothing serves one", () => {
    expect(
      faultsOf((app, gate) => {
        app.use(gate);
        registerAll(app, rest);
        app.post("/orders", serve);
        app.get("/legacy/:name", serve);
      }),
    ).toEqual(["unknown POST /orders", "unknown GET /legacy/7"]);
    expect(
      faultsOf((app, gate) => {
        app.use(gate);
        app.get("/health", serve);
      }),
    ).toEqual([
      "unserved DELETE /orders/:orderId",
      "unserved GET /files/**",
      "unserved GET /orders",
      "unserved GET /orders/:orderId",
      "unserved GET /orders/export",
    ]);
  });

  it("are reported behind the guard of another route", () => {
    const faults = faultsOf((app, gate) => {
      app.use(gate);
      app.get("/health", routeGuard<LoosePolicy, string>("GET /orders"), serve);
      registerAll(app, rest);
    });
    expect(faults).toEqual(["disagrees GET /health", "shadowed GET /health"]);
  });

  it("cannot be seen in a sub-application, unless it is listed", () => {
    const gate = gateOf();
    const app = express();
    const inner = express();
    app.use(gate);
    app.use("/orders", inner);
    app.get("/health", serve);
    app.get(rest, serve);
    inner.get("/export", serve);
    inner.get("/:id", serve);
    inner.delete("/:id", serve);
    inner.get("/", serve);
    expect(checkRoutes([app], gate).map(({ kind }) => kind)).toContain("hidden");
    expect(checkRoutes([app, inner], gate)).toEqual([]);
  });

  it("stop the start of a service, and the message lists every fault", () => {
    const gate = gateOf();
    const app = express();
    app.use(gate);
    app.get("/orders/:id", serve);
    registerAll(app, rest);
    expect(() => assertRoutes([app], gate)).toThrow(
      expect.objectContaining({
        code: "configuration-invalid",
        message: expect.stringContaining(
          "- disagrees: `GET /orders/export` runs `/orders/:id`, and the policy decides by `GET /orders/export`",
        ),
      }),
    );
  });
});
