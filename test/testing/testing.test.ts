import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { application } from "@gatewright/runtime/abi/application";
import { jwks } from "@gatewright/runtime/abi/jwks";
import { requirements } from "@gatewright/runtime/abi/requirements";
import { rules } from "@gatewright/runtime/abi/rules";
import { scoped } from "@gatewright/runtime/abi/scopes";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { nested } from "@gatewright/runtime/abi/nested";
import { createTestIssuer } from "@gatewright/runtime/testing";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { startService } from "../../examples/order-desk/start-service.js";
import { snapshot } from "../../generated/index.js";
import type { Policy } from "../../generated/index.js";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { mountedBare } from "../agreement/listeners.js";
import { ring } from "@gatewright/runtime/abi/ring";
import { hosts } from "../agreement/load-hosts.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url).pathname;

/** Status of a request to a listener that lives as long as it takes. */
async function ask(
  listener: Parameters<typeof createServer>[1],
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}${target}`, { headers });
  server.closeAllConnections();
  server.close();
  return status;
}

function policyWith({ keys = "{ environment: K }", more = "", principal = "{ roles: roles }" }) {
  const text = `
gatewright: 1
roles: { clerk: { grants: [orders.read] } }
resources: { orders: { actions: [read] } }
principal: ${principal}
tokens:
  main: { issuer: "https://a.example", audience: a, algorithms: [ES256], keys: ${keys}, requiredClaims: [jti] }
  other: { issuer: "https://b.example", audience: a, algorithms: [Ed25519], keys: ${keys} }
routes:
  /orders: { GET: { permissions: orders.read${more} } }
`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

type AnyOptions = Parameters<typeof createPolicyGate<LoosePolicy>>[2];

/** The issuer of a policy, its gate, and how the gate answers a caller. */
async function open(policy: SerializedSnapshot) {
  const issuer = await createTestIssuer<LoosePolicy>(policy);
  const features = {
    hosts,
    keys: ring,
    ...scoped(application),
    jwks,
    rules: rules({ requirements }),
  };
  const gate = createPolicyGate<LoosePolicy>(policy, features, issuer.options as AnyOptions);
  return {
    issuer,
    gate,
    get: (headers?: Readonly<Record<string, string>>) =>
      ask(mountedBare(gate, policy), "/orders", headers),
    async close() {
      await gate.shutdown();
      await issuer.close();
    },
  };
}

describe("a test issuer", () => {
  it("lets typed callers into the generated gate of an application", async () => {
    const issuer = await createTestIssuer<Policy>(snapshot);
    const { cwd = "", environment, rings = {} } = issuer.options;
    const { pages: ring } = rings;
    if (ring === undefined) throw new Error("the issuer has no ring");
    const secret = randomBytes(32).toString("base64url");
    const service = await startService({
      port: 0,
      host: "127.0.0.1",
      environment: { ...environment, ORDER_DESK_SESSIONS: secret },
      ring,
      cwd,
    });
    const get = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(service.url + path, { headers })).status;
    const clerk = await issuer.asPrincipal({
      id: "carol",
      roles: ["clerk"],
      tenant: "north",
      claims: { email: "carol@order-desk.example" },
    });
    expect(clerk.principal).toEqual({
      id: "carol",
      issuer: "https://id.order-desk.example",
      roles: ["clerk"],
      tenant: "north",
      claims: { email: "carol@order-desk.example" },
    });
    expect(await get("/orders", clerk.headers)).toBe(200);
    expect(await get("/admin/reports", clerk.headers)).toBe(403);
    expect(await get("/orders")).toBe(401);
    await service.stop();
    await issuer.close();
    expect(existsSync(cwd)).toBe(false);
  });

  it("gives nobody a role that was not asked for", async () => {
    const { issuer, get, close } = await open(policyWith({}));
    const nobody = await issuer.asPrincipal({});
    expect(nobody.principal.roles).toEqual([]);
    expect(await get(nobody.headers)).toBe(403);
    await close();
  });

  it("signs as each issuer of the policy, also where they share their keys' place", async () => {
    const { issuer, get, close } = await open(policyWith({}));
    for (const name of ["main", "other"]) {
      const caller = await issuer.asPrincipal({ roles: ["clerk"], issuer: name });
      expect(await get(caller.headers)).toBe(200);
    }
    await close();
  });

  it.each([
    ["in the environment", "{ environment: K }"],
    ["in a file", "{ file: keys/a.json }"],
    ["in a ring that is a file, once it adopted the gate", "{ ring: { file: keys/a.json } }"],
    ["in a ring of the application", "{ ring: { from: application } }"],
    ["at an address, once it adopted the gate", "{ url: https://id.example/jwks }"],
  ])("stands for keys %s", async (_, keys) => {
    const { issuer, gate, get, close } = await open(policyWith({ keys }));
    expect(issuer.adopt(gate)).toBe(gate);
    const caller = await issuer.asPrincipal({ roles: ["clerk"] });
    expect(await get(caller.headers)).toBe(200);
    await close();
  });

  it("stands for derived keys and nested tokens, with tokens that are signed only", async () => {
    const policy = compileSnapshot([
      {
        path: "policies/policy.yaml",
        text: `
