import { describe, expect, it } from "vitest";
import { importDocument } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";

describe("operations that no pattern can tell apart", () => {
  const open = { get: { security: [] } };
  const closed = { get: { security: [scoped("a")] } };

  it("share a route where they need the same", () => {
    const imported = importDocument(
      documentOf({ "/x/{a}": closed, "/X/{b}": closed, "/x/{c}/": closed }),
    );
    expect(serve(imported).routes).toHaveLength(1);
    expect(imported.report.counts.carriedOver).toBe(3);
    expect(imported.report.notes.map(({ code }) => code)).toEqual([
      "openapi-same-route",
      "openapi-same-route",
    ]);
  });

  it("are all denied where they do not", () => {
    const imported = importDocument(
      documentOf({ "/x/{a}": closed, "/x/{b}": open, "/{c}/{d}": open }),
    );
    expect(imported.report.refused.map(({ code, operation }) => [operation, code])).toEqual([
      ["GET /x/{a}", "openapi-route-not-distinct"],
      ["GET /x/{b}", "openapi-route-not-distinct"],
    ]);
    expect(serve(imported).status("GET /x/1", ["a"])).toBe(403);
    expect(serve(imported).status("GET /y/1", null)).toBe(200);
  });

  it("are denied where a segment mixes text and parameters", () => {
    const imported = importDocument(documentOf({ "/x/{a}.json": closed, "/{b}/{c}": open }));
    expect(imported.report.refused).toMatchObject([
      { code: "openapi-mixed-segment", operation: "GET /x/{a}.json" },
    ]);
    const { status } = serve(imported);
    expect([null, [], ["a"]].map((roles) => status("GET /x/1.json", roles))).toEqual([
      401, 403, 403,
    ]);
    expect(status("GET /y/1.json", null)).toBe(200);
  });

  it("are denied together with a route that takes their requests and needs something else", () => {
    const imported = importDocument(documentOf({ "/x/{a}...{b}": closed, "/x/{c}": open }));
    expect(imported.report.refused.map(({ operation }) => operation)).toEqual([
      "GET /x/{a}...{b}",
      "GET /x/{c}",
    ]);
    expect(() => serve(imported)).not.toThrow();
  });

  it.each([
    ["/x/{c}", {}],
    ["/x/{c}", { parameters: [{ name: "c", in: "path", example: "a/b" }] }],
    ["/{b}/{c}", {}],
  ])("are carried over by %s, which needs the same %j", (path, more) => {
    const host = { get: { ...closed.get, ...more } };
    const imported = importDocument(documentOf({ "/x/{a}...{b}": closed, [path]: host }));
    expect(imported.report.refused).toEqual([]);
    expect(imported.report.counts.carriedOver).toBe(2);
    const { status } = serve(imported);
    expect([["a"], []].map((roles) => status("GET /x/1...2", roles))).toEqual([200, 403]);
  });

  it("are not carried over by an open route where their own security cannot be read", () => {
    const unread = { get: { security: [{ oauth: "a" }] } };
    const imported = importDocument(documentOf({ "/x/{a}.json": unread, "/{b}/{c}": open }));
    expect(imported.report.refused).toMatchObject([{ code: "openapi-unreadable-security" }]);
    const { status } = serve(imported);
    expect([null, []].map((roles) => status("GET /x/1.json", roles))).toEqual([401, 403]);
  });

  it("leave literals alone that are none of their requests", () => {
    const imported = importDocument(documentOf({ "/x/{a}.json": closed, "/{b}/list": open }));
    expect(serve(imported).status("GET /x/list", null)).toBe(200);
  });
});

describe("methods", () => {
  it("lists what no route can be bound to", () => {
    const { report } = importDocument(documentOf({ "/x": { trace: {}, get: { security: [] } } }));
    expect(report.refused).toMatchObject([
      { code: "openapi-unsupported-method", operation: "TRACE /x" },
    ]);
  });

  it("denies a HEAD that would open more than its GET", () => {
    const item = { head: { security: [] }, get: { security: [scoped("a")] } };
    const imported = importDocument(documentOf({ "/x": item }));
    expect(imported.report.refused).toMatchObject([{ code: "openapi-head-opens-more" }]);
    const { status } = serve(imported);
    expect([status("HEAD /x", ["a"]), status("GET /x", ["a"])]).toEqual([403, 200]);
  });

  it("gives a reason where a method falls to a wider path", () => {
    const paths = {
      "/x/me": { get: { security: [scoped("a")] } },
      "/x/{id}": { get: { security: [scoped("a")] }, delete: { security: [scoped("b")] } },
    };
    const { policies } = importDocument(documentOf(paths));
    expect(policies.map(({ text }) => text).join("")).toContain(
      "fallThrough: DELETE is an operation of /x/:id",
    );
  });
});
