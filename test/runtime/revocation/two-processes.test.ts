import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openRedis } from "../../services/redis.js";
import { ISSUER, createSigner, forge } from "../authenticate/token-forge.js";
import { credentialPolicy } from "../credentials/credential-desk.js";
import type { Order } from "./revoking-service.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const server = await openRedis();
const signer = createSigner("HS256");

interface Service {
  readonly port: number;
  revoke(order: Order): Promise<void>;
}

async function ask(service: Service | undefined, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`http://127.0.0.1:${service?.port}/orders`, { headers })).status;
}

describe.skipIf(server === undefined)("S11: two processes that share a Redis", () => {
  // Inside the repository, where Node finds the driver.
  const folder = mkdtempSync(join(root, "build-revoking-"));
  const children: ChildProcess[] = [];
  let services: readonly Service[] = [];

  const start = async (script: string, prefix: string): Promise<Service> => {
    const snapshot = credentialPolicy({ more: "revocation: { store: redis }" });
    const cwd = mkdtempSync(join(folder, "service-"));
    const key = String(signer.jwk["k"]);
    const child = fork(script, [JSON.stringify(snapshot), cwd, key, String(server?.port), prefix]);
    children.push(child);
    const [{ port }] = await once(child, "message");
    return {
      port,
      async revoke(order) {
        child.send(order);
        await once(child, "message");
      },
    };
  };

  beforeAll(async () => {
    const outfile = join(folder, "service.mjs");
    await build({
      entryPoints: [join(root, "test/runtime/revocation/revoking-service.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      alias: {
        "@gatewright/runtime/abi/credentials": join(root, "runtime/credentials.ts"),
        "@gatewright/runtime/abi/hosts": join(root, "runtime/hosts.ts"),
        "@gatewright/runtime/abi/keys": join(root, "runtime/keys.ts"),
        "@gatewright/runtime/abi/revocation": join(root, "runtime/revocation.ts"),
        "@gatewright/runtime/abi/upgrades": join(root, "runtime/upgrades.ts"),
        "@gatewright/runtime/abi": join(root, "runtime/abi.ts"),
        "@gatewright/runtime/revocations": join(root, "runtime/revocations.ts"),
      },
      external: ["jose", "ioredis"],
    });
    const prefix = `gatewright-test:${randomUUID()}:`;
    services = [await start(outfile, prefix), await start(outfile, prefix)];
  });

  afterAll(async () => {
    for (const child of children) {
      child.kill();
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true });
  });

  it("refuse on either what one of them revoked, and nothing else", async () => {
    const [one, other] = services;
    const seconds = Math.floor(Date.now() / 1000);
    const tokenOf = (sid: string) =>
      forge(signer, { claims: { sid, iat: seconds, exp: seconds + 600 } });
    const [ended, kept] = [tokenOf("s1"), tokenOf("s2")];
    expect([await ask(one, ended), await ask(other, ended)]).toEqual([200, 200]);
    await one?.revoke({ issuer: ISSUER, id: "s1" });
    expect(await ask(one, ended)).toBe(401);
    await vi.waitFor(async () => expect(await ask(other, ended)).toBe(401), {
      timeout: 10_000,
      interval: 20,
    });
    // Minted in the same second, after the revocation.
    expect([await ask(one, tokenOf("s1")), await ask(other, tokenOf("s1"))]).toEqual([401, 401]);
    expect([await ask(one, kept), await ask(other, kept)]).toEqual([200, 200]);
  });
});