gatewright: 1
roles: { clerk: { grants: [orders.read] } }
resources: { orders: { actions: [read] } }
principal: { roles: roles }
tokens:
  main:
    issuer: https://a.example
    audience: a
    algorithms: [HS256]
    keys: { ring: { environment: K, strategy: sliced, slice: 5m } }
    encryption: A256GCM
    maxLifetime: 1h
routes: { /orders: { GET: orders.read } }
`,
      },
    ]);
    const issuer = await createTestIssuer<LoosePolicy>(policy);
    const features = { hosts, keys: ring, credentials: credentials({ nested }) };
    const gate = createPolicyGate<LoosePolicy>(policy, features, issuer.options as AnyOptions);
    const caller = await issuer.asPrincipal({ roles: ["clerk"] });
    expect(await ask(mountedBare(gate, policy), "/orders", caller.headers)).toBe(401);
    issuer.adopt(gate);
    expect(await ask(mountedBare(gate, policy), "/orders", caller.headers)).toBe(200);
    await gate.shutdown();
    await issuer.close();
  });

  it("is believed by no gate but that with its own keys", async () => {
    const first = await open(policyWith({}));
    const second = await open(policyWith({}));
    const caller = await first.issuer.asPrincipal({ roles: ["clerk"] });
    expect(await second.get(caller.headers)).toBe(401);
    await first.close();
    await second.close();
  });

  it("knows its callers where the application supplies the principal", async () => {
    const { issuer, get, close } = await open(policyWith({ principal: "{ from: application }" }));
    const clerk = await issuer.asPrincipal({ id: "carol", roles: ["clerk"] });
    const guest = await issuer.asPrincipal({ id: "tom" });
    expect([await get(clerk.headers), await get(guest.headers)]).toEqual([200, 403]);
    await close();
  });

  it("signs scopes and what a sign-in was like", async () => {
    const more = ", scopes: orders, stepUp: { acr: mfa, maxAge: 5m }";
    const { issuer, get, close } = await open(policyWith({ more }));
    const now = Math.floor(Date.now() / 1000);
    const plain = await issuer.asPrincipal({ roles: ["clerk"], scopes: ["orders"] });
    const token = { acr: "mfa", auth_time: now };
    const strong = await issuer.asPrincipal({ roles: ["clerk"], scopes: ["orders"], token });
    expect([await get(plain.headers), await get(strong.headers)]).toEqual([401, 200]);
    expect(plain.principal).toMatchObject({ scopes: ["orders"] });
    await close();
  });

  it("signs tokens that have ended", async () => {
    const { issuer, get, close } = await open(policyWith({}));
    const late = await issuer.asPrincipal({ roles: ["clerk"], expiresIn: -1 });
    expect(await get(late.headers)).toBe(401);
    await close();
  });

  it.each([
    ["a role", { roles: ["clark"] }, "the policy has no role `clark`"],
    ["an issuer", { issuer: "mian" }, "the policy has no issuer mian"],
    ["an id of nothing", { id: "" }, "`sub` of the principal is not a non-empty string"],
  ])("says what the policy does not know: %s", async (_, who, message) => {
    const { issuer, close } = await open(policyWith({}));
    await expect(issuer.asPrincipal(who)).rejects.toThrow(message);
    await close();
  });

  it("has callers of the policy's types", async () => {
    const issuer = await createTestIssuer<Policy>(snapshot);
    // @ts-expect-error a role that the policy does not have
    await expect(issuer.asPrincipal({ roles: ["clark"] })).rejects.toThrow("clark");
    // @ts-expect-error a claim of another type
    await expect(issuer.asPrincipal({ claims: { email: 1 } })).rejects.toThrow("email");
    await issuer.close();
  });
});

describe("the testing door", () => {
  it("does not load in production", async () => {
    const script = 'import("@gatewright/runtime/testing").then(() => console.log("loaded"))';
    const loading = (NODE_ENV: string) =>
      run(process.execPath, ["--input-type=module", "-e", script], {
        cwd: root,
        env: { ...process.env, NODE_ENV },
      });
    await expect(loading("production")).rejects.toThrow("does not load in production");
    expect((await loading("test")).stdout).toContain("loaded");
  });

  it.each(["runtime/index.ts", "runtime/abi.ts", "runtime/guards.ts", "runtime/hosts.ts"])(
    "is not reached from %s",
    async (entry) => {
      const { metafile } = await build({
        entryPoints: [entry],
        absWorkingDir: root,
        bundle: true,
        format: "esm",
        platform: "node",
        external: ["jose"],
        metafile: true,
        write: false,
      });
      const loaded = Object.keys(metafile.inputs);
      expect(loaded).toContain(entry);
      expect(loaded.filter((path) => path.startsWith("runtime/testing"))).toEqual([]);
    },
  );
});
