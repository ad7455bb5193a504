import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../generator/compile.js";

const exported: readonly string[] = Object.keys(
  JSON.parse(readFileSync(new URL("../../../runtime/package.json", import.meta.url), "utf8"))
    .exports,
);

const tokens = "issuer: https://id.example, audience: desk, algorithms: [ES256]";

/** The parts of the runtime that the gate of a policy imports, as it passes them. */
function featuresOf(more: string): {
  readonly imported: readonly string[];
  readonly passed: string;
} {
  const text = `
gatewright: 1
resources: { orders: { actions: [read] } }
roles: { clerk: { grants: [orders.read] } }
${more}
`;
  const { files } = compile([{ path: "policies/desk.yaml", text }]);
  const gate = files.find(({ path }) => path.endsWith("gate.ts"))?.text ?? "";
  const imported = [...gate.matchAll(/from "@gatewright\/runtime(\/abi\/[a-z]+)";/g)];
  return {
    imported: imported.map(([, path = ""]) => `.${path}`),
    passed: /\(\s*snapshot,\s*(\{[^]*?\}),\s*\.\.\.options/.exec(gate)?.[1] ?? "",
  };
}

const routes = "routes: { /orders: { GET: orders.read } }";
const local = `tokens: { desk: { ${tokens}, keys: { environment: KEYS } } }`;
const remote = `tokens: { desk: { ${tokens}, keys: { url: "https://id.example/jwks" } } }`;
const supplied = "principal: { from: application }";
const web =
  "cors: { web: { origins: [https://desk.example], headers: [Authorization], default: true } }";
const proxies = "router: { trustedProxies: 1 }";

describe("the generated gate", () => {
  it.each([
    ["keys alone", [routes, local], ["keys"]],
    ["keys behind an address", [routes, remote], ["jwks"]],
    ["a principal from the application", [routes, local, supplied], ["application", "keys"]],
    [
      "all that there is",
      [
        "routes: { /orders: { GET: { permissions: orders.read, upgrade: websocket, origins: [] } } }",
        remote,
        supplied,
        web,
        proxies,
      ],
      ["application", "cors", "forwarded", "jwks", "upgrades"],
    ],
  ])("loads %s where the policy has it", (_, sections, features) => {
    const { imported, passed } = featuresOf(sections.join("\n"));
    expect(imported).toEqual(features.map((name) => `./abi/${name}`));
    expect(passed).toBe(`{ ${["hosts", ...features].join(", ")} }`);
    for (const path of imported) expect(exported).toContain(path);
  });

  it.each([
    ["keys", "file: k", "", []],
    ["nested tokens", "file: k", ", encryption: A256GCM", ["nested"]],
    ["a key for each token", "file: k, strategy: per-token", "", ["derived"]],
    ["both", "file: k, strategy: per-token", ", encryption: A256GCM", ["derived", "nested"]],
  ])("loads rings in the place of keys, and what stands before them: %s", (...found) => {
    const [, source, more, parts] = found;
    const algorithms = source.includes("per-token") ? "HS256" : "ES256";
    const issuer = tokens.replace("ES256", algorithms);
    const policy = `tokens: { desk: { ${issuer}, keys: { ring: { ${source} } }${more} } }`;
    const { imported, passed } = featuresOf([routes, policy].join("\n"));
    const first = parts.length > 0 ? ["credentials", "ring"] : ["ring"];
    expect(imported).toEqual([...first, ...parts].map((name) => `./abi/${name}`));
    const before = parts.length > 0 ? `credentials: credentials({ ${parts.join(", ")} }), ` : "";
    expect(passed).toBe(`{ hosts, ${before}keys: ring }`);
    for (const path of imported) expect(exported).toContain(path);
  });

  it.each([
    [
      "step-up",
      "stepUp: { maxAge: 5m }, GET: orders.read",
      "",
      ["requirements"],
      "rules({ requirements })",
    ],
    [
      "conditions",
      "GET: orders.read",
      'derivedRoles: { one: { resource: orders, from: clerk, when: "principal.id == request.path", grants: orders.read } }',
      ["clauses"],
      "rules({ clauses: clauses(compiled) })",
    ],
  ])("loads the kind of rules that the policy has: %s", (...[, route, more, parts, passed]) => {
    const found = featuresOf([`routes: { /orders: { ${route} } }`, local, more].join("\n"));
    expect(found.imported).toEqual(["keys", "rules", ...parts].map((name) => `./abi/${name}`));
    expect(found.passed).toBe(`{ hosts, keys, rules: ${passed} }`);
    for (const path of found.imported) expect(exported).toContain(path);
  });

  it.each([
    ["", "{ hosts, keys }"],
    ["roles: roles, scopes: scope", "{ hosts, ...scoped(), keys }"],
    ["from: application, scopes: scope", "{ hosts, ...scoped(application), keys }"],
    [
      "actor: {}, scopes: scope",
      "{ hosts, ...scoped(delegated()), keys, rules: rules({ delegation }) }",
    ],
    [
      "from: application, actor: {}",
      "{ hosts, application: delegated(application), keys, rules: rules({ delegation }) }",
    ],
  ])("reads the principal as the policy says: %s", (principal, passed) => {
    const found = featuresOf([routes, local, `principal: { ${principal} }`].join("\n"));
    expect(found.passed.replaceAll(/,?\s+/g, " ")).toBe(passed.replaceAll(/,?\s+/g, " "));
    for (const path of found.imported) expect(exported).toContain(path);
  });

  it("loads strategies where the policy has them", () => {
    const authentication =
      "authentication: { default: users, strategies: { users: { tokens: desk } } }";
    const found = featuresOf([routes, local, authentication].join("\n"));
    const parts = ["credentials", "keys", "strategies"];
    expect(found.imported).toEqual(parts.map((name) => `./abi/${name}`));
    expect(found.passed).toBe("{ hosts, credentials: credentials({ strategies }), keys }");
    for (const path of found.imported) expect(exported).toContain(path);
  });
});
