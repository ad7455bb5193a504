import { describe, expect, it } from "vitest";
import { importDocument } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";

// The forms in which people may have left what an import wrote, and what the next import makes of them.

const guarded = (operationId: string, scope: string) => ({
  operationId,
  tags: ["orders"],
  security: [scoped(scope)],
});
const paths = {
  "/orders": { get: guarded("list", "read"), post: guarded("create", "write") },
  "/orders/{id}": { get: guarded("get", "read") },
};
const first = importDocument(documentOf(paths));
const generated =
  first.policies.find(({ path }) => path === "policies/api/orders.yaml")?.text ?? "";
const head = generated.slice(0, generated.indexOf("routes:"));

/** The `routes` after an import of other paths on top of these. */
function routesAfter(routes: string, newPaths: object, eol = "\n"): string {
  const policies = first.policies.map((policy) =>
    policy.path === "policies/api/orders.yaml"
      ? { ...policy, text: `${head}${routes}\n`.replaceAll("\n", eol) }
      : policy,
  );
  const again = importDocument(documentOf({ ...newPaths }), { policies, stamp: first.stamp });
  expect(again.report.policyErrors).toEqual([]);
  expect(() => serve(again)).not.toThrow();
  const text = again.policies.find(({ path }) => path === "policies/api/orders.yaml")?.text ?? "";
  return text.slice(text.indexOf("routes:")).trimEnd();
}

const linesOf = (more: object) => ({
  "/orders/{id}/lines": { get: { ...guarded("lines", "read"), ...more } },
});

const say = (summary: string) => ({
  "/orders": { get: { ...guarded("list", "read"), summary } },
});

/** The text of one role. */
function roleIn(text: string, name: string): string | undefined {
  return text.slice(text.indexOf(`  ${name}:`)).split(/\n(?=  ?\S)/)[0];
}

const opened = {
  ...paths,
  "/orders": { ...paths["/orders"], get: { ...guarded("list", "read"), security: [] } },
};
const added = {
  ...paths,
  "/orders": { ...paths["/orders"], delete: guarded("clear", "write") },
  "/orders/{id}/lines": { get: guarded("lines", "read") },
};
const dropped = { "/orders/{id}": paths["/orders/{id}"] };

describe("routes", () => {
  it.each([
    [
      "as they were written",
      "routes:\n  /orders:\n    GET: orders.list\n    POST: orders.create\n    /:id:\n      GET: orders.get",
      "routes:\n  /orders:\n    GET: public\n    POST: orders.create\n    /:id:\n      GET: orders.get",
      "routes:\n  /orders:\n    GET: orders.list\n    POST: orders.create\n    /:id:\n      GET: orders.get\n      /lines:\n        GET: orders.lines\n    DELETE: orders.clear",
      "routes:\n  /orders:\n    /:id:\n      GET: orders.get",
    ],
    [
      "in braces",
      "routes: { /orders: { GET: orders.list, POST: orders.create, /:id: { GET: orders.get } } }",
      "routes: { /orders: { GET: public, POST: orders.create, /:id: { GET: orders.get } } }",
      "routes: { /orders: { GET: orders.list, POST: orders.create, /:id: { GET: orders.get, /lines: { GET: orders.lines } }, DELETE: orders.clear } }",
      "routes: { /orders: { /:id: { GET: orders.get } } }",
    ],
    [
      "one path in braces",
      "routes:\n  /orders: { GET: orders.list, POST: orders.create } # both\n  /orders/:id: {GET: orders.get}",
      "routes:\n  /orders: { GET: public, POST: orders.create } # both\n  /orders/:id: {GET: orders.get}",
      "routes:\n  /orders: { GET: orders.list, POST: orders.create, DELETE: orders.clear } # both\n  /orders/:id: {GET: orders.get, /lines: { GET: orders.lines }}",
      "routes:\n  /orders/:id: {GET: orders.get}",
    ],
    [
      "in the long form",
      "routes:\n  /orders:\n    GET:\n      # why\n      permissions: [orders.list]\n    POST: { permissions: orders.create }\n    /:id:\n      GET: [orders.get]",
      "routes:\n  /orders:\n    GET:\n      # why\n      access: public\n    POST: { permissions: orders.create }\n    /:id:\n      GET: [orders.get]",
      "routes:\n  /orders:\n    GET:\n      # why\n      permissions: [orders.list]\n    POST: { permissions: orders.create }\n    /:id:\n      GET: [orders.get]\n      /lines:\n        GET: orders.lines\n    DELETE: orders.clear",
      "routes:\n  /orders:\n    /:id:\n      GET: [orders.get]",
    ],
    [
      "in lists, quotes and another indentation",
      'routes:\n    "/orders":\n        \'GET\':\n          - orders.list\n        POST: "orders.create"   # new\n    /orders/:id:\n        GET:\n        - orders.get',
      'routes:\n    "/orders":\n        \'GET\': public\n        POST: "orders.create"   # new\n    /orders/:id:\n        GET:\n        - orders.get',
      'routes:\n    "/orders":\n        \'GET\':\n          - orders.list\n        POST: "orders.create"   # new\n        DELETE: orders.clear\n    /orders/:id:\n        GET:\n        - orders.get\n        /lines:\n          GET: orders.lines',
      "routes:\n    /orders/:id:\n        GET:\n        - orders.get",
    ],
  ])("%s are edited in place", (_, before, afterOpened, afterAdded, afterDropped) => {
    expect(routesAfter(before, opened)).toBe(afterOpened);
    expect(routesAfter(before, added)).toBe(afterAdded);
    expect(routesAfter(before, dropped)).toBe(afterDropped);
  });

  it("keep the line ends of the file", () => {
    const before =
      "routes:\n  /orders:\n    GET: orders.list\n    POST: orders.create\n    /:id:\n      GET: orders.get";
    const text = routesAfter(
      before,
      { ...added, "/orders": { get: paths["/orders"].get } },
      "\r\n",
    );
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(text).toContain("      /lines:\r\n        GET: orders.lines");
    expect(text).not.toContain("POST");
  });

  it("get and lose a reason for falling through", () => {
    const me = { ...paths, "/orders/me": { get: guarded("mine", "read") } };
    const withPut = {
      ...me,
      "/orders/{id}": { get: paths["/orders/{id}"].get, put: guarded("put", "write") },
    };
    const one = importDocument(documentOf(me));
    const two = importDocument(documentOf(withPut), one);
    const text = (imported: typeof one) => imported.policies.map((policy) => policy.text).join("");
    expect(text(one)).toContain("    /me:\n      GET: orders.mine\n");
    expect(text(two)).toContain(
      "    /me:\n      GET:\n        permissions: orders.mine\n        fallThrough: PUT is an operation of /orders/:id\n",
    );
    expect(two.report.policyErrors).toEqual([]);
    const three = importDocument(documentOf(me), two);
    expect(text(three)).toContain("    /me:\n      GET:\n        permissions: orders.mine\n");
    expect(text(three)).not.toContain("fallThrough");
  });

  it("get and lose encoded slashes", () => {
    const slashed = { parameters: [{ name: "id", in: "path", example: "a/b" }] };
    const one = importDocument(documentOf({ ...paths, ...linesOf({}) }));
    const two = importDocument(documentOf({ ...paths, ...linesOf(slashed) }), one);
    const three = importDocument(documentOf({ ...paths, ...linesOf({}) }), two);
    const status = (imported: typeof one, path: string) =>
      serve(imported).status(`GET ${path}`, ["read"]);
    const all = [one, two, three];
    expect(all.map((imported) => status(imported, "/orders/a%2Fb/lines"))).toEqual([400, 200, 400]);
    expect(all.map((imported) => status(imported, "/orders/a%2Fb"))).toEqual([400, 400, 400]);
    expect(all.map((imported) => imported.report.conflicts)).toEqual([[], [], []]);
  });

  it("follow a comment of the document, but not over a person's", () => {
    const one = importDocument(documentOf(say("Old words")));
    const two = importDocument(documentOf(say("New words")), one);
    const text = (imported: typeof one) => imported.policies.map((policy) => policy.text).join("");
    expect(text(two)).toBe(text(one).replace("# Old words", "# New words"));
    const mine = one.policies.map((policy) => ({
      ...policy,
      text: policy.text.replace("Old words", "My words"),
    }));
    const kept = importDocument(documentOf(say("New words")), { policies: mine, stamp: one.stamp });
    expect(text(kept)).toContain("# My words");
  });
});

