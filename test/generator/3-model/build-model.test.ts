import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import type { PolicyModel } from "../../../generator/3-model/policy-model.js";
import { documentOf } from "../documents-of.js";

const tokens = `
tokens:
  desk: {issuer: https://id.example, audience: desk, algorithms: [ES256], keys: {environment: KEYS}}
`;
const resources = `
resources:
  orders: {actions: [read, create, cancel]}
  users: {actions: [read]}
`;

function build(...texts: readonly string[]) {
  return buildModel(texts.map((text, index) => documentOf(text, `policies/${index}.yaml`)));
}

function modelOf(...texts: readonly string[]): PolicyModel {
  const { model, diagnostics } = build(...texts);
  expect(diagnostics).toEqual([]);
  if (model === undefined) throw new Error("no model");
  return model;
}

/** Per mistake: its code and the text that it points at. */
function mistakes(...texts: readonly string[]) {
  const { model, diagnostics } = build(...texts);
  if (diagnostics.length > 0) expect(model).toBeUndefined();
  return diagnostics.map(({ code, at }) => {
    const text = texts[Number(/[0-9]+/.exec(at.file)?.[0])] ?? "";
    return [code, text.slice(at.start, at.end).trim()];
  });
}

describe("sections", () => {
  it("gives an empty policy its defaults", () => {
    expect(modelOf("gatewright: 1")).toMatchObject({
      roles: [],
      resources: [],
      permissions: [],
      routes: [],
      issuers: [],
      principal: { at: undefined, from: "claims", id: ["sub"], roles: undefined, claims: [] },
      router: {
        caseSensitive: false,
        strict: false,
        semicolons: "refuse",
        maxPathLength: 2048,
        trustedProxies: 0,
      },
      problems: { base: "urn:gatewright:problem:", disclose: false, titles: [] },
      audit: { sink: { kind: "jsonl", path: "audit/requests.jsonl" } },
    });
  });

  it("merges the files in the order of their paths, whatever order they come in", () => {
    const one = documentOf("roles: {b: }\nroutes: {/a: {GET: public}}", "policies/b.yaml");
    const other = documentOf("roles: {a: }\nroutes: {/a: {POST: public}}", "policies/a.yaml");
    const model = buildModel([one, other]).model;
    expect(model).toEqual(buildModel([other, one]).model);
    expect(model?.roles.map((role) => role.name)).toEqual(["a", "b"]);
    expect(model?.routes.map((route) => route.id)).toEqual(["GET /a", "POST /a"]);
    expect(model?.sources.map((source) => source.path)).toEqual([
      "policies/a.yaml",
      "policies/b.yaml",
    ]);
  });

  it("refuses a name that two files declare, and says where the first is", () => {
    const { diagnostics } = build(
      `roles: {clerk: }${resources}${tokens}`,
      `
roles: {clerk: }
resources: {users: {actions: [read]}}
tokens: {desk: {issuer: https://x.example, audience: a, algorithms: [ES256], keys: {file: k.json}}}
`,
    );
    expect(diagnostics.map((d) => [d.code, d.at.file, d.related?.[0]?.at.file])).toEqual([
      ["duplicate-role", "policies/1.yaml", "policies/0.yaml"],
      ["duplicate-resource", "policies/1.yaml", "policies/0.yaml"],
      ["duplicate-token", "policies/1.yaml", "policies/0.yaml"],
    ]);
  });

  it("refuses a single section in two files", () => {
    const single = "router: {strict: true}\nproblems: {disclose: true}";
    expect(mistakes(single, `${single}\nprincipal: {id: sub}\naudit: {sink: {jsonl: a}}`)).toEqual([
      ["duplicate-section", "router"],
      ["duplicate-section", "problems"],
    ]);
  });

  it("reads odd documents without throwing", () => {
    const odd = ["roles: 1", "roles: {a: [1, {b: c}]}", "routes: [x]", "routes: {/a: {GET: {}}}"];
    const more = ["routes: {/a: {GET: [1, {}]}}", "routes: {/a: {params: 3, get: public}}"];
    const last = ["tokens: {a: 1}", "principal: {roles: {}, claims: {a: }}", "resources: {a: 1}"];
    for (const text of [
      ...odd,
      ...more,
      ...last,
      "audit: {sink: {jsonl: 1}}",
      "router: {maxPathLength: a}",
    ]) {
      expect(() => build(text)).not.toThrow();
    }
  });

  it("finds all mistakes in one run", () => {
    const found = mistakes(`
resources: {orders: {actions: [read]}}
roles:
  clerk: {inherits: [nobody], grants: [orders.raed, order.read, nonsense]}
routes:
  /a//b: {GET: public}
  /c: {GET: publik, POST: orders.*}
problems: {base: nowhere, titles: {not-fuond: x}}
audit: {sink: {jsonl: ../x}}
`);
    expect(found).toEqual([
      ["unknown-role", "nobody"],
      ["unknown-action", "orders.raed"],
      ["unknown-resource", "order.read"],
      ["bad-permission", "nonsense"],
      ["bad-pattern", "/a//b"],
      ["bad-rule", "publik"],
      ["wildcard-in-route", "orders.*"],
      ["bad-problem-base", "nowhere"],
      ["unknown-problem", "not-fuond"],
      ["bad-audit-path", "../x"],
    ]);
  });

  it("suggests the name that was meant", () => {
    const { diagnostics } = build(`${resources}
roles: {clerk: , manager: {inherits: clark, grants: orders.raed}}`);
    expect(diagnostics.map((diagnostic) => diagnostic.help)).toEqual([
      "did you mean `clerk`?",
      "did you mean `orders.read`?",
    ]);
  });
});

