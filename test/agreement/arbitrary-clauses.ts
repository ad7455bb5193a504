import fc from "fast-check";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import type { OracleRequest } from "../oracle/create-oracle.js";
import { arbitraryAct, arbitraryActorRule } from "./arbitrary-actors.js";
import { arbitraryWhen, namedConditions } from "./arbitrary-conditions.js";
import type { Place } from "./arbitrary-conditions.js";

// Policies of one shape, orders and notes behind a few routes, with random roles, denies, conditions, derived
// roles, tenants, collections, scopes and step-up. What varies is what decides behind the role check.

const actions = ["cancel", "create", "list", "read", "update"];
const collective = ["create", "list"];
export const roleNames = ["r0", "r1", "r2", "r3"];
export const NOW = Date.UTC(2026, 10, 27, 12);

export interface ClauseCase {
  readonly sources: readonly SourceText[];
  readonly requests: readonly OracleRequest[];
}

export function arbitraryClauseCase(requestCount: number): fc.Arbitrary<ClauseCase> {
  return fc.record({
    sources: arbitraryClausePolicy,
    requests: fc.array(arbitraryAsked, { minLength: requestCount, maxLength: requestCount }),
  });
}

const arbitraryClausePolicy = fc
  .record({
    collection: fc.subarray(collective),
    orders: fc.record({ tenant: fc.boolean(), absent: fc.constantFrom("not-found", "forbidden") }),
    notes: fc.record({ tenant: fc.boolean(), absent: fc.constantFrom("not-found", "forbidden") }),
  })
  .chain(({ collection, orders, notes }) =>
    fc.record({
      resources: fc.constant({
        orders: { actions, collection, ...settings(orders), attributes: orderAttributes },
        notes: { actions: ["edit", "read"], ...settings(notes), attributes: noteAttributes },
      }),
      roles: arbitraryRoles(collection),
      derivedRoles: arbitraryDerivedRoles(collection),
      routes: arbitraryRoutes,
      actor: arbitraryActorRule,
      scopes: fc.constantFrom<unknown>("scp", { claim: "scp", format: "list" }),
      clockTolerance: fc.constantFrom("0s", "30s"),
    }),
  )
  .map(({ actor, scopes, clockTolerance, ...sections }): readonly SourceText[] => {
    const policy = {
      gatewright: 1,
      ...sections,
      conditions: namedConditions,
      request: { headers: "desk", query: ["draft"] },
      principal: {
        roles: "roles",
        tenant: "desk",
        claims,
        scopes,
        ...(actor === undefined ? {} : { actor }),
      },
      tokens: {
        test: {
          issuer: "https://issuer.example",
          audience: "test",
          algorithms: ["HS256"],
          keys: { environment: "TEST_KEY" },
          clockTolerance,
        },
      },
    };
    // JSON is YAML; a policy of one line is shown as it is where something goes wrong.
    return [{ path: "policies/policy.yaml", text: JSON.stringify(policy, withoutEmpty) }];
  });

/** The policy language takes no empty list. */
function withoutEmpty(_: string, value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

const orderAttributes = {
  ownerId: "string",
  desk: "string",
  total: "double",
  locked: "bool",
  tags: "list<string>",
  note: { type: "string", optional: true },
};
const noteAttributes = { ownerId: "string", desk: "string" };
const claims = { level: { type: "int", optional: true }, home: "string" };

function settings({ tenant, absent }: { readonly tenant: boolean; readonly absent: string }) {
  return { absent, ...(tenant ? { tenant: "desk" } : {}) };
}

function some(list: readonly string[]): fc.Arbitrary<readonly string[]> {
  const names = list.map((action) => `orders.${action}`);
  return fc.subarray(names, { minLength: 1, maxLength: Math.min(list.length, 3) });
}

function withPlace(place: Place) {
  return (permissions: readonly string[]) => [permissions, place] as const;
}

/** Permissions that one item names, and what their conditions may read. */
function arbitraryTarget(
  collection: readonly string[],
): fc.Arbitrary<readonly [readonly string[], Place]> {
  const single = actions.filter((action) => !collective.includes(action));
  const loaded = actions.filter((action) => !collection.includes(action));
  return fc.oneof(
    { weight: 4, arbitrary: some(single).map(withPlace({ resource: true, params: true })) },
    { weight: 2, arbitrary: some(loaded).map(withPlace({ resource: true, params: false })) },
    { weight: 2, arbitrary: some(actions).map(withPlace({ resource: false, params: false })) },
    fc.constant(["orders.*"]).map(withPlace({ resource: collection.length === 0, params: false })),
    fc.constant(["notes.*"]).map(withPlace({ resource: false, params: true })),
    fc.constant(["notes.read"]).map(withPlace({ resource: false, params: true })),
  );
}

function arbitraryItem(collection: readonly string[], effect: "grants" | "denies") {
  return arbitraryTarget(collection).chain(([permission, place]) =>
    fc
      .tuple(arbitraryWhen(place), fc.constantFrom("deny", "skip"), fc.nat(9))
      .map(([{ when, fails }, missing, chance]): readonly unknown[] => {
        if (chance < (effect === "grants" ? 5 : 1)) return permission;
        // A deny that is always decided may leave it out.
        const isSaid = effect === "denies" && (fails || chance > 7);
        return [{ permission, when, ...(isSaid ? { missing } : {}) }];
      }),
  );
}

function arbitraryRoles(collection: readonly string[]) {
  const items = (effect: "grants" | "denies", maxLength: number) =>
    fc.array(arbitraryItem(collection, effect), { maxLength }).map((all) => all.flat());
  const role = (index: number) =>
    fc.record({
      inherits: fc.subarray(roleNames.slice(0, index), { maxLength: Math.min(index, 2) }),
      grants: items("grants", 6),
      denies: items("denies", 2),
    });
  return fc
    .tuple(...roleNames.map((_, index) => role(index)))
    .map((roles) => Object.fromEntries(roles.map((body, index) => [roleNames[index], body])));
}

function arbitraryDerivedRoles(collection: readonly string[]) {
  const place = { resource: true, params: false };
  const loaded = actions.filter((action) => !collection.includes(action));
  const derived = fc
    .record({
      from: fc.subarray(roleNames, { minLength: 1, maxLength: 2 }),
      when: arbitraryWhen(place),
      grants: fc.subarray(
        loaded.map((action) => `orders.${action}`),
        { minLength: 1 },
      ),
    })
    .map(({ when: { when }, ...body }) => ({ resource: "orders", ...body, when }));
  return fc
    .array(derived, { maxLength: 2 })
    .map((all) => Object.fromEntries(all.map((body, index) => [`derived${index}`, body])));
}

const needs = {
  "/orders": { GET: ["orders.list"], POST: ["orders.create"] },
  "/orders/:id": {
    GET: ["orders.read"],
    PATCH: ["orders.update"],
    DELETE: ["orders.cancel"],
    POST: ["orders.read", "orders.cancel"],
    PUT: ["orders.update", "notes.read"],
  },
  "/notes/:id": { GET: ["notes.read"], PUT: ["notes.edit", "notes.read"] },
};

const arbitraryRequirements = fc.record(
  {
    scopes: fc.subarray(["a", "b"], { minLength: 1 }),
    stepUp: fc.constantFrom(
      { acr: "mfa" },
      { acr: ["mfa", "key"], maxAge: "5m" },
      { maxAge: "1h" },
    ),
  },
  { requiredKeys: [] },
);

/** Most routes ask for nothing besides, or nobody would come as far as the conditions. */
const sparse = fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, arbitraryRequirements);

