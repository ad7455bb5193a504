import fc from "fast-check";
import type { ConditionDeclarations } from "../../generator/conditions/scope.js";
import type { ConditionType } from "../../runtime/abi-conditions.js";
import { compileSnapshot } from "../agreement/compile-policy.js";

/** A resource with attributes of every type, some of which may be missing, and random conditions about it. */
const head = `
gatewright: 1
resources:
  notes:
    actions: [read, list]
    collection: [list]
    tenant: desk
    attributes:
      desk: string
      team: string
      owner: string
      alias: { type: string, optional: true }
      rank: int
      count: int
      limit: { type: int, optional: true }
      total: double
      weight: { type: double, optional: true }
      locked: bool
      shown: { type: bool, optional: true }
      placedAt: timestamp
      dueAt: { type: timestamp, optional: true }
      tags: list<string>
      labels: { type: list<string>, optional: true }
`;

const foot = `
principal:
  roles: roles
  tenant: desk
  actor: { roles: roles }
  claims:
    teams: list<string>
    level: int
    ratio: double
    vip: bool
    home: { type: string, optional: true }
tokens:
  test: { issuer: "https://issuer.example", audience: test, algorithms: [HS256], keys: { environment: TEST_KEY } }
routes:
  /notes: { GET: notes.list, /:id: { GET: notes.read } }
`;

const field = (type: ConditionType) => ({ type });
const maybe = (type: ConditionType) => ({ type, optional: true as const });

/** The same as conditions are checked against. */
export const declarations: ConditionDeclarations = {
  variables: {
    principal: {
      fields: {
        id: field("string"),
        issuer: field("string"),
        roles: field({ list: "string" }),
        claims: field({
          fields: {
            teams: field({ list: "string" }),
            level: field("int"),
            ratio: field("double"),
            vip: field("bool"),
            home: maybe("string"),
          },
        }),
      },
    },
    request: { fields: { time: field("timestamp") } },
    resource: {
      fields: {
        team: field("string"),
        owner: field("string"),
        alias: maybe("string"),
        rank: field("int"),
        count: field("int"),
        limit: maybe("int"),
        total: field("double"),
        weight: maybe("double"),
        locked: field("bool"),
        shown: maybe("bool"),
        placedAt: field("timestamp"),
        dueAt: maybe("timestamp"),
        tags: field({ list: "string" }),
        labels: maybe({ list: "string" }),
      },
    },
  },
};

/** A part of a condition that reads one value, and what must be there for it. */
interface Term {
  readonly text: string;
  readonly needs?: string;
}

const term = (text: string, needs?: string): Term =>
  needs === undefined ? { text } : { text, needs };
const optional = (name: string): Term => term(`resource.${name}`, `has(resource.${name})`);

const terms: { readonly [type: string]: readonly [own: readonly Term[], given: readonly Term[]] } =
  {
    string: [
      [term("resource.team"), term("resource.owner"), optional("alias")],
      [
        term("principal.id"),
        term("principal.claims.home", "has(principal.claims.home)"),
        // An error where the list is empty.
        term("principal.claims.teams[0]"),
        term("'a'"),
        term("''"),
        term("'100%_'"),
        term("'😀'"),
        term(String.raw`'\uffff'`),
      ],
    ],
    int: [
      [term("resource.rank"), term("resource.count"), optional("limit")],
      [
        term("principal.claims.level"),
        // An error where it is zero.
        term("(10 / principal.claims.level)"),
        term("0"),
        term("-1"),
        term("9007199254740991"),
        term("9007199254740993"),
        term("-9223372036854775808"),
      ],
    ],
    double: [
      [term("resource.total"), optional("weight")],
      [
        term("principal.claims.ratio"),
        term("(principal.claims.ratio / 0.0)"),
        term("0.0"),
        term("-0.0"),
        term("1.5"),
        term("0.1"),
      ],
    ],
    timestamp: [
      [term("resource.placedAt"), optional("dueAt")],
      [
        term("timestamp('2026-11-27T12:00:00Z')"),
        term("timestamp('2026-11-27T12:00:00.001Z')"),
        term("timestamp('2026-11-27T12:00:00.0005Z')"),
        term("timestamp('0001-01-01T00:00:00Z')"),
        term("timestamp('9999-12-31T23:59:59.999Z')"),
        term("timestamp(principal.claims.level)"),
        term("request.time"),
      ],
    ],
    bool: [
      [term("resource.locked"), optional("shown")],
      [term("principal.claims.vip"), term("true"), term("false")],
    ],
  };

