import { createPolicyGate } from "@gatewright/runtime/abi";
import { application } from "@gatewright/runtime/abi/application";
import { clauses } from "@gatewright/runtime/abi/clauses";
import { keys } from "@gatewright/runtime/abi/keys";
import { rules } from "@gatewright/runtime/abi/rules";
import { scoped } from "@gatewright/runtime/abi/scopes";
import { loadSnapshot } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { mountedBare } from "../agreement/listeners.js";
import { hosts } from "../agreement/load-hosts.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { seenIn, serveGate, serveOnce } from "../agreement/serve-gate.js";
import { tokens } from "./gate-policy.js";

const text = (principal: string) => `
gatewright: 1
resources: { orders: { actions: [list] } }
roles: { clerk: { grants: [{ permission: orders.list, when: "'orders' in principal.scopes" }] } }
principal: { ${principal} }
tokens:
  test: { issuer: "https://issuer.example", audience: test, algorithms: [HS256], keys: { environment: TEST_KEY } }
audit: { sink: { jsonl: a.jsonl } }
routes: { /orders: { GET: orders.list } }
`;

function policyWith(principal: string) {
  return compileSnapshot([{ path: "policies/policy.yaml", text: text(principal) }]);
}

describe("scopes in conditions", () => {
  it.each<readonly [string, string, object, number]>([
    ["one text", "roles: roles, scopes: scope", { scope: "users orders" }, 200],
    ["another text", "roles: roles, scopes: scope", { scope: "orders:read" }, 403],
    ["no claim", "roles: roles, scopes: scope", {}, 403],
    ["a list where a text is declared", "roles: roles, scopes: scope", { scope: ["orders"] }, 403],
    ["a list", "roles: roles, scopes: { claim: scp, format: list }", { scp: ["orders", 1] }, 200],
    [
      "a text where a list is declared",
      "roles: roles, scopes: { claim: scp, format: list }",
      { scp: "orders" },
      403,
    ],
  ])("are those of the token: %s", async (_, principal, claims, status) => {
    const policy = policyWith(principal);
    const served = serveGate(policy, tokens.environment, (gate) => mountedBare(gate, policy));
    const headers = await tokens.authorize(["clerk"], { ...claims });
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses.map((response) => response.status)).toEqual([status]);
  });

  it("are there for handlers", async () => {
    const policy = policyWith("roles: roles, scopes: scope");
    const served = serveGate(policy, tokens.environment, (gate) => mountedBare(gate, policy));
    const headers = await tokens.authorize(["clerk"], { scope: "users orders" });
    const { responses } = await serveOnce(served, [{ method: "GET", target: "/orders", headers }]);
    expect(responses.map(seenIn)).toMatchObject([{ principal: { scopes: ["users", "orders"] } }]);
  });

  it("are the token's where the application supplies the principal, cached or not", async () => {
    for (const cache of ["", ", cache: { maxAge: 1m }"]) {
      const snapshot = loadSnapshot(policyWith(`from: application, scopes: scope${cache}`));
      const read = scoped(application).application(snapshot, {
        principalSource: () => ({ roles: ["clerk"], scopes: ["forged"] }),
        onError: () => undefined,
        now: Date.now,
      } as never);
      const claims = { iss: "https://issuer.example", sub: "ann", scope: "orders" };
      expect(await read?.(claims)).toMatchObject({ ok: true, principal: { scopes: ["orders"] } });
      expect(await read?.({ ...claims, scope: "" })).toMatchObject({ principal: { scopes: [] } });
    }
  });

  it("are read by a part that the generated code must load", () => {
    const fromTrees = clauses({ digest: "", functions: [] });
    const features = { hosts, keys, rules: rules({ clauses: fromTrees }) };
    const { environment } = tokens;
    const policy = policyWith("roles: roles, scopes: scope");
    expect(() => createPolicyGate<LoosePolicy>(policy, features, { environment })).toThrow(
      "the generated code does not load scopes: build it again",
    );
  });
});
