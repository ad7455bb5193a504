import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { routeMethods } from "../../../generator/3-model/methods.js";
import { documentOf } from "../documents-of.js";

const base = `
resources: {orders: {actions: [read, create]}}
tokens: {t: {issuer: i, audience: a, algorithms: [ES256], keys: {environment: KEYS}}}
`;

function build(routes: string, more = "") {
  const text = `${base}${more}\nroutes:\n${routes}`;
  return { text, ...buildModel([documentOf(text)]) };
}

function ids(routes: string, more = "") {
  const { model, diagnostics } = build(routes, more);
  expect(diagnostics).toEqual([]);
  return model?.routes.map((route) => route.id);
}

function mistakes(routes: string, more = "") {
  const { text, diagnostics } = build(routes, more);
  return diagnostics.map(({ code, at }) => [code, text.slice(at.start, at.end).trim()]);
}

const bind = (methods: readonly string[]) =>
  `  /a: {${methods.map((m) => `${m}: public`).join(", ")}}`;

describe("paths", () => {
  it("joins nested prefixes and sorts by id", () => {
    expect(
      ids(`
  /: {GET: public}
  /orders:
    POST: orders.create
    GET: orders.read
    /:orderId/lines:
      /*: {GET: orders.read}
      /deep/**: {GET: orders.read}
`),
    ).toEqual([
      "GET /",
      "GET /orders",
      "GET /orders/:orderId/lines/*",
      "GET /orders/:orderId/lines/deep/**",
      "POST /orders",
    ]);
  });

  it("gives parameters the nearest declaration at their path or above", () => {
    const { model } = build(`
  /a/:x:
    params: {x: {type: int}}
    GET: orders.read
    /:y:
      params: {x: {type: string, encodedSlash: true}, y: {type: uuid}}
      GET: orders.read
  /b:
    params: {z: {type: int}}
    /:z: {GET: orders.read}
`);
    const params = model?.routes.map((route) =>
      route.segments.flatMap((s) =>
        s.kind === "param" ? `${s.name} ${s.type} ${s.encodedSlash}` : [],
      ),
    );
    expect(params).toEqual([["x int false"], ["x string true", "y uuid false"], ["z int false"]]);
  });

  it("refuses parameters that no path has, and slashes in typed ones", () => {
    expect(
      mistakes(`
  /a/:x:
    params: {y: {}, x: {type: int, encodedSlash: true}}
    GET: orders.read
`),
    ).toEqual([
      ["unknown-param", "y"],
      ["encoded-slash-in-typed-param", "true"],
    ]);
  });

  it("reports a broken prefix once, and what stands below it for itself", () => {
    expect(
      mistakes(`
  /a:b:
    /c: {GET: public, POST: orders.raed}
    /d: {GET: public}
`),
    ).toEqual([
      ["bad-pattern", "/a:b"],
      ["unknown-action", "orders.raed"],
    ]);
  });

  it("knows methods by their names in capitals", () => {
    expect(ids("  /a: {M-SEARCH: public, QUERY: public}")).toEqual(["M-SEARCH /a", "QUERY /a"]);
    expect(mistakes("  /a: {get: public, CONNECT: public, TRACE: public}")).toEqual([
      ["unknown-method", "get"],
      ["unknown-method", "CONNECT"],
      ["unknown-method", "TRACE"],
    ]);
  });

  it("refuses more methods than a word has bits", () => {
    const all = [...routeMethods];
    expect(ids(bind(all.slice(0, 31)))).toHaveLength(31);
    expect(mistakes(bind(all))).toEqual([["too-many-methods", all[31]]]);
  });
});

describe("conflicts", () => {
  it.each([
    ["  /a/:x: {GET: public}\n  /a/:y: {GET: public}", "ambiguous-route"],
    ["  /a/:x: {GET: public}\n  /a/*: {GET: public}", "ambiguous-route"],
    ["  /:x/b/*: {GET: public}\n  /*/b/:y: {GET: public}", "ambiguous-route"],
    ["  /a/b: {GET: public}\n  /a: {/b: {GET: public}}", "duplicate-route"],
    ["  /a/B: {GET: public}\n  /A/b: {GET: public}", "duplicate-route"],
    ["  /caf%C3%A9: {GET: public}\n  /café: {GET: public}", "duplicate-route"],
  ])("refuses %j", (routes, code) => {
    const { diagnostics } = build(routes);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]?.related).toHaveLength(1);
  });

  it("admits what differs in method, kind of segment, or case where case counts", () => {
    expect(ids("  /a/:x: {GET: public}\n  /a/:y: {POST: public}")).toHaveLength(2);
    expect(ids("  /a/:x: {GET: public}\n  /a/:y/c: {GET: public}")).toHaveLength(2);
    expect(ids("  /a/:x: {GET: orders.read}\n  /a/**: {GET: orders.read}")).toHaveLength(2);
    expect(
      ids("  /A: {GET: public}\n  /a: {GET: public}", "router: {caseSensitive: true}"),
    ).toHaveLength(2);
    expect(
      ids("  /*/: {GET: orders.read}\n  /**: {GET: orders.read}", "router: {strict: true}"),
    ).toHaveLength(2);
  });
});

describe("rules", () => {
  it("reads every form", () => {
    const { model } = build(`
  /1: {GET: public}
  /2: {GET: authenticated}
  /3: {GET: orders.read}
  /4: {GET: [orders.read, orders.create, orders.read]}
  /5: {GET: {access: public, identity: optional}}
  /6: {GET: {access: authenticated}}
  /7: {GET: {permissions: [orders.read], fallThrough: static files of the site}}
  /8/**: {GET: {access: public, catchAll: static files of the site}}
`);
    expect(
      model?.routes.map((r) => [
        r.access,
        r.permissions,
        r.identityOptional,
        r.catchAll,
        r.fallThrough,
      ]),
    ).toEqual([
      ["public", [], false, undefined, undefined],
      ["authenticated", [], false, undefined, undefined],
      ["permissions", ["orders.read"], false, undefined, undefined],
      ["permissions", ["orders.create", "orders.read"], false, undefined, undefined],
      ["public", [], true, undefined, undefined],
      ["authenticated", [], false, undefined, undefined],
      ["permissions", ["orders.read"], false, undefined, "static files of the site"],
      ["public", [], false, "static files of the site", undefined],
    ]);
  });

  it.each([
    ["{GET: pubilc}", "bad-rule"],
    ["{GET: []}", "bad-rule"],
    ["{GET: }", "bad-rule"],
    ["{GET: [public]}", "bad-rule"],
    ["{GET: {identity: optional}}", "bad-rule"],
    ["{GET: {access: public, permissions: [orders.read]}}", "bad-rule"],
    ["{GET: {access: authenticated, identity: optional}}", "bad-identity"],
    ["{GET: {access: public, identity: required}}", "bad-identity"],
    ["{GET: orders.*}", "wildcard-in-route"],
    ["{GET: order.read}", "unknown-resource"],
    ["{GET: orders.drop}", "unknown-action"],
    ["{GET: {access: public, fallThrough: why not}}", "short-reason"],
    ["{GET: {access: public, fallThrough: '             '}}", "short-reason"],
    ["{/**: {GET: public}}", "catch-all-without-reason"],
    ["{/**: {GET: {access: authenticated}}}", "catch-all-without-reason"],
    ["{/**: {GET: {access: public, catchAll: short}}}", "short-reason"],
  ])("refuses %s", (rule, code) => {
    const { model, diagnostics } = build(`  /a: ${rule}`);
    expect(model).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });
});