const lists: readonly Term[] = [term("resource.tags"), optional("labels")];
const given = [
  "principal.claims.teams",
  "principal.roles",
  "[]",
  "['a']",
  "['a', 'b', '😀']",
  "[principal.id, principal.claims.teams[0]]",
  "[resource.owner, principal.id, resource.team]",
];

/** What is read must be there: the policy's compiler asks for it. */
function guard(parts: readonly Term[], test: string): fc.Arbitrary<string> {
  const needs = [...new Set(parts.flatMap((part) => part.needs ?? []))].join(" && ");
  if (needs === "") return fc.constant(test);
  return fc.constantFrom(
    `(${needs} && ${test})`,
    `(!(${needs}) || ${test})`,
    `(${needs} ? ${test} : false)`,
    `(${needs} ? ${test} : !principal.claims.vip)`,
  );
}

const relation = fc.constantFrom("==", "!=", "<", "<=", ">", ">=");

const comparison = fc
  .constantFrom(...Object.values(terms))
  .chain(([own, other]) =>
    fc.tuple(fc.constantFrom(...own), relation, fc.constantFrom(...own, ...other), fc.boolean()),
  )
  .chain(([a, sign, b, isTurned]) =>
    guard([a, b], isTurned ? `${b.text} ${sign} ${a.text}` : `${a.text} ${sign} ${b.text}`),
  );

const texts = (terms["string"] ?? [[], []]).flat();

const search = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.constantFrom("startsWith", "endsWith", "contains"),
    fc.constantFrom(...texts),
  )
  .chain(([a, verb, b]) => guard([a, b], `${a.text}.${verb}(${b.text})`));

const membership = fc.oneof(
  fc
    .tuple(fc.constantFrom(...texts), fc.constantFrom(...lists))
    .chain(([item, list]) => guard([item, list], `${item.text} in ${list.text}`)),
  fc
    .tuple(fc.constantFrom(...texts), fc.constantFrom(...given))
    .chain(([item, list]) => guard([item], `${item.text} in ${list}`)),
  fc
    .tuple(
      fc.constantFrom(...(terms["int"]?.[0] ?? [])),
      fc.constantFrom("[0, 1]", "[9007199254740993, 5]"),
    )
    .chain(([item, list]) => guard([item], `${item.text} in ${list}`)),
);

const macro = fc
  .tuple(
    fc.constantFrom("all", "exists"),
    fc.constantFrom("principal.claims.teams", "['a', 'b']", "principal.roles"),
    fc.constantFrom(
      "t == resource.team",
      "t != resource.owner",
      "resource.team.startsWith(t)",
      "t == 'a' && resource.locked",
      "has(resource.alias) && resource.alias == t",
      "resource.rank > 10 / principal.claims.level || t == resource.owner",
    ),
  )
  .map(([name, list, body]) => `${list}.${name}(t, ${body})`);

const flag = fc
  .constantFrom("resource.locked", "principal.claims.vip", "has(resource.shown)", "true")
  .map((text) => text);

const leaf = fc.oneof(
  { weight: 5, arbitrary: comparison },
  { weight: 2, arbitrary: search },
  { weight: 2, arbitrary: membership },
  { weight: 1, arbitrary: macro },
  { weight: 1, arbitrary: flag },
);

