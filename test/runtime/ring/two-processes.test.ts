import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snapshotOf } from "../authenticate/token-desk.js";
import { NOW } from "../authenticate/token-forge.js";
import { partsOf, ringPolicy } from "./ring-desk.js";
import type { Answer, Order } from "./sliced-service.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
// Inside the repository, where Node finds jose, and in a folder that Git ignores.
mkdirSync(join(root, "build"), { recursive: true });
const folder = mkdtempSync(join(root, "build/two-processes-"));
const children: ChildProcess[] = [];
const master = randomBytes(64).toString("base64url");
const edge = (Math.floor(NOW / 3600) + 1) * 3600;

interface Service {
  readonly port: number;
  tell(order: Order): Promise<Answer>;
}

async function start(script: string): Promise<Service> {
  const snapshot = snapshotOf(ringPolicy("HS256", "environment: MASTER, strategy: sliced"));
  const cwd = mkdtempSync(join(folder, "service-"));
  const child = fork(script, [JSON.stringify(snapshot), cwd, master]);
  children.push(child);
  const hear = async () => (await once(child, "message"))[0] as Answer;
  const first = await hear();
  return {
    port: "port" in first ? first.port : 0,
    tell: async (order) => {
      child.send(order);
      return hear();
    },
  };
}

async function ask({ port }: Service, token: string): Promise<readonly [number, string]> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, { headers });
  return [answer.status, answer.ok ? await answer.text() : ""];
}

async function issueAt(service: Service): Promise<string> {
  const answer = await service.tell({ issue: true });
  return "token" in answer ? answer.token : "";
}

describe("two processes that share a master", () => {
  let services: readonly [Service, Service];
  beforeAll(async () => {
    const outfile = join(folder, "service.mjs");
    await build({
      entryPoints: [join(root, "test/runtime/ring/sliced-service.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      alias: {
        "@gatewright/runtime/abi/hosts": join(root, "runtime/hosts.ts"),
        "@gatewright/runtime/abi/ring": join(root, "runtime/ring.ts"),
        "@gatewright/runtime/issuer": join(root, "runtime/issuer.ts"),
        "@gatewright/runtime/abi": join(root, "runtime/abi.ts"),
      },
      external: ["jose"],
    });
    services = [await start(outfile), await start(outfile)];
  });
  afterAll(async () => {
    for (const child of children) {
      child.kill();
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true });
  });

  it("verify each other's tokens across the edge of an hour, with clocks that differ", async () => {
    const [one, other] = services;
    const setClocks = async (first: number, second: number) => {
      await one.tell({ now: first });
      await other.tell({ now: second });
    };
    await setClocks(edge - 10, edge - 20);
    const before = [await issueAt(one), await issueAt(other)];
    // One is in the new hour already, and the other sees a slice that has not begun.
    await setClocks(edge + 5, edge - 5);
    const between = [await issueAt(one), await issueAt(other)];
    expect(await ask(other, between[0] ?? "")).toEqual([200, "u1"]);
    expect(await ask(one, between[1] ?? "")).toEqual([200, "u1"]);
    await setClocks(edge + 60, edge + 50);
    const after = [await issueAt(one), await issueAt(other)];
    for (const token of [...before, ...between, ...after]) {
      expect(await ask(one, token)).toEqual([200, "u1"]);
      expect(await ask(other, token)).toEqual([200, "u1"]);
    }
    const slices = [...before, ...between, ...after].map((token) => partsOf(token)[0]?.["kid"]);
    const slice = edge / 3600;
    const [old, next] = [`main.h${slice - 1}`, `main.h${slice}`];
    expect(slices).toEqual([old, old, next, old, next, next]);
    await setClocks(edge + 3600, edge + 3600);
    expect((await ask(one, before[0] ?? ""))[0]).toBe(401);
  });
});