describe("resources", () => {
  it("sorts actions and attributes, and reads both forms of a type", () => {
    const [orders] = modelOf(`
resources:
  orders:
    description: Orders.
    actions: [read, create]
    attributes: {total: double, note: {type: string, optional: true}, tags: list<string>}
`).resources;
    expect(orders).toMatchObject({ name: "orders", description: "Orders." });
    expect(orders?.actions.map((action) => action.name)).toEqual(["create", "read"]);
    expect(orders?.attributes.map(({ name, type, optional }) => [name, type, optional])).toEqual([
      ["note", "string", true],
      ["tags", "list<string>", false],
      ["total", "double", false],
    ]);
  });

  it("refuses an action that every object has", () => {
    expect(mistakes("resources: {o: {actions: [constructor]}}")).toEqual([
      ["reserved-name", "constructor"],
    ]);
  });

  it("refuses an action twice and a type that is none", () => {
    const text = "resources: {o: {actions: [read, read], attributes: {a: strnig}}}";
    expect(mistakes(text)).toEqual([
      ["duplicate-action", "read"],
      ["unknown-type", "strnig"],
    ]);
  });
});

describe("principal", () => {
  it("reads paths by dots, by exact names and around addresses", () => {
    const { principal } = modelOf(`
principal:
  id: [user.id]
  roles: {claim: "https://id.example/roles", format: space-separated}
  tenant: org.id
  claims: {email: string, age: {claim: [profile, age], type: int, optional: true}}
`);
    expect(principal).toMatchObject({
      id: ["user.id"],
      roles: { path: ["https://id.example/roles"], format: "space-separated" },
      tenant: ["org", "id"],
      claims: [
        { name: "age", path: ["profile", "age"], type: "int", optional: true },
        { name: "email", path: ["email"], type: "string", optional: false },
      ],
    });
  });

  it("refuses paths that lead nowhere", () => {
    expect(mistakes("principal: {id: a..b, roles: [], tenant: __proto__.x}")).toEqual([
      ["bad-claim-path", "a..b"],
      ["bad-claim-path", "[]"],
      ["bad-claim-path", "__proto__.x"],
    ]);
  });

  it("leaves roles, tenant and claims to the application where it supplies the principal", () => {
    const text = "principal: {from: application, claims: {email: string}}";
    expect(modelOf(text).principal).toMatchObject({ from: "application", roles: undefined });
    expect(
      mistakes(
        "principal: {from: application, roles: r, tenant: t, claims: {a: {claim: b, type: int}}}",
      ),
    ).toEqual([
      ["application-supplies", "roles"],
      ["application-supplies", "tenant"],
      ["application-supplies", "claim"],
    ]);
  });
});

describe("settings", () => {
  it("keeps what is given", () => {
    const model = modelOf(`
router: {caseSensitive: true, strict: true, semicolons: allow, maxPathLength: 64,
  trustedProxies: [10.0.0.0/8, "2001:db8::1"]}
problems: {base: "https://x.example/p/", disclose: true, titles: {not-found: Nothing here}}
audit: {sink: {jsonl: logs/a.jsonl}}
`);
    expect(model.router).toEqual({
      caseSensitive: true,
      strict: true,
      semicolons: "allow",
      maxPathLength: 64,
      trustedProxies: ["10.0.0.0/8", "2001:db8::1"],
    });
    expect(model.problems).toEqual({
      base: "https://x.example/p/",
      disclose: true,
      titles: [{ code: "not-found", title: "Nothing here" }],
    });
    expect(model.audit.sink.path).toBe("logs/a.jsonl");
  });

  it.each([
    ["router: {trustedProxies: 17}", "bad-trusted-proxies"],
    ["router: {trustedProxies: 1.5}", "bad-trusted-proxies"],
    ["router: {trustedProxies: [10.0.0.0/33]}", "bad-trusted-proxies"],
    ["router: {trustedProxies: [localhost]}", "bad-trusted-proxies"],
    ["router: {trustedProxies: ['fe80::1%eth0']}", "bad-trusted-proxies"],
    ["router: {maxPathLength: 63}", "bad-path-length"],
    ["problems: {base: 'https://x.example/p'}", "bad-problem-base"],
    ["problems: {base: '/p/'}", "bad-problem-base"],
    ["problems: {base: 'https://x.example/?q=/'}", "bad-problem-base"],
    ["audit: {sink: {jsonl: /var/log/a}}", "bad-audit-path"],
    ["audit: {sink: {jsonl: a/../../b}}", "bad-audit-path"],
    ["audit: {sink: {jsonl: 'a\\b'}}", "bad-audit-path"],
    ["audit: {sink: {jsonl: 'C:/a'}}", "bad-audit-path"],
    ["audit: {sink: {jsonl: 'a/'}}", "bad-audit-path"],
  ])("refuses %s", (text, code) => {
    expect(mistakes(text).map(([found]) => found)).toEqual([code]);
  });
});