/** Conditions that can all become a filter. */
export const condition: fc.Arbitrary<string> = conditionOf(3);

function conditionOf(depth: number): fc.Arbitrary<string> {
  if (depth === 0) return leaf;
  const of = conditionOf(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: fc.tuple(of, of).map(([a, b]) => `(${a} && ${b})`) },
    { weight: 2, arbitrary: fc.tuple(of, of).map(([a, b]) => `(${a} || ${b})`) },
    { weight: 1, arbitrary: of.map((text) => `!(${text})`) },
    { weight: 1, arbitrary: fc.tuple(of, of, of).map(([a, b, c]) => `(${a} ? ${b} : ${c})`) },
  );
}

interface Clause {
  readonly conditions: readonly string[];
  readonly missing: string;
}

const clauses = (effect: string) =>
  fc
    .array(
      fc.record({
        conditions: fc.array(condition, { minLength: 1, maxLength: 2 }),
        missing: effect === "denies" ? fc.constantFrom("skip", "deny") : fc.constant(""),
      }),
      { maxLength: 2 },
    )
    .map((found) => ({ effect, found }));

/** Policies with conditional grants and denies for two roles. */
export const policy = fc
  .record({
    hasTenant: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
    clerk: fc.tuple(clauses("grants"), clauses("denies")),
    auditor: fc.tuple(clauses("grants"), clauses("denies")),
    isCertain: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  })
  .map(({ hasTenant, clerk, auditor, isCertain }) => {
    const [grants, denies] = auditor;
    const roles = [
      "roles:",
      "  clerk:",
      ...clerk.flatMap(({ effect, found }) => printClauses(effect, found)),
      "  auditor:",
      ...(isCertain ? ["    grants: [notes.read]"] : printClauses(grants.effect, grants.found)),
      ...printClauses(denies.effect, denies.found),
      "  reader: { grants: [notes.list] }",
    ];
    return `${hasTenant ? head : head.replace("    tenant: desk\n", "")}${roles.join("\n")}${foot}`;
  });

function printClauses(effect: string, found: readonly Clause[]): readonly string[] {
  if (found.length === 0) return [`    ${effect}: []`];
  return [
    `    ${effect}:`,
    ...found.flatMap(({ conditions, missing }) => [
      "      - permission: notes.read",
      ...(missing === "" ? [] : [`        missing: ${missing}`]),
      "        when:",
      ...conditions.flatMap((text) => ["          - |", `            ${text}`]),
    ]),
  ];
}

/** A policy whose clerks may read notes while the condition holds. */
export function deskPolicy(text: string): string {
  const roles = printClauses("grants", [{ conditions: [text], missing: "" }]);
  return `${head.replace("    tenant: desk\n", "")}roles:\n  clerk:\n${roles.join("\n")}${foot}`;
}

export function compileDesk(text: string) {
  return compileSnapshot([{ path: "policies/notes.yaml", text }]);
}

const word = fc.constantFrom("a", "b", "A", "", "100%_", "%", "'", "😀", "\uffff", "é", "ab");

export const principal = fc.record({
  id: word,
  issuer: fc.constant("https://issuer.example"),
  roles: fc.subarray(["clerk", "auditor", "reader"], { minLength: 1 }),
  tenant: fc.constantFrom("a", "b", undefined),
  actor: fc.option(
    fc.record({ id: word, roles: fc.subarray(["clerk", "auditor"], { minLength: 1 }) }),
    { nil: undefined, freq: 3 },
  ),
  claims: fc.record({
    teams: fc.array(word, { maxLength: 3 }),
    level: fc.constantFrom(0, 1, 5, -3, 1_795_780_800, Number.MAX_SAFE_INTEGER),
    ratio: fc.constantFrom(0, -0, 1.5, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 1e308),
    vip: fc.boolean(),
    home: fc.option(word, { nil: undefined }),
  }),
});
