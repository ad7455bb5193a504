import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import type { PolicyModel, RouteModel } from "../../../generator/3-model/policy-model.js";
import { findFallThroughs } from "../../../generator/4-lint/find-fall-throughs.js";
import { unreachableRoute } from "../../../generator/4-lint/rules/unreachable-route.js";
import { documentOf } from "../documents-of.js";

// The slow and obvious check: every path over a small alphabet, every set of roles.

const order = ["end", "literal", "param", "star", "rest"];

function matches(route: RouteModel, path: readonly string[]): boolean {
  const hasRest = route.segments.at(-1)?.kind === "rest";
  const fixed = hasRest ? route.segments.slice(0, -1) : route.segments;
  if (hasRest ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((segment, index) => {
    if (segment.kind === "literal")
      return segment.text.toLowerCase() === path[index]?.toLowerCase();
    return path[index] !== "";
  });
}

/** Negative where `a` is more specific; 0 for one place in the trie. */
function compare(a: RouteModel, b: RouteModel): number {
  for (let index = 0; index <= Math.max(a.segments.length, b.segments.length); index += 1) {
    const [one, other] = [a.segments[index], b.segments[index]];
    const ranks = [one, other].map((segment) => order.indexOf(segment?.kind ?? "end"));
    const difference = (ranks[0] ?? 0) - (ranks[1] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function winner(model: PolicyModel, method: string, path: readonly string[]) {
  const candidates = model.routes.filter(
    (route) =>
      (route.method === method || (method === "HEAD" && route.method === "GET")) &&
      matches(route, path),
  );
  return candidates.toSorted((a, b) => compare(a, b) || (a.method === "HEAD" ? -1 : 1))[0];
}

type Caller = "anonymous" | ReadonlySet<string>;

function callers(model: PolicyModel): readonly Caller[] {
  const names = model.roles.map((role) => role.name);
  const sets = Array.from(
    { length: 2 ** names.length },
    (_, bits) => new Set(names.filter((_, index) => (bits >> index) & 1)),
  );
  return ["anonymous", ...sets];
}

function admits(model: PolicyModel, route: RouteModel, caller: Caller): boolean {
  if (route.access === "public") return true;
  if (caller === "anonymous") return false;
  return route.permissions.every((name) => {
    const permission = model.permissions.find((candidate) => candidate.name === name);
    return (
      !permission?.deniedTo.some((role) => caller.has(role)) &&
      permission?.grantedTo.some((role) => caller.has(role))
    );
  });
}

function allPaths(isStrict: boolean): readonly (readonly string[])[] {
  const paths: (readonly string[])[] = [[]];
  for (let from = 0, length = 1; length <= 4; length += 1) {
    const until = paths.length;
    for (; from < until; from += 1) {
      for (const text of ["a", "b", "other"]) paths.push([...(paths[from] ?? []), text]);
    }
  }
  const slashed = paths.filter((path) => path.length > 0).map((path) => [...path, ""]);
  return isStrict ? [...paths, ...slashed] : paths;
}

/** `method pattern` of all fall-throughs, by the definition. */
function bruteForce(model: PolicyModel): ReadonlySet<string> {
  const found = new Set<string>();
  const everyone = callers(model);
  const methods = new Set(model.routes.map((route) => route.method));
  for (const path of allPaths(model.router.strict)) {
    for (const method of methods) {
      const decided = winner(model, method, path);
      if (decided === undefined) continue;
      for (const first of model.routes.filter((route) => matches(route, path))) {
        const rules = model.routes.filter(
          (route) => compare(route, first) === 0 && matches(route, path),
        );
        const bound = rules.filter((rule) => sameShape(rule, first));
        if (compare(first, decided) >= 0 || bound.some((rule) => rule.fallThrough)) continue;
        const isOpen = everyone.some(
          (caller) =>
            admits(model, decided, caller) && !bound.some((rule) => admits(model, rule, caller)),
        );
        if (isOpen) found.add(`${method} ${shape(first)}`);
      }
    }
  }
  return found;
}

/** The place in the trie: the pattern without the names of its parameters. */
function shape(route: Pick<RouteModel, "segments">): string {
  return `/${route.segments
    .map((segment) =>
      segment.kind === "literal" ? `=${segment.text.toLowerCase()}` : segment.kind,
    )
    .join("/")}`;
}

function sameShape(a: RouteModel, b: RouteModel): boolean {
  return shape(a) === shape(b);
}

const segment = fc.constantFrom("a", "b", "B", ":x", "*");
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom("", "", "/**"))
  .map(([segments, rest]) => {
    let count = 0;
    const named = segments.map((text) => (text === ":x" ? `:x${(count += 1)}` : text));
    return `${named.map((text) => `/${text}`).join("")}${rest}` || "/";
  });
const permission = fc.constantFrom("o.p", "o.q", "o.r");
const permissions = fc.uniqueArray(permission, { minLength: 1, maxLength: 2 });
const rule = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom("public", "authenticated") },
  { weight: 6, arbitrary: permissions },
);
const route = fc.record({
  pattern,
  method: fc.constantFrom("GET", "HEAD", "POST"),
  rule,
  fallThrough: fc.constantFrom(...Array<boolean>(9).fill(false), true),
});
const role = fc.record({
  grants: fc.uniqueArray(permission, { maxLength: 2 }),
  denies: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(permission, { maxLength: 1 }) },
  ),
});
const policy = fc.record({
  isStrict: fc.boolean(),
  routes: fc.array(route, { minLength: 2, maxLength: 9 }),
  slashed: fc.array(route, { maxLength: 2 }),
  roles: fc.array(role, { minLength: 1, maxLength: 4 }),
});

