import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { asciiJson } from "../../ascii-json.js";
import { documentOf } from "../documents-of.js";

interface RoleText {
  readonly inherits?: readonly string[];
  readonly grants?: readonly string[];
  readonly denies?: readonly string[];
}

const resources = {
  orders: { actions: ["read", "create", "cancel"] },
  users: { actions: ["read"] },
};

function build(roles: Readonly<Record<string, RoleText | null>>) {
  return buildModel([documentOf(asciiJson({ gatewright: 1, resources, roles }))]);
}

const chain = (last: RoleText) =>
  Object.fromEntries(
    Array.from({ length: 4000 }, (_, n) => [
      `r${n}`,
      n < 3999 ? { inherits: [`r${n + 1}`] } : last,
    ]),
  );

describe("resolveRoles", () => {
  it("closes grants and denies over all ancestors and expands wildcards", () => {
    const { model } = build({
      boss: { inherits: ["manager"], denies: ["users.*"] },
      manager: { inherits: ["clerk", "reader"], grants: ["orders.*"] },
      clerk: { inherits: ["reader"], grants: ["orders.create"] },
      reader: { grants: ["orders.read", "users.read"], denies: ["orders.cancel"] },
      guest: null,
    });
    expect(
      model?.roles.map(({ name, ancestors, granted, denied }) => ({
        name,
        ancestors,
        granted,
        denied,
      })),
    ).toEqual([
      {
        name: "boss",
        ancestors: ["clerk", "manager", "reader"],
        granted: ["orders.cancel", "orders.create", "orders.read", "users.read"],
        denied: ["orders.cancel", "users.read"],
      },
      {
        name: "clerk",
        ancestors: ["reader"],
        granted: ["orders.create", "orders.read", "users.read"],
        denied: ["orders.cancel"],
      },
      { name: "guest", ancestors: [], granted: [], denied: [] },
      {
        name: "manager",
        ancestors: ["clerk", "reader"],
        granted: ["orders.cancel", "orders.create", "orders.read", "users.read"],
        denied: ["orders.cancel"],
      },
      {
        name: "reader",
        ancestors: [],
        granted: ["orders.read", "users.read"],
        denied: ["orders.cancel"],
      },
    ]);
    expect(model?.roles[3]?.grants).toMatchObject([
      { text: "orders.*", permissions: ["orders.cancel", "orders.create", "orders.read"] },
    ]);
    expect(model?.permissions.find(({ name }) => name === "users.read")).toMatchObject({
      resource: "users",
      action: "read",
      grantedTo: ["boss", "clerk", "manager", "reader"],
      deniedTo: ["boss"],
    });
  });

  it("refuses a name that no tool prints alike", () => {
    const { diagnostics } = build({
      "cl\u0085erk": null,
      "x\ud800": null,
      "clerk\u200b": null,
      "größe/рол:1": null,
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(["bad-name", "bad-name", "bad-name"]);
  });

  it("refuses a name that looks like another and is not, and says how it is written", () => {
    const { diagnostics } = build({ "ge\u0301rant": null, gérant: null });
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      code: "bad-name",
      help: expect.stringMatching("`g\u00e9rant`"),
    });
  });

  it("takes a single string for a list of one", () => {
    const text = "resources: {o: {actions: [a]}}\nroles: {r: {grants: o.a}, s: {inherits: r}}";
    expect(buildModel([documentOf(text)]).model?.roles[1]?.granted).toEqual(["o.a"]);
  });

  it("names the whole loop, beginning at its first name", () => {
    const { model, diagnostics } = build({
      d: { inherits: ["c"] },
      c: { inherits: ["a"] },
      b: { inherits: ["c"] },
      a: { inherits: ["b"] },
    });
    expect(model).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([
      "roles inherit in a loop: `a` -> `b` -> `c` -> `a`",
    ]);
    expect(diagnostics[0]?.related).toHaveLength(2);
  });

  it("finds every loop, also of one role", () => {
    const { diagnostics } = build({
      a: { inherits: ["a"] },
      b: { inherits: ["c", "d"] },
      c: { inherits: ["b"] },
      d: { inherits: ["b"] },
    });
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([
      "role `a` inherits itself",
      "roles inherit in a loop: `b` -> `c` -> `b`",
      "roles inherit in a loop: `b` -> `d` -> `b`",
    ]);
  });

  it("closes a chain of thousands of roles, and finds it in a loop", () => {
    const { model } = build(chain({ grants: ["orders.read"] }));
    expect(model?.roles.find((role) => role.name === "r0")?.ancestors).toHaveLength(3999);
    expect(model?.permissions.find(({ name }) => name === "orders.read")?.grantedTo).toHaveLength(
      4000,
    );
    const { diagnostics } = build(chain({ inherits: ["r0"] }));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message.split(" -> ")).toHaveLength(4001);
  });

  it("refuses a closure that memory would not hold", () => {
    const roles = Array.from({ length: 9000 }, (_, n) => [`r${n}`, { inherits: [`r${n + 1}`] }]);
    const { diagnostics } = build(Object.fromEntries([...roles, ["r9000", {}]]));
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["policy-too-large"]);
  });

  it("agrees with following every way by hand, on random graphs", () => {
    const names = ["a", "b", "c", "d", "e"];
    const permissions = ["orders.read", "orders.create", "users.read"];
    const role = fc.record({
      inherits: fc.uniqueArray(fc.constantFrom(...names)),
      grants: fc.uniqueArray(fc.constantFrom(...permissions)),
      denies: fc.uniqueArray(fc.constantFrom(...permissions)),
    });
    fc.assert(
      fc.property(fc.array(role, { minLength: 5, maxLength: 5 }), (bodies) => {
        const roles = new Map(names.map((name, index) => [name, bodies[index]]));
        const reach = (name: string, seen: Set<string>): Set<string> => {
          for (const parent of roles.get(name)?.inherits ?? []) {
            if (!seen.has(parent)) reach(parent, seen.add(parent));
          }
          return seen;
        };
        const isLooped = names.some((name) => reach(name, new Set()).has(name));
        const { model, diagnostics } = build(JSON.parse(JSON.stringify(Object.fromEntries(roles))));
        expect(diagnostics.length > 0).toBe(isLooped);
        for (const closed of model?.roles ?? []) {
          const ancestors = [...reach(closed.name, new Set())].toSorted();
          const all = [closed.name, ...ancestors].flatMap((name) => roles.get(name) ?? []);
          expect(closed.ancestors).toEqual(ancestors);
          expect(closed.granted).toEqual([...new Set(all.flatMap((r) => r.grants))].toSorted());
          expect(closed.denied).toEqual([...new Set(all.flatMap((r) => r.denies))].toSorted());
        }
      }),
    );
  });
});
