import { describe, expect, it } from "vitest";
import { importDocument } from "../../../openapi/import-document.js";
import { documentOf, serve } from "./serve-import.js";
import type { Fields } from "./serve-import.js";

function routesOf(paths: Fields, more: Fields = {}, options = {}): readonly string[] {
  return serve(importDocument(documentOf(paths, more), {}, options)).routes;
}

describe("paths", () => {
  const open = { get: { security: [] } };
  it.each([
    ["a colon that is text", "/jobs/x:cancel", "GET /jobs/x%3Acancel"],
    ["an asterisk that is text", "/a*b", "GET /a%2Ab"],
    ["a trailing slash", "/orders/", "GET /orders"],
    ["the root", "/", "GET /"],
    ["a name with a dash", "/o/{order-id}", "GET /o/:order_id"],
    ["a name that is a number", "/o/{1}", "GET /o/:param1"],
    ["a name that objects treat in a special way", "/o/{__proto__}", "GET /o/:proto"],
    ["a name that stands twice", "/{a}/{a}", "GET /:a/:a_2"],
    ["no name", "/o/{}", "GET /o/:param"],
    ["letters beyond ASCII", "/größe", "GET /gr%C3%B6%C3%9Fe"],
    ["a query", "/search?q={q}", "GET /search"],
    ["a fragment", "/files#add", "GET /files"],
    ["a parameter that spans segments by its spelling", "/f/{+path}", "GET /f/:path/**"],
  ])("carry over %s", (_, path, route) => {
    expect(routesOf({ [path]: open })).toEqual([route]);
  });

  it("say that a query chooses no route", () => {
    const { report } = importDocument(documentOf({ "/x?a={a}": open, "/x?b={b}": open }));
    expect(report.notes.map(({ code }) => code)).toEqual([
      "openapi-query-ignored",
      "openapi-query-ignored",
      "openapi-same-route",
    ]);
  });

  it.each([
    ["an absolute URL", [{ url: "https://api.example/v1/" }], "/v1"],
    ["a relative one", [{ url: "/v2" }], "/v2"],
    ["one without a path", [{ url: "https://api.example" }], ""],
    [
      "variables",
      [{ url: "https://{host}/{v}", variables: { host: { default: "h" }, v: { default: "v3" } } }],
      "/v3",
    ],
    ["the first of several", [{ url: "/a" }, { url: "/b" }], "/a"],
  ])("stand below the path of the server: %s", (_, servers, base) => {
    expect(routesOf({ "/x": open }, { servers })).toEqual([`GET ${base}/x`]);
    expect(routesOf({ "/x": open }, { servers }, { hasServerPrefix: false })).toEqual(["GET /x"]);
  });

  it("take the servers of their own where they name some", () => {
    const own = { "/x": { ...open, servers: [{ url: "/own" }] }, "/y": open };
    expect(routesOf(own, { servers: [{ url: "/v1" }] })).toEqual(["GET /own/x", "GET /v1/y"]);
  });

  it("are denied below a server whose path is not known", () => {
    const { report } = importDocument(
      documentOf({ "/x": open }, { servers: [{ url: "https://h/{v}" }] }),
    );
    expect(report.refused).toMatchObject([{ code: "openapi-unusable-server" }]);
  });

  it.each([
    ["/a//b"],
    ["/../x"],
    ["/a;b"],
    ["/{a"],
    ["/a}b"],
    ["no-slash"],
    ["/a\u0000b"],
    ["/%zz"],
  ])("that no route can have are listed: %j", (path) => {
    const { report } = importDocument(documentOf({ [path]: open, "/fine": open }));
    expect(report.refused).toMatchObject([{ code: "openapi-unusable-path" }]);
    expect(report.counts).toMatchObject({ operations: 2, carriedOver: 1 });
  });

  it("follow references of path items and parameters, and nowhere else", () => {
    const components = {
      pathItems: {
        Item: { get: { security: [], parameters: [{ $ref: "#/components/parameters/P" }] } },
      },
      parameters: {
        P: { name: "p", in: "path", example: "a/b" },
        Loop: { $ref: "#/components/parameters/Loop" },
      },
    };
    const paths = {
      "/a/{p}/z": { $ref: "#/components/pathItems/Item" },
      "/b": { $ref: "other.yaml#/x" },
      "/c": { $ref: "#/paths/~1c" },
      "/d/{p}": { get: { security: [], parameters: [{ $ref: "#/components/parameters/Loop" }] } },
      "/e": { $ref: "#/components/pathItems/Item", get: { security: [] } },
    };
    const imported = importDocument(documentOf(paths, { components }));
    expect(serve(imported).routes).toEqual(["GET /a/:p/z", "GET /d/:p"]);
    expect(serve(imported).status("GET /a/x%2Fy/z", null)).toBe(200);
    expect(imported.report.refused.map(({ code, operation }) => [operation, code])).toEqual([
      ["/b", "openapi-unreadable-path"],
      ["/c", "openapi-unreadable-path"],
      ["GET /e", "openapi-unreadable-operation"],
    ]);
  });

  it("that cannot be read are denied also where a wider route would take them", () => {
    const paths = {
      "/x/hidden": { $ref: "elsewhere.json" },
      "/x/{id}": { ...open, put: { security: [] } },
    };
    const { status } = serve(importDocument(documentOf(paths)));
    for (const method of ["GET", "PUT", "HEAD"]) {
      expect(status(`${method} /x/hidden`, [])).toBe(403);
      expect(status(`${method} /x/other`, null)).toBe(200);
    }
  });
});

