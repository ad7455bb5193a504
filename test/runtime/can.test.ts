import { createCan } from "@gatewright/runtime/abi/can";
import { createClauseJudge } from "@gatewright/runtime/abi/clauses";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSnapshot } from "@gatewright/runtime";
import { compileSnapshot } from "../agreement/compile-policy.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { mountedBare } from "../agreement/listeners.js";
import { can as generatedCan } from "../compile/conditions/expected/can.js";
import { snapshot as generated } from "../compile/conditions/expected/snapshot.js";
import type { Policy } from "../compile/conditions/expected/types.js";
import { can as plainCan } from "../compile/roles-and-inheritance/expected/can.js";
import { snapshot as plain } from "../compile/roles-and-inheritance/expected/snapshot.js";
import type { Policy as PlainPolicy } from "../compile/roles-and-inheritance/expected/types.js";
import { ask, NOW, order, snapshot } from "../gate/clause-desk.js";
import type { Order } from "../gate/clause-desk.js";

type Principal = Policy["principal"];

const holder = { snapshot: () => loadSnapshot(generated) };
const ann: Principal = {
  id: "ann",
  issuer: "https://issuer.example",
  roles: ["clerk"],
  tenant: "north",
  scopes: ["orders:write"],
  claims: { level: 1 },
};
const own = {
  ownerId: "ann",
  desk: "north",
  total: 10,
  locked: false,
  placedAt: new Date(NOW),
};

describe("can", () => {
  it.each<readonly [string, Partial<Principal>, object, boolean]>([
    ["her own", {}, {}, true],
    ["somebody else's", {}, { ownerId: "bob" }, false],
    ["too dear a one", {}, { total: 1000 }, false],
    ["that of another desk", {}, { desk: "south" }, false],
    ["any of her desk, as manager", { roles: ["manager"] }, { ownerId: "bob", total: 9999 }, true],
    ["nothing without a role", { roles: [] }, {}, false],
    ["nothing without a tenant", { tenant: undefined }, {}, false],
  ])("lets a principal change %s", (_, who, what, expected) => {
    const principal = { ...ann, ...who };
    expect(generatedCan(holder, principal, "orders.update", { ...own, ...what })).toBe(expected);
  });

  it("reads the scopes of the principal's token", () => {
    expect(generatedCan(holder, ann, "orders.create")).toBe(true);
    expect(generatedCan(holder, { ...ann, scopes: ["orders"] }, "orders.create")).toBe(false);
    const untyped: object = { ...ann, scopes: undefined };
    expect(generatedCan(holder, untyped as Principal, "orders.create")).toBe(false);
  });

  it("asks for a resource where one is read, and for none elsewhere", () => {
    expect(generatedCan(holder, ann, "orders.list")).toBe(true);
    // @ts-expect-error the resource is missing
    expect(generatedCan(holder, ann, "orders.update")).toBe(false);
    // @ts-expect-error no resource is read
    expect(generatedCan(holder, ann, "orders.list", own)).toBe(true);
    // @ts-expect-error an attribute has another type
    expect(generatedCan(holder, ann, "orders.update", { ...own, total: "10" })).toBe(false);
    // @ts-expect-error there is no such permission
    expect(generatedCan(holder, ann, "orders.delete", own)).toBe(false);
  });

  it("decides like the gate, from generated code and from trees, about random orders", async () => {
    const fromTrees = createCan<LoosePolicy, Record<string, unknown>>(
      createClauseJudge({ digest: "", functions: [] }),
    );
    const held = loadSnapshot(snapshot);
    const orders = fc.record({
      ownerId: fc.constantFrom("ann", "bob"),
      desk: fc.constantFrom("north", "north", "south"),
      total: fc.constantFrom(0, 999.5, 1000, Number.MAX_VALUE),
      locked: fc.boolean(),
    });
    const roles = fc.subarray(["clerk", "manager"]);
    await fc.assert(
      fc.asyncProperty(orders, roles, async (found, names) => {
        const resource: Order = { ...order, ...found };
        const principal = { ...ann, roles: names as Principal["roles"] };
        const { status } = await ask(mountedBare, "PATCH /orders/7", {
          roles: names,
          order: resource,
        });
        const isAllowed = status === 200;
        // The other policy denies what is locked.
        const byGenerated = generatedCan(holder, principal, "orders.update", resource);
        expect(byGenerated && !found.locked).toBe(isAllowed);
        expect(
          fromTrees({ snapshot: () => held }, principal, "orders.update", resource as never),
        ).toBe(isAllowed);
      }),
      { numRuns: 60 },
    );
  });

  it("follows the policy in force", () => {
    const held = { snapshot: () => loadSnapshot(generated) };
    const locked = { ...order, locked: true };
    expect(generatedCan(held, ann, "orders.update", locked)).toBe(true);
    held.snapshot = () => loadSnapshot(snapshot);
    expect(generatedCan(held, ann, "orders.update", locked)).toBe(false);
  });
});

