import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const head = `
import { chain } from "@gatewright/runtime";
import type { Handlers } from "@gatewright/runtime";
import type { Request, Response } from "express";
import { createRevocations } from "@gatewright/runtime/revocations";
import { createGate, guards, routeGuards, snapshot } from "../../generated/index.js";
import type { Audit } from "@gatewright/runtime/abi/audit";
import type { AuditLog } from "@gatewright/runtime/abi/audit-log";
import type { AuditEvents, Policy, RouteId } from "../../generated/index.js";
import { orderHandlers } from "../../examples/order-desk/order-handlers.js";
import { createOrderBook } from "../../examples/order-desk/create-order-book.js";
const revocations = createRevocations(snapshot);
declare const auditLog: AuditLog;
declare const audit: Audit<AuditEvents>;
const gate = createGate({ auditLog, environment: {}, revocations, resources: { orders: () => null } });
declare const rest: Omit<Handlers<Policy, never, never>, "GET /orders/:orderId">;
const stages = [gate.open, gate.target, gate.authenticate] as const;
export const used = { chain, gate, guards, routeGuards, orderHandlers, createOrderBook, rest, stages };
export type Used = [RouteId, Request, Response];
`;

/** What the compiler says of each piece of an application; nothing of those that are right. */
const cases: Readonly<Record<string, { readonly code: string; readonly error?: RegExp }>> = {
  complete: {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": (_, __, { params }) => params.orderId.toFixed() });`,
  },
  "missing-handler": {
    code: `gate.mount(rest);`,
    error: /Property '"GET \/orders\/:orderId"' is missing/,
  },
  "missing-part": {
    code: `gate.mount<Request, Response>({ ...orderHandlers(createOrderBook(), audit) });`,
    error: /is missing the following properties/,
  },
  "misspelt-route": {
    code: `gate.mount({ ...rest, "GET /order/:orderId": () => 1 });`,
    error: /'"GET \/order\/:orderId"' does not exist/,
  },
  "surplus-route": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": () => 1, "GET /orders/:id": () => 1 });`,
    error: /'"GET \/orders\/:id"' does not exist/,
  },
  "param-type": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": (_, __, { params }) => params.orderId.trim() });`,
    error: /Property 'trim' does not exist on type 'number'/,
  },
  "param-name": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": (_, __, { params }) => params.id });`,
    error: /Property 'id' does not exist on type/,
  },
  "loader-left-out": {
    code: `createGate({ auditLog, environment: {}, revocations });`,
    error: /Property 'resources' is missing/,
  },
  "log-left-out": {
    code: `createGate({ environment: {}, revocations, resources: { orders: () => null } });`,
    error: /Property 'auditLog' is missing/,
  },
  "revocations-left-out": {
    code: `createGate({ auditLog, environment: {}, resources: { orders: () => null } });`,
    error: /Property 'revocations' is missing/,
  },
  "loader-of-another-shape": {
    code: `createGate({ auditLog, revocations, resources: { orders: () => ({ desk: "main-street", ownerId: "carol", total: "10" }) } });`,
    error: /Type 'string' is not assignable to type 'number'/,
  },
  "handler-of-text": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": (_: never, __: never, { params }: { params: { orderId: string } }) => params });`,
    error: /Type 'number' is not assignable to type 'string'/,
  },
  "principal-of-public": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": () => 1, "GET /health": (_, __, { principal }) => principal.id });`,
    error: /Property 'id' does not exist on type 'never'|'principal' is possibly 'null'/,
  },
  "role-name": {
    code: `gate.mount({ ...rest, "GET /orders/:orderId": (_, __, { principal }) => principal.roles.includes("clrk") });`,
    error: /'"clrk"' is not assignable to parameter of type 'Role'/,
  },
  "guard-name": {
    code: `guards.orders.reed;`,
    error: /Property 'reed' does not exist/,
  },
  "route-guard-name": {
    code: `routeGuards["GET /order"];`,
    error: /Property 'GET \/order' does not exist/,
  },
  "chain-whole": {
    code: `chain(stages, routeGuards["GET /orders"], () => 1);`,
  },
  "chain-without-authentication": {
    code: `chain([gate.open, gate.target], routeGuards["GET /orders"], () => 1);`,
    error: /Source has 2 element\(s\) but target requires 3/,
  },
  "chain-in-another-order": {
    code: `chain([gate.target, gate.open, gate.authenticate], routeGuards["GET /orders"], () => 1);`,
    error: /Type '"target"' is not assignable to type '"open"'/,
  },
};

describe("the compiler", () => {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build", "handlers-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  for (const [name, { code }] of Object.entries(cases)) {
    writeFileSync(join(folder, `${name}.ts`), `${head}${code}\n`);
  }
  const config = { extends: "../../tsconfig.base.json", compilerOptions: { noEmit: true } };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: ["*.ts"] }));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  const last = head.split("\n").length;

  it("finds mistakes in the cases alone", () => {
    const places = stdout.match(/^\S+\(\d+,/gm) ?? [];
    const outside = places.filter((place) => !/^[a-z-]+\.ts\(/.test(place));
    expect(outside).toEqual([]);
  });

  it.each(Object.entries(cases))("judges the case %s", (name, { error }) => {
    const found = stdout.split(/^(?=\S)/m).filter((message) => message.startsWith(`${name}.ts(`));
    const elsewhere = found.filter((message) => !message.startsWith(`${name}.ts(${last},`));
    expect(elsewhere).toEqual([]);
    if (error === undefined) expect(found).toEqual([]);
    else expect(found.join("")).toMatch(error);
  });
});
