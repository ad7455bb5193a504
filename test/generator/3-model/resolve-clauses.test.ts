import { describe, expect, it } from "vitest";
import { compile } from "../../../generator/compile.js";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { documentOf } from "../documents-of.js";

const base = `gatewright: 1
resources:
  notes: { actions: [list, read, edit], collection: [list], attributes: { ownerId: string, size: int } }
  tags: { actions: [read], attributes: { name: string } }
principal: { roles: roles }
tokens: { t: { issuer: i, audience: a, algorithms: [ES256], keys: { environment: K } } }
routes:
  /notes: { GET: notes.list }
  /notes/:id: { GET: notes.read, PUT: notes.edit }
  /all/:kind/:id: { GET: notes.read }
  /tags/:id: { GET: tags.read }
`;

/** The clauses of a policy without a mistake. */
function clausesOf(more: string) {
  const { model, diagnostics } = buildModel([documentOf(base + more)]);
  expect(diagnostics).toEqual([]);
  return model?.clauses ?? [];
}

/** Per mistake its code and the text that it points at. */
function mistakesOf(more: string): readonly (readonly [string, string])[] {
  const text = base + more;
  const { diagnostics } = compile([{ path: "a.yaml", text }]);
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, at }) => [code, text.slice(at.start, at.end)]);
}

const own = "resource.ownerId == principal.id";

/** A condition with a name, for these permissions. */
function named(condition: string, ...permissions: readonly string[]): string {
  return `roles: { a: { grants: [tags.read, notes.list, { permission: [${permissions.join(", ")}], when: named }] } }
conditions: { named: "${condition}" }
`;
}

/** Per clause, the numbers of its conditions. */
function conditionsOf(more: string) {
  const { model, snapshot } = compile([{ path: "a.yaml", text: base + more }]);
  expect(snapshot?.conditions).toHaveLength(model?.conditions.length ?? -1);
  return model?.clauses.map(({ conditions }) => conditions.map(({ index }) => index));
}

/** What helps with each mistake in a condition. */
function curesOf(more: string) {
  const { diagnostics } = compile([{ path: "a.yaml", text: base + more }]);
  return diagnostics.flatMap(({ code, help }) => (code.startsWith("condition-") ? [help] : []));
}

describe("scopes of the token", () => {
  const roles =
    "roles: { a: { grants: [{ permission: tags.read, when: \"'x' in principal.scopes\" }] } }\n";

  it("are no part of a policy that does not speak of them", () => {
    expect(mistakesOf(roles)).toContainEqual(["condition-unknown-attribute", "scopes"]);
  });

  it.each([
    ["a claim for them", base.replace("{ roles: roles }", "{ roles: roles, scopes: scp }")],
    [
      "a route that asks for one",
      base.replace("GET: tags.read", "GET: { permissions: tags.read, scopes: y }"),
    ],
  ])("can be read where it names %s", (_, text) => {
    const { diagnostics } = buildModel([documentOf(text + roles)]);
    expect(diagnostics).toEqual([]);
  });
});