describe("roles and resources", () => {
  it.each([
    [
      "grants:\n      - orders.get\n      - orders.list",
      "grants:\n      - orders.get\n      - orders.lines\n      - orders.list",
    ],
    [
      "grants: [orders.get, orders.list] # two",
      "grants: [orders.get, orders.list, orders.lines] # two",
    ],
    [
      "grants: [\n      orders.get,\n      orders.list,\n    ]",
      "grants: [\n      orders.get,\n      orders.list, orders.lines,\n    ]",
    ],
    ["grants: 'orders.*'", "grants: 'orders.*'"],
    ["grants: orders.list", "grants: [orders.list, orders.lines]"],
    ["description: Reads.", "description: Reads.\n    grants:\n      - orders.lines"],
  ])("keep the form of a list: %j", (from, to) => {
    const policies = first.policies.map((policy) => ({
      ...policy,
      text: policy.text.replace("grants:\n      - orders.get\n      - orders.list", from),
    }));
    const again = importDocument(documentOf(added), { policies, stamp: first.stamp });
    const text = again.policies.find(({ path }) => path === "policies/api.yaml")?.text ?? "";
    expect(roleIn(text, "read")).toBe(`  read:\n    ${to}`);
    expect(again.report.policyErrors).toEqual([]);
  });

  it.each([
    [
      "    grants:\n      - orders.get # one\n      - orders.list # all",
      "    grants:\n      - orders.get # one",
    ],
    ["    grants: [orders.get, orders.list]", "    grants: [orders.get]"],
    ["    grants: [orders.list, orders.get]", "    grants: [orders.get]"],
    ["    grants: orders.list\n    denies: [orders.get]", "    denies: [orders.get]"],
  ])("lose items in the form of the list: %j", (from, to) => {
    const policies = first.policies.map((policy) => ({
      ...policy,
      text: policy.text.replace("    grants:\n      - orders.get\n      - orders.list", from),
    }));
    const { get: _, ...rest } = paths["/orders"];
    const again = importDocument(documentOf({ ...paths, "/orders": rest }), {
      policies,
      stamp: first.stamp,
    });
    const text = again.policies.find(({ path }) => path === "policies/api.yaml")?.text ?? "";
    expect(roleIn(text, "read")).toBe(`  read:\n${to}`);
  });
});