const arbitraryRoutes = fc.record(
  Object.fromEntries(
    Object.entries(needs).map(([path, methods]) => {
      const bound = Object.entries(methods).map(([method, permissions]) => {
        return [method, sparse.map((more) => ({ permissions, ...more }))] as const;
      });
      const typed = path.endsWith("/:id") ? { params: fc.constant({ id: { type: "int" } }) } : {};
      const rules = fc.record({ ...typed, ...Object.fromEntries(bound) });
      return [path, fc.tuple(sparse, rules).map(([above, own]) => ({ ...above, ...own }))];
    }),
  ),
);

const asked = Object.entries(needs).flatMap(([path, methods]) =>
  [...Object.keys(methods), "HEAD"].map((method) => ({ method, path })),
);

const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.option(arbitrary, { nil: undefined, freq: 4 });

const desk = fc.constantFrom("north", "north", "south");
const person = fc.constantFrom("ann", "bob");

export const arbitraryOrder = fc.record(
  {
    ownerId: person,
    desk,
    total: fc.constantFrom(0, 99.5, 100, 5000),
    locked: fc.boolean(),
    tags: fc.array(fc.constantFrom("a", "b", "ann"), { maxLength: 3 }),
    note: fc.constantFrom("x", "y"),
  },
  { requiredKeys: ["ownerId", "desk", "total", "locked", "tags"] },
);

const arbitraryNote = fc.record({ ownerId: person, desk });

/** Found, as a rule; else there is none, or the loader fails. */
function found<Value extends object>(arbitrary: fc.Arbitrary<Value>) {
  return fc.oneof(
    { weight: 12, arbitrary },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const arbitraryClaims = fc
  .record({
    sub: person,
    home: fc.constantFrom("attic", "cellar"),
    desk: sometimes(desk),
    level: sometimes(fc.nat(4)),
    scp: sometimes(
      fc
        .tuple(fc.subarray(["a", "b", "c"]), fc.boolean())
        .map(([scopes, isList]) => (isList ? scopes : scopes.join(" "))),
    ),
    act: arbitraryAct(roleNames),
    acr: sometimes(fc.constantFrom("mfa", "key", "password")),
    auth_time: sometimes(fc.constantFrom(60, 310, 3620, 9000).map((age) => NOW / 1000 - age)),
  })
  .map((all) => {
    const said = Object.entries(all).filter(([, value]) => value !== undefined);
    // As the tokens of the test say it besides.
    return { iss: "https://issuer.example", ...Object.fromEntries(said) };
  });

const arbitraryAsked: fc.Arbitrary<OracleRequest> = fc
  .record({
    route: fc.constantFrom(...asked),
    id: fc.constantFrom("3", "7"),
    query: fc.constantFrom("", "", "?draft=yes", "?draft=no", "?draft=yes&draft=yes"),
    roles: fc.oneof(
      { weight: 12, arbitrary: fc.subarray(roleNames, { minLength: 1 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    claims: arbitraryClaims,
    headers: fc.constantFrom<NonNullable<OracleRequest["headers"]>>(
      [],
      [["Desk", "ann"]],
      [["desk", "bob"]],
      [
        ["desk", "ann"],
        ["Desk", "ann"],
      ],
    ),
    orders: found(arbitraryOrder),
    notes: found(arbitraryNote),
  })
  .map(({ route, id, query, orders, notes, ...rest }): OracleRequest => {
    const resources = Object.entries({ orders, notes }).flatMap(([name, resource]) =>
      resource === undefined ? [] : [[name, resource] as const],
    );
    return {
      ...rest,
      method: route.method,
      target: `${route.path.replace(":id", id)}${query}`,
      resources: Object.fromEntries(resources),
      now: NOW,
    };
  });