function modelOf({
  isStrict,
  routes,
  slashed,
  roles,
}: typeof policy extends fc.Arbitrary<infer T> ? T : never) {
  const written: Record<string, Record<string, unknown>> = {};
  const taken = new Set<string>();
  const all = isStrict
    ? [
        ...routes,
        ...slashed
          .filter((r) => !/^\/$|\*\*$/.test(r.pattern))
          .map((r) => ({ ...r, pattern: `${r.pattern}/` })),
      ]
    : routes;
  for (const { pattern, method, rule, fallThrough } of all) {
    const key = `${method} ${pattern.replaceAll(/:x[0-9]/g, "*").toLowerCase()}`;
    if (taken.has(key)) continue;
    taken.add(key);
    const access = Array.isArray(rule) ? { permissions: rule } : { access: rule };
    const reason = fallThrough ? { fallThrough: "a reason of some length" } : {};
    const catchAll = Array.isArray(rule) ? {} : { catchAll: "a reason of some length" };
    written[pattern] = { ...written[pattern], [method]: { ...access, ...reason, ...catchAll } };
  }
  const text = JSON.stringify({
    resources: { o: { actions: ["p", "q", "r"] } },
    roles: Object.fromEntries(roles.map((body, index) => [`r${index}`, body])),
    tokens: {
      t: { issuer: "i", audience: "a", algorithms: ["ES256"], keys: { environment: "KEYS" } },
    },
    router: { strict: isStrict },
    routes: written,
  });
  const { model, diagnostics } = buildModel([documentOf(text)]);
  expect(diagnostics).toEqual([]);
  if (model === undefined) throw new Error("no model");
  return model;
}

describe("findFallThroughs", () => {
  it("finds what trying every path and every set of roles finds, no more and no less", () => {
    let findings = 0;
    fc.assert(
      fc.property(policy, (drawn) => {
        const model = modelOf(drawn);
        const found = findFallThroughs(model);
        const names = found.map(({ method, pattern }) => `${method} ${shape(pattern)}`);
        expect(new Set(names)).toEqual(bruteForce(model));
        expect(new Set(names).size).toBe(names.length);
        findings += names.length;
      }),
      { numRuns: 1500 },
    );
    expect(findings).toBeGreaterThan(500);
  });

  it("gives a path and a caller that show it", () => {
    fc.assert(
      fc.property(policy, (drawn) => {
        const model = modelOf(drawn);
        for (const { method, pattern, path, weaker, caller } of findFallThroughs(model)) {
          const segments = path === "/" ? [] : path.slice(1).split("/");
          const principal =
            caller.kind === "anonymous"
              ? "anonymous"
              : new Set(caller.kind === "roles" ? caller.roles : []);
          expect(winner(model, method, segments)?.id).toBe(weaker.id);
          expect(pattern.routes.every((rule) => matches(rule, segments))).toBe(true);
          expect(admits(model, weaker, principal)).toBe(true);
          expect(pattern.routes.some((rule) => admits(model, rule, principal))).toBe(false);
        }
      }),
      { numRuns: 700 },
    );
  });
});

describe("unreachableRoute", () => {
  it("finds the routes that no path meets or nobody passes, no more and no less", () => {
    fc.assert(
      fc.property(policy, (drawn) => {
        const model = modelOf(drawn);
        const paths = allPaths(model.router.strict);
        const everyone = callers(model);
        const expected = model.routes.filter(
          (candidate) =>
            !paths.some((path) => winner(model, candidate.method, path) === candidate) ||
            !everyone.some((caller) => admits(model, candidate, caller)),
        );
        const found = [...unreachableRoute.check(model)].map((finding) => finding.at.start);
        expect(found.toSorted()).toEqual(expected.map(({ at }) => at.start).toSorted());
      }),
      { numRuns: 500 },
    );
  });
});

/** How many fall-throughs a policy has whose clerk has this grant, and whose resource says more. */
const fallsFor = (grant: string, more = "") => {
  const { model, diagnostics } = buildModel([
    documentOf(`
gatewright: 1
resources: { o: { actions: [read, write], attributes: { ownerId: string, desk: string }${more} } }
roles: { clerk: { grants: [${grant}, o.write] } }
principal: { tenant: desk }
tokens: { t: { issuer: i, audience: a, algorithms: [ES256], keys: { environment: K } } }
routes:
  /a: { GET: o.read }
  /**: { POST: o.write }
`),
  ]);
  expect(diagnostics).toEqual([]);
  return model === undefined ? undefined : [...findFallThroughs(model)].length;
};

describe("rules with conditions", () => {
  it("admit nobody for sure, so that a request that falls past them is found", () => {
    expect(fallsFor("o.read")).toBe(0);
    expect(fallsFor("{ permission: o.read, when: resource.ownerId == principal.id }")).toBe(1);
  });

  it("of a tenant count as conditions, unless the action is on the collection", () => {
    expect(fallsFor("o.read", ", tenant: desk, collection: [write]")).toBe(1);
    expect(fallsFor("o.read", ", tenant: desk, collection: [read, write]")).toBe(0);
  });
});