describe("clauses", () => {
  it("are for all roles that inherit the one they are written in", () => {
    const clauses = clausesOf(`roles:
  a: { grants: [{ permission: notes.edit, when: ${own} }], denies: [{ permission: notes.read, when: resource.size > 9 }] }
  b: { inherits: a }
  c: { inherits: b, grants: ["notes.*", tags.read] }
`);
    expect(clauses.map(({ effect, role, roles }) => [effect, role, roles])).toEqual([
      ["grant", "a", ["a", "b", "c"]],
      ["deny", "a", ["a", "b", "c"]],
    ]);
  });

  it("of a derived role are grants to the roles that it comes from, and to those that inherit them", () => {
    const [clause, ...others] =
      clausesOf(`roles: { a: , b: { inherits: a }, c: { grants: [notes.list, tags.read] } }
derivedRoles: { owner: { resource: notes, from: a, when: is-owner, grants: [notes.read, notes.edit] } }
conditions: { is-owner: { resource: notes, when: ${own} } }
`);
    expect(others).toHaveLength(1);
    expect(clause).toMatchObject({ effect: "grant", role: "owner", roles: ["a", "b"] });
    expect(clause?.conditions.map(({ name }) => name)).toEqual(["is-owner"]);
  });

  it("keep a condition of a permission apart from the same permission without one", () => {
    const { model } = buildModel([
      documentOf(`${base}roles:
  a: { grants: [{ permission: notes.edit, when: ${own} }] }
  b: { inherits: a, grants: [notes.edit] }
`),
    ]);
    const edit = model?.permissions.find(({ name }) => name === "notes.edit");
    expect(edit).toMatchObject({ grantedTo: ["a", "b"], certainTo: ["b"], deniedTo: [] });
  });

  it("deny nobody outright under a condition", () => {
    const { model } = buildModel([
      documentOf(`${base}roles: { a: { denies: [{ permission: notes.edit, when: ${own} }] } }\n`),
    ]);
    expect(model?.permissions.every(({ deniedTo }) => deniedTo.length === 0)).toBe(true);
  });
});

describe("parameters in a named condition", () => {
  it("are there where all routes of all its permissions have them", () => {
    expect(mistakesOf(named("request.params.id != ''", "notes.read", "notes.edit"))).toEqual([]);
  });

  it("need a guard where one route of one permission lacks them", () => {
    const reads = "request.params.id != ''";
    const code = "condition-missing-guard";
    const place = "request.params.id";
    expect(mistakesOf(named(reads, "notes.read", "notes.list"))).toEqual([[code, place]]);
    expect(mistakesOf(named(`has(${place}) && ${reads}`, "notes.read", "notes.list"))).toEqual([]);
  });

  it("are those of a derived role's permissions, too", () => {
    const more = `roles: { a: { grants: [tags.read, notes.list, notes.read] } }
derivedRoles: { owner: { resource: notes, from: a, when: named, grants: notes.edit } }
conditions: { named: "request.params.id == principal.id" }
`;
    expect(mistakesOf(more)).toEqual([]);
  });

  it("are none where nothing names it, or another path has it", () => {
    const unused = `roles: { a: { grants: [tags.read, "notes.*"] } }
conditions: { named: "request.params.id != ''" }
`;
    expect(mistakesOf(unused)).toEqual([["condition-unknown-attribute", "id"]]);
    expect(mistakesOf(named("request.params.idd != ''", "notes.edit"))).toEqual([
      ["condition-unknown-attribute", "idd"],
    ]);
  });
});

describe("a condition beside several permissions", () => {
  it("is one where it means the same for them", () => {
    const roles = `roles: { a: { grants: [tags.read, notes.list, { permission: [notes.read, notes.edit], when: ${own} }] } }`;
    expect(conditionsOf(roles)).toEqual([[0], [0]]);
  });

  it("is one in a derived role, too", () => {
    const roles = `roles: { a: { grants: [tags.read, notes.list] } }
derivedRoles: { owner: { resource: notes, from: a, when: ${own}, grants: [notes.read, notes.edit] } }`;
    expect(conditionsOf(roles)).toEqual([[0], [0]]);
  });

  it("is one for each resource that it reads, and for each text", () => {
    const attributes = base.replace("{ name: string }", "{ name: string, ownerId: string }");
    const { model } = buildModel([
      documentOf(
        `${attributes}roles: { a: { grants: [notes.list, { permission: [notes.read, tags.read], when: ${own} }, { permission: notes.edit, when: ${own} }] } }\n`,
      ),
    ]);
    expect(model?.conditions.map(({ resource }) => resource)).toEqual(["notes", "tags", "notes"]);
  });
});

