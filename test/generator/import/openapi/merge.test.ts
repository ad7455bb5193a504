import { describe, expect, it } from "vitest";
import { importDocument, tryImport } from "../../../openapi/import-document.js";
import type { Before, Imported } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";
import type { Fields } from "./serve-import.js";

const read = { operationId: "list", tags: ["orders"], security: [scoped("orders")] };
const one = { operationId: "get", tags: ["orders"], security: [scoped("orders")] };
const create = { operationId: "create", tags: ["orders"], security: [scoped("shop")] };
const users = {
  operationId: "list",
  tags: ["users"],
  summary: "List users",
  security: [scoped("admin")],
};

const paths = {
  "/orders": { get: read, post: create },
  "/orders/{id}": { get: one },
  "/users": { get: users },
};
const first = importDocument(documentOf(paths));

/** What a person made of the first import: each text is replaced in the file that holds it. */
function edited(...changes: readonly (readonly [string, string])[]): Before {
  let policies = first.policies;
  for (const [from, to] of changes) {
    const found = policies.find(({ text }) => text.includes(from));
    if (found === undefined) throw new Error(`no policy holds ${from}`);
    policies = policies.map((policy) =>
      policy === found ? { ...policy, text: policy.text.replace(from, to) } : policy,
    );
  }
  return { policies, stamp: first.stamp };
}

function reimport(before: Before, newPaths: Fields): Imported {
  return importDocument(documentOf(newPaths), before);
}

/** Lines of all files that are new, and those that are gone. */
function difference(before: Before, { policies }: Imported) {
  const [old = [], now = []] = [before.policies ?? [], policies].map((all) =>
    all.flatMap(({ text }) => text.split("\n")),
  );
  return {
    added: now.filter((line) => !old.includes(line)).map((line) => line.trim()),
    removed: old.filter((line) => !now.includes(line)).map((line) => line.trim()),
  };
}

const conflicts = ({ report }: Imported) =>
  report.conflicts.map(({ kind, name }) => `${kind} ${name}`);

describe("importing again", () => {
  it("writes nothing where the document is the same", () => {
    const again = reimport(first, paths);
    expect(again.files).toEqual([]);
    expect(again.report.isFirst).toBe(false);
  });

  it("adds, changes and removes where the document does, and touches no other line", () => {
    const again = reimport(first, {
      "/orders": { get: { ...read, security: [scoped("admin")] } },
      "/orders/{id}": { get: one, delete: { ...one, operationId: "delete" } },
      "/users": { get: users },
    });
    expect(difference(first, again)).toEqual({
      added: ["- orders.delete", "- delete", "DELETE: orders.delete"],
      removed: ["shop:", "- orders.create", "- create", "POST: orders.create"],
    });
    expect(again.report.changes.routes).toMatchObject({
      added: [{ route: "DELETE /orders/:id" }],
      removed: [{ route: "POST /orders" }],
      changed: [],
    });
    const { status } = serve(again);
    expect([status("GET /orders", ["orders"]), status("GET /orders", ["admin"])]).toEqual([
      403, 200,
    ]);
    expect(status("DELETE /orders/1", ["orders"])).toBe(200);
    expect(status("POST /orders", ["shop"])).toBe(404);
  });

  it("removes the file of a tag that is gone, and writes one for a tag that is new", () => {
    const again = reimport(first, {
      "/orders": paths["/orders"],
      "/orders/{id}": paths["/orders/{id}"],
      "/stock": { get: { tags: ["stock"], operationId: "read", security: [scoped("orders")] } },
    });
    expect(again.files.map(({ path, text }) => [path, text !== undefined])).toEqual([
      ["policies/api.yaml", true],
      ["policies/api/stock.yaml", true],
      ["policies/api/users.yaml", false],
      ["policies/api/import.json", true],
    ]);
    expect(() => serve(again)).not.toThrow();
  });

  it("follows a rule into the file that a person moved it to", () => {
    const moved = "gatewright: 1\nroutes:\n  /users:\n    GET: users.list # List users\n";
    const { policies = [], stamp } = edited([
      "\n\nroutes:\n  /users:\n    GET: users.list # List users",
      "",
    ]);
    const before = {
      policies: [...policies, { path: "policies/team.yaml", text: moved }],
      stamp: stamp ?? first.stamp,
    };
    const again = reimport(before, { ...paths, "/users": { get: { ...users, security: [] } } });
    expect(again.policies.at(-1)?.text).toBe(moved.replace("users.list", "public"));
  });
});

