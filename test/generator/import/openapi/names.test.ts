import { describe, expect, it } from "vitest";
import { importDocument, tryImport } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";

describe("names", () => {
  it("are the operations' own, without the tag in front", () => {
    const paths = {
      "/a": { get: { tags: ["Order Desk"], operationId: "order-desk/list-all" } },
      "/b": { get: { tags: ["Order Desk"], operationId: "order_desk.get" } },
      "/c": { get: { tags: ["Order Desk"], operationId: "orderDeskThing" } },
    };
    expect(
      importDocument(documentOf(paths)).policies.flatMap(
        ({ text }) => text.match(/order-desk\.\S+/g) ?? [],
      ),
    ).toEqual(
      expect.arrayContaining([
        "order-desk.list-all",
        "order-desk.order_desk-get",
        "order-desk.orderDeskThing",
      ]),
    );
  });

  it("come from method and path where there are none", () => {
    const paths = {
      "/orders": { get: {}, post: {} },
      "/orders/{id}": { get: {}, put: {}, patch: {}, delete: {} },
      "/orders/{id}/refund": { post: {} },
    };
    const { policies } = importDocument(documentOf(paths));
    const text = policies.find(({ path }) => path === "policies/api/orders.yaml")?.text;
    expect(
      text,
    ).toBe(`# yaml-language-server: $schema=../../node_modules/gatewright/schema/policy.schema.json
# Imported from openapi.json; yours to edit: the next import keeps what you change.
gatewright: 1

resources:
  orders:
    actions:
      - create
      - create-refund
      - delete
      - get
      - list
      - replace
      - update

routes:
  /orders:
    GET: orders.list
    POST: orders.create
    /:id:
      GET: orders.get
      PUT: orders.replace
      PATCH: orders.update
      DELETE: orders.delete
      /refund:
        POST: orders.create-refund
`);
  });

  it("are kept apart, also from those that the policy has", () => {
    const paths = {
      "/a": { get: { tags: ["users"], operationId: "get it" } },
      "/b": { get: { tags: ["Users"], operationId: "get-it" } },
      "/c": { get: { tags: ["users"], operationId: "get/it" } },
      "/d": { get: { tags: ["con"], operationId: "constructor" } },
      "/e": { get: { tags: ["订单"], operationId: "2fa" } },
    };
    const policies = [
      {
        path: "policies/own.yaml",
        text: "gatewright: 1\nresources:\n  users: { actions: [read] }\n",
      },
    ];
    const imported = importDocument(documentOf(paths), { policies });
    expect(() => serve(imported)).not.toThrow();
    expect(imported.files.map(({ path }) => path)).toEqual([
      "policies/api.yaml",
      "policies/api/api-con.yaml",
      "policies/api/api-users-2.yaml",
      "policies/api/api-users.yaml",
      "policies/api/tag.yaml",
      "policies/api/import.json",
    ]);
  });

  it.each([
    "null",
    "true",
    "~",
    "1e3",
    "- a",
    "a: b",
    "a #b",
    "&a",
    "*a",
    "!t",
    "'",
    '"',
    "`",
    "%x",
    "@",
    "|",
    ">",
    "{{",
    "[",
    "\\",
    "\u2028",
    "\u0085",
    "\ud800",
    "#",
    "? a",
    "<<",
    "=",
  ])("of any text are written so that they read back: %j", (text) => {
    const paths = {
      [`/${encodeURIComponent(text.toWellFormed())}`]: {
        get: {
          tags: [text],
          operationId: text,
          summary: text,
          security: [scoped(`s${text.replace(/\s/g, "")}`)],
        },
      },
    };
    const result = tryImport(documentOf(paths, { tags: [{ name: text, description: text }] }));
    expect(result.ok && result.report.policyErrors).toEqual([]);
  });
});

describe("the settings that a policy needs", () => {
  const paths = { "/x": { get: { security: [scoped("a")] } } };

  it("are written with an issuer that nobody's token names", () => {
    const { policies } = importDocument(documentOf(paths));
    expect(policies[0]?.text).toContain("issuer: https://issuer.invalid");
    expect(policies[0]?.text).toContain("roles: { claim: scope, format: space-separated }");
  });

  it("are written also where a resource is called like an access", () => {
    const publications = { get: { tags: ["publications"], security: [scoped("a")] } };
    const { report } = importDocument(documentOf({ "/publications": publications }));
    expect(report.policyErrors).toEqual([]);
  });

  it("are written by the import that first needs them, and never again", () => {
    const open = importDocument(documentOf({ "/x": { get: { security: [] } } }));
    expect(open.policies.map(({ path }) => path)).toEqual(["policies/api/x.yaml"]);
    const closed = importDocument(documentOf(paths), open);
    expect(closed.report.policyErrors).toEqual([]);
    const own = closed.policies.map((policy) => ({
      ...policy,
      text: policy.text.replace(/tokens:[^]*/, ""),
    }));
    const again = importDocument(documentOf({ ...paths, "/y": paths["/x"] }), {
      policies: own,
      stamp: closed.stamp,
    });
    expect(again.policies.map(({ text }) => text).join("")).not.toContain("tokens:");
  });

  it("are left out where the policy has them", () => {
    const text = [
      "gatewright: 1",
      "principal: { roles: roles }",
      "tokens:",
      "  t: { issuer: i, audience: a, algorithms: [ES256], keys: { environment: K } }",
      "",
    ].join("\n");
    const imported = importDocument(documentOf(paths), {
      policies: [{ path: "policies/own.yaml", text }],
    });
    expect(
      imported.policies
        .map((policy) => policy.text)
        .join("")
        .match(/tokens:|principal:/g),
    ).toHaveLength(2);
    expect(imported.report.policyErrors).toEqual([]);
  });
});
