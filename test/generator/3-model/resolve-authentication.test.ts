import { describe, expect, it } from "vitest";
import { compile } from "../../../generator/compile.js";

const digest = `hmac-sha256:${Buffer.alloc(32, 9).toString("base64url")}`;
const other = `hmac-sha256:${Buffer.alloc(32, 8).toString("base64url")}`;
const pepper = "pepper: { environment: PEPPER }";

interface Parts {
  readonly strategies?: string;
  readonly byDefault?: string;
  readonly routes?: string;
}

function compileWith({ strategies = "", byDefault = "users", routes = "" }: Parts) {
  const text = `
gatewright: 1
roles: { clerk: { grants: [orders.read] } }
resources: { orders: { actions: [read, write] } }
tokens:
  desk: { issuer: https://id.example, audience: a, algorithms: [ES256], keys: { environment: K } }
  guests: { issuer: https://guests.example, audience: a, algorithms: [ES256], keys: { environment: K } }
authentication:
  default: ${byDefault}
  strategies:
    users: { tokens: desk }
${strategies.replaceAll(/^(?=.)/gm, "    ")}
routes:
  /orders: { GET: orders.read }
${routes.replaceAll(/^(?=.)/gm, "  ")}
`;
  return compile([{ path: "policy.yaml", text }]);
}

/** A path and a wider one that binds a method more. */
function openedBy(authentication: string): string {
  return `
/in/*: { authentication: ${authentication}, GET: orders.read, POST: orders.read }
/in/a: { authentication: machines, GET: orders.read }
`;
}

function guestsAnd(rule: string): string {
  return `/a: { authentication: guests, GET: ${rule} }`;
}

function errorsOf(parts: Parts) {
  const { diagnostics } = compileWith(parts);
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, help }) => `${code}: ${message}; ${help ?? ""}`);
}