describe("a condition on a resource beside a wildcard", () => {
  it.each([
    ["written out", `roles: { a: { grants: [{ permission: "notes.*", when: ${own} }] } }`],
    [
      "by name",
      `roles: { a: { denies: [{ permission: "notes.*", when: is-owner }] } }
conditions: { is-owner: { resource: notes, when: ${own} } }`,
    ],
    [
      "of a derived role",
      `roles: { a: }
derivedRoles: { owner: { resource: notes, from: a, when: ${own}, grants: "notes.*" } }`,
    ],
  ])("is told which actions to name: %s", (_, more) => {
    expect(curesOf(`${more}\n`)).toEqual([
      "`notes.list` is about the collection, which is no single resource: in place of `*`, name `notes.edit`, `notes.read`",
    ]);
  });

  it("is told to read something else where there is no single resource at all", () => {
    const more = `roles: { a: { grants: [{ permission: notes.list, when: ${own} }] } }\n`;
    expect(curesOf(more)).toEqual([
      "`notes.list` is about the collection, which is no single resource: read `principal` and `request` alone here",
    ]);
  });
});

describe("mistakes in clauses", () => {
  it.each<readonly [string, string, readonly (readonly [string, string])[]]>([
    [
      "a named condition about another resource",
      `roles: { a: { grants: [{ permission: tags.read, when: is-owner }] } }
conditions: { is-owner: { resource: notes, when: ${own} } }`,
      [["condition-of-another-resource", "is-owner"]],
    ],
    [
      "a named condition about a resource, for an action on the collection",
      `roles: { a: { grants: [{ permission: notes.list, when: is-owner }] } }
conditions: { is-owner: { resource: notes, when: ${own} } }`,
      [["condition-of-another-resource", "is-owner"]],
    ],
    [
      "an attribute, for an action on the collection",
      `roles: { a: { grants: [{ permission: notes.list, when: ${own} }] } }`,
      [["condition-unknown-name", "resource"]],
    ],
    [
      "a parameter that only some routes have",
      "roles: { a: { grants: [{ permission: notes.read, when: request.params.kind == 'x' }] } }",
      [["condition-missing-guard", "request.params.kind"]],
    ],
    [
      "one condition for two permissions, said once",
      "roles: { a: { grants: [{ permission: [notes.read, notes.edit], when: resource.owner == principal.id }] } }",
      [["condition-unknown-attribute", "owner"]],
    ],
    [
      "`missing` without a condition",
      "roles: { a: { denies: [{ permission: notes.read, missing: skip }] } }",
      [["missing-key", "skip"]],
    ],
    [
      "headers that hold secrets",
      "request: { headers: [x-desk, authorization, cookie, proxy-authorization] }",
      [
        ["bad-request-input", "authorization"],
        ["bad-request-input", "cookie"],
        ["bad-request-input", "proxy-authorization"],
      ],
    ],
    [
      "roles in a loop, and no other for the derived role",
      `roles: { a: { inherits: b }, b: { inherits: a } }
derivedRoles: { owner: { resource: notes, from: a, when: ${own}, grants: [notes.read] } }`,
      [["role-loop", "b"]],
    ],
  ])("%s", (_, more, expected) => {
    expect(mistakesOf(`${more}\n`)).toEqual(expected);
  });

  it.each([
    ["plain", "        when: resource.owner == principal.id"],
    ["quoted", '        when: "resource.owner == principal.id"'],
    ["quoted with an escape", '        when: "\\x72esource.owner == principal.id"'],
    [
      "literal",
      "        when: |\n          resource.size > 1 &&\n          resource.owner == principal.id",
    ],
    [
      "folded",
      "        when: >-\n          resource.size > 1 &&\n          resource.owner == principal.id",
    ],
  ])("are found at their place in %s text", (_, when) => {
    const more = `roles:\n  a:\n    grants:\n      - permission: notes.read\n${when}\n`;
    expect(mistakesOf(more)).toEqual([["condition-unknown-attribute", "owner"]]);
  });
});
