import fc from "fast-check";
import { stringify } from "yaml";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { arbitraryActorRule } from "./arbitrary-actors.js";

const resources = ["orders", "users", "files"];
const actions = ["read", "write", "list", "drop"];
const permissions = resources.flatMap((resource) =>
  actions.map((action) => `${resource}.${action}`),
);
const grantable = [...permissions, ...resources.map((resource) => `${resource}.*`)];
const reason = "random policies fall where they fall";

const literals = ["a", "b", "ab", "A", "\u00e9", "x y", "%7C", "@", "~"];

/** A policy without mistakes: up to 40 routes that overlap a lot, up to 70 roles, any router. */
export function arbitraryPolicy(): fc.Arbitrary<readonly SourceText[]> {
  return fc
    .record({
      router: arbitraryRouter,
      disclose: fc.boolean(),
      actor: arbitraryActorRule,
      roles: arbitraryRoles,
      routes: arbitraryRoutes,
    })
    .map(({ router, disclose, actor, roles, routes }) => {
      const principal = { roles: "roles", ...(actor === undefined ? {} : { actor }) };
      const settings = { router, principal, problems: { disclose } };
      const access = { gatewright: 1, roles, ...settings, ...fixedParts };
      return [
        { path: "policies/access.yaml", text: print(access) },
        {
          path: "policies/routes.yaml",
          text: print({ gatewright: 1, routes: nest(valid(routes, router)) }),
        },
      ];
    });
}

function print(policy: object): string {
  // The policy language has no aliases.
  return stringify(policy, { aliasDuplicateObjects: false });
}

const fixedParts = {
  resources: Object.fromEntries(resources.map((name) => [name, { actions }])),
  tokens: {
    test: {
      issuer: "https://issuer.example",
      audience: "test",
      algorithms: ["HS256"],
      keys: { environment: "TEST_KEY" },
    },
  },
};

interface Router {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  readonly semicolons: "refuse" | "allow";
  readonly maxPathLength: number;
}

const arbitraryRouter: fc.Arbitrary<Router> = fc.record({
  caseSensitive: fc.boolean(),
  strict: fc.boolean(),
  semicolons: fc.constantFrom("refuse", "allow"),
  maxPathLength: fc.constantFrom(64, 2048),
});

/** Enough roles that a mask has one, two or three words. */
const arbitraryRoles = fc
  .array(
    fc.record({
      inherits: fc.array(fc.nat({ max: 69 }), { maxLength: 3 }),
      grants: fc.subarray(grantable, { maxLength: 4 }),
      denies: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.subarray(grantable, { maxLength: 2 }) },
      ),
    }),
    { minLength: 1, maxLength: 70, size: "max" },
  )
  .map((roles) =>
    Object.fromEntries(
      roles.map(({ inherits, grants, denies }, index) => {
        // A role inherits only from those before it, so that there is no loop.
        const parents = new Set(inherits.filter((parent) => parent < index));
        return [
          `r${index}`,
          { inherits: [...parents].map((parent) => `r${parent}`), grants, denies },
        ];
      }),
    ),
  );

interface RandomRoute {
  readonly method: string;
  /** `:` stands for a parameter, whose name its place gives. */
  readonly parts: readonly string[];
  readonly rule: unknown;
  readonly typeOf: readonly object[];
  readonly cut: number;
}

const arbitraryRoutes = fc.array(
  fc.record<RandomRoute>({
    method: fc.constantFrom("GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE"),
    parts: fc
      .tuple(
        fc.array(fc.constantFrom(...literals, "a", "b", ":", ":", "*"), { maxLength: 4 }),
        fc.constantFrom("", "", "", "**", "/"),
      )
      .map(([parts, last]) => (last === "" ? parts : [...parts, last])),
    rule: fc.oneof(
      fc.constantFrom("public", "authenticated").map((access) => ({ access })),
      fc
        .subarray(permissions, { minLength: 1, maxLength: 3 })
        .map((needed) => ({ permissions: needed })),
    ),
    typeOf: fc.array(
      fc.constantFrom(
        {},
        { type: "string" },
        { type: "int" },
        { type: "uuid" },
        { encodedSlash: true },
      ),
      { minLength: 5, maxLength: 5 },
    ),
    cut: fc.nat({ max: 4 }),
  }),
  { minLength: 1, maxLength: 40, size: "max" },
);

/** Leaves out what the language refuses: two patterns of one method that no request can tell apart. */
function valid(routes: readonly RandomRoute[], router: Router): readonly RandomRoute[] {
  const seen = new Set<string>();
  return routes.flatMap((route) => {
    const isSlashed = route.parts.at(-1) === "/";
    const last = isSlashed && router.strict && route.parts.length > 1 ? [""] : [];
    const parts = isSlashed ? [...route.parts.slice(0, -1), ...last] : route.parts;
    const key = `${route.method} ${parts.map((part) => (part === ":" ? "*" : part)).join("/")}`;
    const folded = router.caseSensitive ? key : key.toLowerCase();
    if (seen.has(folded)) return [];
    seen.add(folded);
    return [{ ...route, parts }];
  });
}

interface RouteTree {
  [key: string]: RouteTree | unknown;
}

/** Writes some routes below a shared prefix and some with their whole path in one key. */
function nest(routes: readonly RandomRoute[]): RouteTree {
  const tree: RouteTree = {};
  for (const { method, parts, rule, typeOf, cut } of routes) {
    const named = parts.map((part, index) =>
      part === ":" ? `:${method.toLowerCase()}${index}` : part,
    );
    const keys =
      cut === 0 || cut >= named.length ? [named] : [named.slice(0, cut), named.slice(cut)];
    let node = tree;
    for (const key of keys) {
      const name = `/${key.join("/")}`;
      node = (node[name] ??= {}) as RouteTree;
    }
    const params = named.flatMap((part, index) =>
      part.startsWith(":") ? [[part.slice(1), typeOf[index] ?? {}]] : [],
    );
    if (params.length > 0) {
      node["params"] = { ...Object(node["params"]), ...Object.fromEntries(params) };
    }
    const isCatchAll = parts.at(-1) === "**" && Object(rule).access !== undefined;
    node[method] = {
      ...Object(rule),
      fallThrough: reason,
      ...(isCatchAll ? { catchAll: reason } : {}),
    };
  }
  return tree;
}
