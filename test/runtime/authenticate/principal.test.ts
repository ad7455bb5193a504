import { describe, expect, it } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import { bearer, issuerPolicy, present } from "./token-desk.js";
import type { Outcome } from "./token-desk.js";
import { createSigner, forge } from "./token-forge.js";
import type { Members } from "./token-forge.js";

const signer = createSigner("HS256");
const environment = { KEYS: String(signer.jwk["k"]) };

/** The outcomes of tokens with these claims, where the policy reads the principal so. */
async function read(principal: string, ...claims: readonly Members[]): Promise<readonly Outcome[]> {
  const policy = issuerPolicy("HS256").replace("principal: { roles: roles }", principal);
  expect(policy).toContain(principal);
  const tokens = claims.map((given) => bearer(forge(signer, { claims: given })));
  return present({ policy, environment }, ...tokens);
}

function ordersAs(method: string, roles: readonly string[]): RawRequest {
  const Authorization = bearer(forge(signer, { claims: { roles } }));
  return { method, target: "/orders", headers: { Authorization } };
}

const told = ({ status, cause, principal }: Outcome) =>
  status === 200 ? principal : [status, cause];

describe("the id", () => {
  const misfits = [undefined, null, "", 1, true, ["u1"], {}];

  it("is a text that is not empty", async () => {
    const outcomes = await read("principal: {}", ...misfits.map((sub) => ({ sub })));
    expect(outcomes.map(told)).toEqual(misfits.map(() => [401, "claim:sub"]));
    expect(outcomes.map(({ record }) => record.principal)).toEqual(misfits.map(() => null));
  });

  it("lies where the policy says", async () => {
    const nested = { user: { id: "u2" } };
    const outcomes = await read(
      "principal: { id: user.id }",
      nested,
      { user: "u2" },
      {},
      {
        "user.id": "u3",
      },
    );
    expect(outcomes.map(({ principal, cause }) => principal?.["id"] ?? cause)).toEqual([
      "u2",
      "claim:user.id",
      "claim:user.id",
      "claim:user.id",
    ]);
  });

  it("is no property that each object or text has", async () => {
    for (const path of ["constructor.name", "sub.length", "[toString, name]", "sub.0"]) {
      const [outcome] = await read(`principal: { id: ${path} }`, {});
      expect(outcome?.status).toBe(401);
      expect(outcome?.cause).toMatch(/^claim:/);
    }
  });

  it("stands in the record with its issuer", async () => {
    const id = 'u"1\r\n\u001b[31m\u2028';
    const [outcome] = await read("principal: {}", { sub: id });
    expect(outcome?.record.principal).toEqual({ id, issuer: "https://id.example", roles: [] });
    expect(outcome?.principal).toMatchObject({ id, issuer: "https://id.example" });
  });
});