describe("a person's edits", () => {
  it("stay where the document changes other things", () => {
    const before = edited(
      ["  /orders:\n", '  # Ours.\n\n  "/orders":   # the desk\n'],
      ["GET: users.list # List users", "GET: [ users.list, orders.get ]  # both"],
      ["  orders:\n    actions", "  orders:\n    attributes: { owner: string }\n    actions"],
      ["roles:\n", 'roles:\n  clerk: { grants: [orders.list, "users.*"] }\n'],
    );
    const again = reimport(before, {
      ...paths,
      "/orders/{id}": { get: one, put: { ...one, operationId: "put" } },
    });
    expect(difference(before, again)).toEqual({
      added: ["- orders.put", "- put", "PUT: orders.put"],
      removed: [],
    });
    expect(conflicts(again)).toEqual([]);
    expect(again.report.changes.kept).toEqual([
      { route: "GET /users", from: "users.list", to: "orders.get, users.list" },
    ]);
    expect(() => serve(again)).not.toThrow();
  });

  it("stay also where the document changes the same, and are conflicts", () => {
    const before = edited(["GET: users.list # List users", "GET: authenticated # List users"]);
    const again = reimport(before, { ...paths, "/users": { get: { ...users, security: [] } } });
    expect(conflicts(again)).toEqual(["route GET /users"]);
    expect(again.policies.find(({ path }) => path.endsWith("users.yaml"))?.text).toContain(
      "GET: authenticated",
    );
    // Told once: the next import has nothing to add.
    expect(
      reimport(again, { ...paths, "/users": { get: { ...users, security: [] } } }).files,
    ).toEqual([]);
  });

  it("are no conflict where the document came to the same", () => {
    const before = edited(["GET: users.list # List users", "GET: public # List users"]);
    const again = reimport(before, { ...paths, "/users": { get: { ...users, security: [] } } });
    expect(conflicts(again)).toEqual([]);
  });

  it("keep a route away that a person removed", () => {
    const before = edited(["    POST: orders.create\n", ""]);
    const same = reimport(before, { ...paths, "/users": {} });
    expect(serve(same).status("POST /orders", ["shop"])).toBe(404);
    expect(conflicts(same)).toEqual([]);
    const opened = reimport(before, {
      ...paths,
      "/orders": { get: read, post: { ...create, security: [] } },
    });
    expect(conflicts(opened)).toEqual(["route POST /orders"]);
    expect(serve(opened).status("POST /orders", null)).toBe(401);
  });

  it("keep a route that the document dropped", () => {
    const before = edited(["GET: users.list # List users", "GET: [users.list, orders.get]"]);
    const { "/users": _, ...rest } = paths;
    const again = reimport(before, rest);
    expect(conflicts(again)).toEqual(["route GET /users", "resource users"]);
    expect(serve(again).status("GET /users", ["admin", "orders"])).toBe(200);
  });

  it("keep an action that a role of theirs grants", () => {
    const before = edited(["roles:\n", "roles:\n  clerk:\n    grants: [users.list]\n"]);
    const { "/users": _, ...rest } = paths;
    const again = reimport(before, rest);
    expect(conflicts(again)).toEqual(["resource users"]);
    expect(again.report.policyErrors).toEqual([]);
  });

  it("keep their names of parameters", () => {
    const before = edited(["/:id:", "/:orderId:"]);
    const again = reimport(before, {
      ...paths,
      "/orders/{id}": { get: { ...one, security: [] } },
      "/orders/{id}/lines/{orderId}": { get: { ...one, operationId: "lines" } },
    });
    expect(serve(again).routes).toEqual([
      "GET /orders",
      "GET /orders/:orderId",
      "GET /orders/:orderId/lines/:orderId_",
      "GET /users",
      "POST /orders",
    ]);
  });

  it("stay apart from a role, a resource and a route of the same name", () => {
    const own = [
      "gatewright: 1",
      "roles:",
      "  admin: { grants: users.list }",
      "resources:",
      "  users: { actions: [list] }",
      "routes:",
      "  /users: { GET: public }",
      "",
    ].join("\n");
    const imported = importDocument(documentOf(paths), {
      policies: [{ path: "policies/own.yaml", text: own }],
    });
    expect(conflicts(imported)).toEqual(["route GET /users", "role admin"]);
    expect(imported.policies[0]?.text).toBe(own);
    expect(serve(imported).status("GET /users", null)).toBe(200);
  });
});

describe("a policy that is there already", () => {
  it("gets no route of its own that admits what is not carried over", () => {
    const own = [
      "gatewright: 1",
      "routes:",
      "  /orders/*: { GET: public }",
      "  /**:",
      "    GET: { access: public, catchAll: the shop window is open to all }",
      "",
    ].join("\n");
    const mixed = { "/orders/{id}.json": { get: { ...one, operationId: "json" } } };
    const policies = [{ path: "policies/own.yaml", text: own }];
    const imported = importDocument(documentOf({ "/items/{id}.json": { get: read }, ...mixed }), {
      policies,
    });
    const { status } = serve(imported);
    expect(status("GET /items/1.json", ["orders"])).toBe(403);
    expect(status("GET /elsewhere/1.json", null)).toBe(200);
    // Here the policy's own route takes the very place: it is a person's, and so it is a conflict.
    expect(conflicts(imported)).toEqual(["route GET /orders/*"]);
  });

  it("keeps a role for itself also when the document changes later", () => {
    const own = "gatewright: 1\nroles:\n  admin: { grants: [] }\n";
    const policies = [{ path: "policies/own.yaml", text: own }];
    const begun = importDocument(documentOf(paths), { policies });
    expect(conflicts(begun)).toEqual(["role admin"]);
    expect(conflicts(reimport(begun, paths))).toEqual([]);
    const more = { ...paths, "/users/{id}": { get: { ...users, operationId: "get" } } };
    const again = reimport(begun, more);
    expect(conflicts(again)).toEqual(["role admin"]);
    expect(again.policies[0]?.text).toBe(own);
    expect(serve(again).status("GET /users/1", ["admin"])).toBe(403);
  });
});

describe("a form that the import cannot edit", () => {
  it("is left alone, and nothing is written", () => {
    const text = 'gatewright: 1\nroles: {"orders": {grants: [orders.list, orders.get]}}\n';
    const policies = first.policies.map((policy) =>
      policy.path === "policies/api.yaml" ? { ...policy, text } : policy,
    );
    const stock = { get: { tags: ["stock"], operationId: "read", security: [scoped("stock")] } };
    const result = tryImport(documentOf({ ...paths, "/stock": stock }), {
      policies,
      stamp: first.stamp,
    });
    expect(result.ok || result.diagnostics).toMatchObject([
      { code: "openapi-not-merged", at: { file: "policies/api.yaml" } },
    ]);
  });
});