describe("parameters that may hold a slash", () => {
  it.each<[string, Fields]>([
    ["an example", { example: "a/b" }],
    ["one of several examples", { examples: { one: { value: "a" }, two: { value: "a/b" } } }],
    ["a schema's example", { schema: { examples: ["a/b"] } }],
    ["a default", { schema: { default: "a/b" } }],
    ["an enumeration", { schema: { enum: ["a", "a/b"] } }],
    ["a format", { schema: { format: "uri" } }],
    ["a pattern", { schema: { pattern: "^[a-z/]+$" } }],
    ["an extension", { "x-multi-segment": true }],
    ["`allowReserved`", { allowReserved: true }],
  ])("by %s", (_, parameter) => {
    const parameters = [{ name: "p", in: "path", ...parameter }];
    const body = { security: [], parameters };
    const imported = importDocument(
      documentOf({ "/in/{p}/side": { get: body }, "/last/{p}": { get: body } }),
    );
    const { status, routes } = serve(imported);
    expect(routes).toEqual(["GET /in/:p/side", "GET /last/:p/**"]);
    expect([status("GET /in/a%2Fb/side", null), status("GET /in/a/b/side", [])]).toEqual([
      200, 404,
    ]);
    const ends = ["a", "a/b/c", "a%2Fb", "", "a/b%2Fc"];
    expect(ends.map((end) => status(`GET /last/${end}`, []))).toEqual([200, 200, 200, 404, 400]);
    expect(imported.report.notes.map(({ code }) => code)).toEqual([
      "openapi-encoded-slash",
      "openapi-rest",
    ]);
    const text = imported.policies.map((policy) => policy.text).join("");
    expect(text).toContain("p: { encodedSlash: true } # the document lets it hold a slash");
    expect(text).toContain("({p} may hold slashes: ** is the rest of it)");
  });

  it("and others that may not", () => {
    const parameters = [{ name: "p", in: "path", schema: { pattern: "^[^/]+$", example: "a" } }];
    const imported = importDocument(
      documentOf({ "/last/{p}": { get: { security: [], parameters } } }),
    );
    expect(serve(imported).routes).toEqual(["GET /last/:p"]);
  });

  it("lets it hold one only where the document does", () => {
    const slashed = { security: [], parameters: [{ name: "p", in: "path", example: "a/b" }] };
    const plain = { security: [] };
    const imported = importDocument(
      documentOf({
        "/x/{p}/one": { get: slashed },
        "/x/{p}/one/more": { get: plain },
        "/x/{p}/two": { get: plain },
      }),
    );
    const { status } = serve(imported);
    expect(["one", "one/more", "two"].map((end) => status(`GET /x/a%2Fb/${end}`, null))).toEqual([
      200, 400, 400,
    ]);
  });
});