describe("roles", () => {
  const list = "principal: { roles: roles }";
  const spaced = "principal: { roles: { claim: scope, format: space-separated } }";

  it.each([
    ["a list", list, { roles: ["clerk", "boss"] }],
    ["a text with spaces", spaced, { scope: " clerk  boss " }],
    [
      "a list further in",
      "principal: { roles: realm.roles }",
      { realm: { roles: ["boss", "clerk"] } },
    ],
    [
      "a list under the name of a URL",
      'principal: { roles: "https://x.example/roles" }',
      { "https://x.example/roles": ["clerk", "boss", "clerk"] },
    ],
    [
      "a list under a name with dots",
      'principal: { roles: ["a.b", c] }',
      { "a.b": { c: ["boss", "clerk"] } },
    ],
  ])("are read from %s", async (_, principal, claims) => {
    const [outcome] = await read(principal, claims);
    // In the order of the policy, each once.
    expect(outcome?.principal).toMatchObject({ roles: ["boss", "clerk"] });
    expect(outcome?.record.unknownRoles).toBeUndefined();
  });

  it("that the policy does not know give nothing, and are recorded", async () => {
    const names = ["clrk", "Clerk", "__proto__", "constructor", " clerk", ""];
    const policy = issuerPolicy("HS256");
    const outcomes = await present(
      { policy, environment },
      ordersAs("GET", names),
      ordersAs("GET", [...names, "clerk"]),
      ordersAs("DELETE", ["clerk"]),
      ordersAs("DELETE", ["boss"]),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([403, 200, 403, 200]);
    expect(outcomes.map(({ record }) => record.unknownRoles)).toEqual([
      names,
      names,
      undefined,
      undefined,
    ]);
    expect(outcomes[0]?.record.principal?.roles).toEqual([]);
    expect(outcomes[1]?.principal).toMatchObject({ roles: ["clerk"] });
  });

  it("are recorded within bounds where they are many and long", async () => {
    const roles = Array.from({ length: 40 }, (_, index) => `${index}-${"x".repeat(120)}`);
    const [outcome] = await read(list, { roles });
    expect(outcome?.record.unknownRoles).toHaveLength(16);
    expect(outcome?.record.unknownRoles?.every((role) => role.length === 100)).toBe(true);
  });

  it("that are missing are none", async () => {
    const [inherited] = await read("principal: { roles: toString }", {});
    expect(inherited?.principal).toMatchObject({ roles: [] });
    const none = await read(list, { roles: undefined }, { roles: [] });
    expect(none.map(({ principal }) => principal?.["roles"])).toEqual([[], []]);
    const [empty] = await read(spaced, { scope: "" });
    expect(empty?.principal).toMatchObject({ roles: [] });
  });

  it("of another shape are refused", async () => {
    const misfits = [
      null,
      "clerk",
      1,
      true,
      {},
      ["clerk", 1],
      [["clerk"]],
      { 0: "clerk", length: 1 },
    ];
    const outcomes = await read(list, ...misfits.map((roles) => ({ roles })));
    expect(outcomes.map(told)).toEqual(misfits.map(() => [401, "claim:roles"]));
    const others = [null, ["clerk"], 1, true, {}];
    const texts = await read(spaced, ...others.map((scope) => ({ scope })));
    expect(texts.map(told)).toEqual(others.map(() => [401, "claim:roles"]));
  });
});

describe("the tenant", () => {
  it("is a text, or missing", async () => {
    const tenants = ["t1", undefined, null, "", 1, ["t1"]];
    const outcomes = await read(
      "principal: { tenant: org.id }",
      ...tenants.map((id) => ({ org: { id } })),
    );
    expect(outcomes.map(({ cause, principal }) => cause ?? principal?.["tenant"])).toEqual([
      "t1",
      undefined,
      ...tenants.slice(2).map(() => "claim:tenant"),
    ]);
    expect(outcomes[0]?.record.principal).toMatchObject({ tenant: "t1" });
    expect(outcomes[1]?.record.principal).not.toHaveProperty("tenant");
  });
});

describe("typed claims", () => {
  const cases: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ["string", ["x", ""], [1, true, null, ["x"], {}]],
    ["int", [1, 0, -7, 9007199254740991], ["1", 1.5, true, null, 2 ** 53, [1]]],
    ["double", [1, 1.5, -0.25], ["1.5", true, null, [1]]],
    ["bool", [true, false], ["true", 1, 0, null]],
    ['"list<string>"', [["a", "b"], []], ["a", [1], ["a", null], {}, null]],
  ];

  it.each(cases)("of type %s fit or are refused", async (type, fits, misfits) => {
    const principal = `principal: { claims: { field: { type: ${type}, claim: of.it } } }`;
    const good = await read(principal, ...fits.map((it) => ({ of: { it } })));
    expect(good.map(({ principal: found }) => found?.["claims"])).toEqual(
      fits.map((field) => ({ field })),
    );
    const bad = await read(principal, ...misfits.map((it) => ({ of: { it } })), { of: {} }, {});
    expect(bad.map(told)).toEqual([...misfits, 1, 2].map(() => [401, "claim:field"]));
  });

  it("hold no number beyond all numbers", async () => {
    const policy = issuerPolicy("HS256").replace(
      "principal: { roles: roles }",
      "principal: { claims: { field: double } }",
    );
    const claims = JSON.stringify({
      iss: "https://id.example",
      aud: "desk",
      sub: "u1",
      exp: 1_900_000_300,
      iat: 1_900_000_000,
      client_id: "till",
      jti: "t1",
    });
    const tokens = ["1e400", "-1e400", "1e300"].map((field) =>
      bearer(forge(signer, { claims: claims.replace("{", `{"field":${field},`) })),
    );
    const outcomes = await present({ policy, environment }, ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [401, "claim:field"],
      [401, "claim:field"],
      [200, undefined],
    ]);
  });

  it("that are optional may be missing, but not of another type", async () => {
    const principal = "principal: { claims: { email: { type: string, optional: true } } }";
    const outcomes = await read(principal, {}, { email: "a@b.example" }, { email: null });
    expect(outcomes.map(({ cause, principal: found }) => cause ?? found?.["claims"])).toEqual([
      {},
      { email: "a@b.example" },
      "claim:email",
    ]);
  });

  it("are all that a principal holds of a token", async () => {
    const [outcome] = await read("principal: { claims: { email: string } }", {
      email: "a@b.example",
      secret: "s",
    });
    expect(outcome?.principal).toEqual({
      id: "u1",
      issuer: "https://id.example",
      roles: [],
      claims: { email: "a@b.example" },
    });
  });
});
