import { describe, expect, it } from "vitest";
import { importDocument } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";

const operation = (security: unknown) => ({ operationId: "op", tags: ["t"], security });

function textFor(security: unknown): string {
  const { policies } = importDocument(documentOf({ "/x": { get: operation(security) } }));
  return policies.map(({ text }) => text).join("");
}

function statusWith(security: unknown) {
  const served = serve(importDocument(documentOf({ "/x": { get: operation(security) } })));
  return (roles: readonly string[] | null) => served.status("GET /x", roles);
}

describe("security requirements", () => {
  it.each([
    ["an empty list", []],
    ["an empty requirement", [{}]],
    ["an optional one", [scoped("a"), {}]],
  ])("opens an operation to everybody by %s", (_, security) => {
    expect(statusWith(security)(null)).toBe(200);
  });

  it("reads credentials where they are optional, and only there", () => {
    expect(textFor([scoped("a"), {}])).toContain("identity: optional");
    expect(textFor([])).not.toContain("identity");
  });

  it("asks for a token where a scheme has no scopes", () => {
    const status = statusWith([{ key: [] }, { basic: [] }]);
    expect([status(null), status([])]).toEqual([401, 200]);
  });

  it("takes one of several requirements, and all of one", () => {
    const status = statusWith([scoped("a", "b"), { other: ["c"] }]);
    const held = [["a"], ["b"], ["c"], ["a", "b"], ["a", "c"], [], null];
    expect(held.map(status)).toEqual([403, 403, 200, 200, 200, 403, 401]);
  });

  it("joins schemes within one requirement", () => {
    const status = statusWith([{ one: ["a"], other: ["b"] }]);
    expect([["a"], ["b"], ["a", "b"]].map(status)).toEqual([403, 403, 200]);
  });

  it("lets no token without the scope pass where a scheme without scopes is the alternative", () => {
    const status = statusWith([{ key: [] }, scoped("a")]);
    expect([["a"], ["scheme:key"], ["b"], []].map(status)).toEqual([200, 200, 403, 403]);
  });

  it("says that a scheme beside scopes is not checked", () => {
    const { report } = importDocument(
      documentOf({ "/x": { get: operation([{ key: [], oauth: ["a"] }]) } }),
    );
    expect(report.notes).toMatchObject([
      { code: "openapi-scheme-unchecked", message: expect.stringContaining("key") },
    ]);
  });

  it("inherits the document's requirements, and replaces them by an operation's own", () => {
    const paths = {
      "/a": { get: {} },
      "/b": { get: { security: [] } },
      "/c": { get: { security: [scoped("c")] } },
    };
    const { status } = serve(importDocument(documentOf(paths, { security: [scoped("root")] })));
    expect([status("GET /a", ["c"]), status("GET /a", ["root"])]).toEqual([403, 200]);
    expect(status("GET /b", null)).toBe(200);
    expect([status("GET /c", ["c"]), status("GET /c", ["root"])]).toEqual([200, 403]);
  });

  it.each([
    ["no list", "none"],
    ["null", null],
    ["a list of texts", ["oauth"]],
    ["a scheme without a list", [{ oauth: "a" }]],
    ["a scope that is no text", [{ oauth: [1] }]],
  ])("denies what is %s", (_, security) => {
    const imported = importDocument(
      documentOf({ "/x": { get: operation(security) }, "/{any}": { get: operation([]) } }),
    );
    expect(imported.report.refused).toMatchObject([{ code: "openapi-unreadable-security" }]);
    const { status } = serve(imported);
    expect([status("GET /x", null), status("GET /x", [])]).toEqual([401, 403]);
    expect(status("GET /y", null)).toBe(200);
  });

  it.each([["read write"], ["*"], ["a,b"], [""], ["__proto__"], ["a\u0007"], ["x".repeat(201)]])(
    "denies an operation whose scope %j is no role's name",
    (scope) => {
      const paths = { "/x": { get: operation([scoped(scope)]) } };
      expect(importDocument(documentOf(paths)).report.refused).toMatchObject([
        { code: "openapi-unusable-scope", operation: "GET /x", pointer: "/paths/~1x/get" },
      ]);
    },
  );

  it("denies what combines in too many ways", () => {
    const many = Array.from({ length: 6 }, (_, n) => scoped(`a${n}`, `b${n}`, `c${n}`));
    const { report } = importDocument(documentOf({ "/x": { get: operation(many) } }));
    expect(report.refused).toMatchObject([{ code: "openapi-security-too-complex" }]);
  });
});

describe("a document that says nothing on security", () => {
  const paths = {
    "/orders": { get: { tags: ["Order desk"] }, post: { tags: ["Order desk"] } },
    "/audit": { get: {} },
  };

  it("gives each tag a role that reads and one that does everything", () => {
    const { status, roles } = serve(importDocument(documentOf(paths)));
    expect(roles).toEqual(["audit:read", "order-desk:read", "order-desk:write"]);
    expect(status("GET /orders", null)).toBe(401);
    expect(roles.map((role) => status("GET /orders", [role]))).toEqual([403, 200, 200]);
    expect(roles.map((role) => status("POST /orders", [role]))).toEqual([403, 403, 200]);
    expect(roles.map((role) => status("GET /audit", [role]))).toEqual([200, 403, 403]);
  });

  it("is public as a whole only where that is asked for", () => {
    const imported = importDocument(documentOf(paths), {}, { unsaid: "public" });
    expect(serve(imported).status("POST /orders", null)).toBe(200);
    expect(imported.report.notes.map(({ code }) => code)).toEqual(
      Array(3).fill("openapi-public-unsaid"),
    );
  });

  it("is public in part where the document speaks of security elsewhere, and says so", () => {
    const secured = { ...paths, "/admin": { get: { security: [scoped("admin")] } } };
    const imported = importDocument(documentOf(secured));
    expect(serve(imported).status("GET /orders", null)).toBe(200);
    expect(imported.report.counts).toMatchObject({ public: 3, guarded: 1 });
    const closed = serve(importDocument(documentOf(secured), {}, { unsaid: "roles" }));
    expect(closed.status("GET /orders", null)).toBe(401);
    expect(closed.status("GET /orders", ["admin"])).toBe(403);
  });

  it("keeps its roles apart from scopes of the same name", () => {
    const mixed = {
      "/orders": { get: { tags: ["orders"] } },
      "/secret": { get: { tags: ["secret"], security: [scoped("orders:read")] } },
    };
    const { status } = serve(importDocument(documentOf(mixed), {}, { unsaid: "roles" }));
    expect(status("GET /orders", ["orders:read"])).toBe(403);
    expect(status("GET /orders", ["unsaid:orders:read"])).toBe(200);
  });
});