describe("can of a policy of roles alone", () => {
  const anybody = { issuer: "", tenant: undefined, claims: { level: 1, groups: [] } };
  const held = { snapshot: () => loadSnapshot(plain) };
  const of = (...roles: PlainPolicy["principal"]["roles"]) => ({ ...anybody, id: "ann", roles });

  it("decides by grants, denies and inheritance", () => {
    expect(plainCan(held, of("manager"), "orders.read")).toBe(true);
    expect(plainCan(held, of("manager"), "orders.delete")).toBe(false);
    expect(plainCan(held, of("archivist"), "orders.delete")).toBe(true);
    expect(plainCan(held, of("archivist", "manager"), "orders.delete")).toBe(false);
    expect(plainCan(held, of(), "orders.read")).toBe(false);
    // @ts-expect-error no resource is read
    expect(plainCan(held, of("clerk"), "orders.read", {})).toBe(true);
    // @ts-expect-error there is no such permission
    expect(plainCan(held, of("clerk"), "orders.steal")).toBe(false);
  });

  it("refuses where the policy in force asks for more than the build loads", () => {
    const manager = { ...of("manager"), roles: ["manager" as const] };
    expect(plainCan({ snapshot: () => loadSnapshot(snapshot) }, manager, "orders.read")).toBe(
      false,
    );
  });
});

/** A policy that says this of actors, in force. */
function actingDesk(actor: string) {
  const text = `gatewright: 1
resources: { orders: { actions: [read, drop], attributes: { ownerId: string } } }
roles:
  clerk: { grants: [{ permission: orders.read, when: resource.ownerId == principal.id }] }
  boss: { grants: ["orders.*"] }
principal: { roles: roles, actor: ${actor} }
tokens: { t: { issuer: i, audience: a, algorithms: [ES256], keys: { environment: K } } }
routes: { "/orders/:id": { GET: orders.read, DELETE: orders.drop } }
`;
  const source = compileSnapshot([{ path: "policies/policy.yaml", text }]);
  return { snapshot: () => loadSnapshot(source) };
}

/** Ann with these roles, and those of whoever acts for her. */
function actedFor(roles: readonly string[], acting: readonly string[] | undefined) {
  const actor = { id: "service", issuer: "i", roles: acting };
  return { ...ann, roles, ...(acting === undefined ? {} : { actor }) };
}

describe("can of a principal for whom another acts", () => {
  const fromTrees = createCan<LoosePolicy, Record<string, unknown>>(
    createClauseJudge({ digest: "", functions: [] }),
  );
  it.each<readonly [string, string, readonly string[], readonly string[] | undefined, boolean]>([
    ["nobody acts", "{}", ["boss"], undefined, true],
    ["both may", "{}", ["boss"], ["boss"], true],
    ["the actor may not", "{}", ["boss"], ["clerk"], false],
    ["the principal may not", "{}", ["clerk"], ["boss"], false],
    ["the principal alone counts", "{ permissions: subject }", ["boss"], ["clerk"], true],
  ])("asks what both may do: %s", (_, actor, roles, acting, expected) => {
    const who = actedFor(roles, acting);
    expect(fromTrees(actingDesk(actor), who, "orders.drop", undefined)).toBe(expected);
  });

  it("asks both for conditions", () => {
    const who = actedFor(["boss"], ["clerk"]);
    expect(fromTrees(actingDesk("{}"), who, "orders.read", { ownerId: "ann" })).toBe(true);
    expect(fromTrees(actingDesk("{}"), who, "orders.read", { ownerId: "bob" })).toBe(false);
  });
});