describe("the strategies of a route", () => {
  const strategies = `
guests: { tokens: guests }
all: { tokens: "*" }
machines: { application: { header: X-Key } }
`;

  it("are those of the nearest path or rule that names some", () => {
    const { snapshot } = compileWith({
      strategies,
      routes: `
/a:
  authentication: guests
  GET: authenticated
  POST: { access: authenticated, authentication: machines }
  /b: { GET: authenticated, /c: { authentication: [users, machines], GET: authenticated } }
  /d: { authentication: users, GET: authenticated }
/e: { GET: authenticated }
`,
    });
    const { authentication, routes = [] } = snapshot ?? {};
    const names = authentication?.strategies.map(({ name }) => name) ?? [];
    const named = authentication?.routes.map(({ route, strategies: own }) => [
      routes[route]?.id,
      own.map((index) => names[index]),
    ]);
    expect(names).toEqual(["all", "guests", "machines", "users"]);
    expect(authentication?.default).toEqual([3]);
    // Routes that take the default ones are left out.
    expect(named).toEqual([
      ["GET /a", ["guests"]],
      ["GET /a/b", ["guests"]],
      ["GET /a/b/c", ["machines", "users"]],
      ["POST /a", ["machines"]],
    ]);
    expect(authentication?.strategies.map(({ issuers }) => issuers)).toEqual([
      [0, 1],
      [1],
      [],
      [0],
    ]);
    expect(authentication?.strategies[2]?.header).toBe("x-key");
  });

  it("must be known, and a near name is offered", () => {
    const found = errorsOf({
      strategies,
      routes: "/a: { authentication: gusets, GET: authenticated }",
    });
    expect(found).toEqual(["unknown-strategy: unknown strategy `gusets`; did you mean `guests`?"]);
    expect(errorsOf({ byDefault: "[users, usrs]" })).toEqual([
      "unknown-strategy: unknown strategy `usrs`; did you mean `users`?",
    ]);
  });

  it.each([
    ["two of JWTs", "[users, guests]"],
    ["two of opaque tokens", "[one, two]"],
    ["two headers of one name", "[machines, robots]"],
    ["one that reads the whole request, first", "[whole, users]"],
    ["one that reads the whole request, last", "[users, whole]"],
  ])("must be told apart: %s", (_, list) => {
    const more = `${strategies}
one: { opaque: { ${pepper} } }
two: { opaque: { ${pepper} } }
robots: { application: { header: x-KEY } }
whole: { application: true }
`;
    const found = errorsOf({
      strategies: more,
      routes: `/a: { authentication: ${list}, GET: authenticated }`,
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^ambiguous-strategies: credentials for `.*` and `.*` look alike/);
  });

  it("are said where credentials are read", () => {
    expect(errorsOf({ strategies, routes: guestsAnd("public") })).toEqual([]);
    expect(
      errorsOf({ strategies, routes: guestsAnd("{ access: public, authentication: users }") }),
    ).toHaveLength(1);
    const optional = "{ access: public, identity: optional, authentication: users }";
    expect(errorsOf({ strategies, routes: guestsAnd(optional) })).toEqual([]);
  });

  it("are part of who a rule admits", () => {
    expect(errorsOf({ strategies, routes: openedBy("machines") })).toEqual([]);
    expect(errorsOf({ strategies, routes: openedBy("guests") })).toMatchObject([
      expect.stringMatching(
        /^method-falls-through: .*`POST \/in\/a` falls through to `POST \/in\/\*`, which admits the role `clerk` by `guests`/,
      ),
    ]);
    const head =
      "/a: { GET: orders.read, HEAD: { permissions: orders.read, authentication: guests } }";
    expect(errorsOf({ strategies, routes: head })).toMatchObject([
      expect.stringMatching(
        /^head-weaker-than-get: HEAD `\/a` admits the role `clerk` by `guests`/,
      ),
    ]);
  });
});

describe("a strategy", () => {
  it.each([
    ["of no kind", "s: {}", /^bad-strategy: strategy `s` says no kind of credentials/],
    ["of two kinds", "s: { tokens: desk, application: true }", /says more than one kind/],
    [
      "of no issuer",
      "s: { tokens: dsk }",
      /^unknown-issuer: unknown issuer `dsk`; did you mean `desk`/,
    ],
    ["of no application", "s: { application: false }", /^bad-strategy: `header` is no header/],
    [
      "with a header that others read",
      "s: { application: { header: Authorization } }",
      /`header` is no header/,
    ],
    [
      "with a header that is none",
      's: { application: { header: "a b" } }',
      /`header` is no header/,
    ],
    [
      "without a pepper",
      "s: { opaque: { pepper: {} } }",
      /^bad-strategy: `pepper` names not one source/,
    ],
    [
      "with two peppers",
      "s: { opaque: { pepper: { file: a, environment: B } } }",
      /names not one source/,
    ],
    [
      "with a pepper in it",
      "s: { opaque: { pepper: { environment: c2VjcmV0LXBlcHBlcg } } }",
      /^literal-secret/,
    ],
    [
      "with two previous peppers",
      `s: { opaque: { ${pepper}, previousPepper: { file: a, environment: B } } }`,
      /`previousPepper` names not one source/,
    ],
    [
      "with a previous pepper in it",
      `s: { allowList: { ${pepper}, previousPepper: { environment: c2VjcmV0 }, tokens: {} } }`,
      /^literal-secret/,
    ],
    ["with a key in it", 's: { opaque: { pepper: { file: "a\\nb" } } }', /^literal-secret/],
    ["with a store that is none", `s: { opaque: { store: redsi, ${pepper} } }`, /^bad-value/],
    [
      "volatile elsewhere",
      `s: { opaque: { store: redis, volatile: for a good reason, ${pepper} } }`,
      /^bad-strategy: `volatile` stands beside `store: redis`/,
    ],
    [
      "volatile for no reason",
      `s: { opaque: { volatile: why, ${pepper} } }`,
      /^short-reason: `volatile` gives no reason/,
    ],
    [
      "with a token in it",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: gwm_abc, claims: {} } } } }`,
      /^literal-secret/,
    ],
    [
      "with a digest of another spelling",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest}=", claims: {} } } } }`,
      /^literal-secret/,
    ],
    [
      "with a digest that is not keyed",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest.replace("hmac-", "")}", claims: {} } } } }`,
      /^literal-secret/,
    ],
    [
      "with one token twice",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest}", claims: {} }, b: { digest: "${digest}", claims: {} } } } }`,
      /^bad-static-token: `b` and `a` have one digest/,
    ],
    [
      "with deep claims",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest}", claims: { a: [[[[[[[[1]]]]]]]] } } } } }`,
      /^bad-static-token: the claims of `a`/,
    ],
    [
      "with an end that no month has",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest}", claims: {}, expires: 2030-02-30 } } } }`,
      /^bad-static-token: `expires` is neither/,
    ],
    [
      "with an end in words",
      `s: { allowList: { ${pepper}, tokens: { a: { digest: "${digest}", claims: {}, expires: tomorrow } } } }`,
      /^bad-static-token: `expires` is neither/,
    ],
  ])("is refused once: %s", (_, strategies, error) => {
    const found = errorsOf({ strategies, routes: "/a: { authentication: s, GET: authenticated }" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(error);
    expect(found[0]).not.toContain("c2VjcmV0");
    expect(found[0]).not.toContain("gwm_abc");
  });

  it("is written into the snapshot without a secret", () => {
    const strategies = `
machines:
  allowList:
    pepper: { file: secrets/pepper }
    tokens:
      b: { digest: "${digest}", claims: { sub: b, roles: [clerk], n: { x: [1, true, null] } }, expires: 2030-01-31T06:00:00Z }
      a: { digest: "${other}", claims: { sub: a } }
sessions: { opaque: { ${pepper}, volatile: one process serves all } }
`;
    const { snapshot } = compileWith({ strategies });
    expect(snapshot?.authentication.strategies).toMatchObject([
      {
        name: "machines",
        kind: "allow-list",
        pepper: { kind: "file", place: "secrets/pepper" },
        tokens: [
          { name: "a", digest: other.slice(12), claims: '{"sub":"a"}', expiresAt: null },
          {
            name: "b",
            digest: digest.slice(12),
            claims: '{"sub":"b","roles":["clerk"],"n":{"x":[1,true,null]}}',
            expiresAt: Date.UTC(2030, 0, 31, 6),
          },
        ],
      },
      { name: "sessions", kind: "opaque", store: { kind: "memory", volatile: true } },
      { name: "users", kind: "tokens" },
    ]);
  });

  it("stands for tokens: a policy may have no issuer", () => {
    const text = `
gatewright: 1
authentication: { default: s, strategies: { s: { application: true } } }
routes: { /a: { GET: authenticated } }
`;
    const { diagnostics, snapshot } = compile([{ path: "policy.yaml", text }]);
    expect(diagnostics).toEqual([]);
    expect(snapshot?.needs).toEqual(["credentials"]);
  });
});
