import { describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { asciiJson } from "../ascii-json.js";

/** A policy in one file; null where it is refused, with the codes why. */
function compiled(policy: object) {
  const text = asciiJson({ gatewright: 1, ...policy });
  const { files, model, snapshot, diagnostics } = compile([{ path: "policies/a.yaml", text }]);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const fileOf = (name: string) => files.find(({ path }) => path === name)?.text ?? "";
  return { model, snapshot, codes: errors.map(({ code }) => code), fileOf, files };
}

const tokens = {
  desk: {
    issuer: "https://id.example",
    audience: "desk",
    algorithms: ["ES256"],
    keys: { environment: "DESK_KEYS" },
  },
};

describe("names that differ in letter case alone", () => {
  const policy = {
    tokens,
    roles: {
      clerk: { grants: ["orders.read"] },
      Clerk: { grants: ["Orders.read", "orders.Read"] },
    },
    resources: { orders: { actions: ["read", "Read"] }, Orders: { actions: ["read"] } },
    principal: { claims: { mail: "string", Mail: "int" } },
  };

  it("stay apart wherever letters are compared", () => {
    const { codes, snapshot, model, fileOf } = compiled(policy);
    expect(codes).toEqual([]);
    expect(snapshot?.roles).toEqual(["Clerk", "clerk"]);
    expect(snapshot?.permissions.map(({ name }) => name)).toEqual([
      "Orders.read",
      "orders.Read",
      "orders.read",
    ]);
    expect(model?.permissions.map(({ grantedTo }) => grantedTo)).toEqual([
      ["Clerk"],
      ["Clerk"],
      ["clerk"],
    ]);
    const types = fileOf("types.ts");
    expect(types).toContain('export type Role = "Clerk" | "clerk";');
    expect(types).toContain("readonly Mail: number;");
    expect(types).toContain("readonly mail: string;");
    const guards = fileOf("guards.ts");
    expect(guards).toMatch(/readonly Orders: \{[^}]*readonly read:[^}]*\}/);
    expect(guards).toMatch(/readonly orders: \{[^}]*readonly Read:[^}]*readonly read:[^}]*\}/);
  });

  it("are one path to a router that ignores case, and two to one that does not", () => {
    const routes = { "/orders": { GET: "public" }, "/Orders": { GET: "public" } };
    expect(compiled({ routes }).codes).toEqual(["duplicate-route"]);
    const apart = compiled({ routes, router: { caseSensitive: true } });
    expect(apart.snapshot?.routes.map(({ id }) => id)).toEqual(["GET /Orders", "GET /orders"]);
  });

  it("fold as ASCII does, and no further", () => {
    // The Kelvin sign and the long s fold to `k` and `s` for Unicode.
    const routes = {
      "/k": { GET: "public" },
      "/\u212a": { GET: "public" },
      "/\u017f": { GET: "public" },
    };
    const { codes, snapshot } = compiled({ routes });
    expect(codes).toEqual([]);
    expect(snapshot?.routes).toHaveLength(3);
  });

  it("never decide the name of a file", () => {
    const names = compiled(policy).files.map(({ path }) => path);
    expect(names).toEqual(compiled({}).files.map(({ path }) => path));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });
});

describe("names that Unicode normalises to one", () => {
  it("are refused as roles, which tokens name", () => {
    const { codes } = compiled({ roles: { "caf\u00e9": null, "cafe\u0301": null } });
    expect(codes).toEqual(["bad-name"]);
    expect(compiled({ roles: { "\u212b": null } }).codes).toEqual(["bad-name"]);
    expect(compiled({ roles: { clerk: null, "clerk\u200b": null } }).codes).toEqual(["bad-name"]);
  });

  it("stay two paths, which requests spell in octets", () => {
    const routes = { "/caf\u00e9": { GET: "public" }, "/cafe\u0301": { GET: "public" } };
    const { codes, snapshot } = compiled({ routes });
    expect(codes).toEqual([]);
    expect(snapshot?.routes.map(({ id }) => id)).toEqual(["GET /caf%C3%A9", "GET /cafe%CC%81"]);
  });

  it("stay two claims, which are compared exactly", () => {
    const claims = {
      one: { claim: ["caf\u00e9"], type: "string" },
      two: { claim: ["cafe\u0301"], type: "string" },
    };
    const found = compiled({ principal: { claims } }).snapshot?.principal.claims;
    expect(found?.map(({ path }) => path)).toEqual([["caf\u00e9"], ["cafe\u0301"]]);
  });
});

describe("paths that are spelt in several ways", () => {
  it.each([
    ["/a%62", "/ab"],
    ["/%7euser", "/~user"],
    ["/é", "/%C3%A9"],
    ["/é", "/%c3%a9"],
    ["/a b", "/a%20b"],
    ["/:id", "/:name"],
    ["/:id", "/*"],
  ])("%s and %s are one", (one, other) => {
    const { codes } = compiled({
      routes: { [one]: { GET: "public" }, [other]: { GET: "public" } },
    });
    expect(codes).toHaveLength(1);
    expect(codes[0]).toMatch(/^(?:duplicate|ambiguous)-route$/);
  });

  it("bind their methods at one place", () => {
    const routes = { "/caf\u00e9": { GET: "public" }, "/caf%c3%a9": { POST: "public" } };
    const found = compiled({ routes }).snapshot?.routes;
    expect(found?.map(({ id }) => id)).toEqual(["GET /caf%C3%A9", "POST /caf%C3%A9"]);
  });
});
