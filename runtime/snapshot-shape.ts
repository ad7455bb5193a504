import type { SerializedSnapshot } from "./snapshot-format.js";

type Test = (value: unknown) => boolean;

const text: Test = (value) => typeof value === "string";
const flag: Test = (value) => typeof value === "boolean";
const natural: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** Into a list, or -1 for none. */
const index: Test = (value) => Number.isSafeInteger(value) && Number(value) >= -1;
const nothing: Test = (value) => value === null;
const listOf =
  (item: Test, least = 0): Test =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every((member) => item(member));
const oneOf =
  (...words: readonly unknown[]): Test =>
  (value) =>
    words.includes(value);
const either =
  (...tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));
const record =
  (members: Readonly<Record<string, Test>>): Test =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(members).every(
      ([name, test]) => Object.hasOwn(value, name) && test(Reflect.get(value, name)),
    );

const path = listOf(text, 1);
const claimTypes = ["string", "int", "double", "bool", "list<string>"];

const snapshot = record({
  router: record({
    caseSensitive: flag,
    strict: flag,
    semicolons: oneOf("refuse", "allow"),
    maxPathLength: natural,
    trustedProxies: either(natural, listOf(text)),
  }),
  roles: listOf(text),
  permissions: listOf(record({ name: text, at: text })),
  allow: text,
  deny: text,
  methods: listOf(text),
  routes: listOf(
    record({
      id: text,
      method: natural,
      pattern: text,
      at: text,
      access: oneOf("public", "authenticated", "permissions"),
      identityOptional: flag,
      permissions: listOf(natural),
      params: listOf(
        record({
          name: text,
          segment: natural,
          type: oneOf("string", "int", "uuid", "rest"),
          encodedSlash: flag,
        }),
      ),
      cors: index,
      upgrade: either(nothing, record({ protocol: oneOf("websocket"), origins: listOf(text) })),
    }),
  ),
  trie: record({ nodes: text, edges: text, terminals: text, bindings: text, literals: text }),
  cors: record({
    rules: listOf(
      record({
        origins: listOf(text, 1),
        headers: listOf(text),
        exposedHeaders: listOf(text),
        credentials: flag,
        maxAgeSeconds: natural,
      }),
    ),
    fallback: index,
  }),
  principal: record({
    from: oneOf("claims", "application"),
    id: path,
    roles: either(nothing, record({ path, format: oneOf("list", "space-separated") })),
    tenant: either(nothing, path),
    claims: listOf(record({ name: text, path, type: oneOf(...claimTypes), optional: flag })),
  }),
  issuers: listOf(
    record({
      name: text,
      issuer: text,
      audience: listOf(text, 1),
      algorithms: listOf(oneOf("HS256", "RS256", "ES256", "Ed25519"), 1),
      keys: either(
        record({ kind: oneOf("file"), path: text }),
        record({ kind: oneOf("url"), url: text }),
        record({ kind: oneOf("environment"), variable: text }),
      ),
      typ: text,
      requiredClaims: listOf(text),
      clockToleranceSeconds: natural,
    }),
  ),
  problems: record({
    base: text,
    disclose: flag,
    titles: listOf(record({ code: text, title: text })),
  }),
  audit: record({ sink: record({ kind: oneOf("jsonl"), path: text }) }),
});

/**
 * Whether every part is there with its type, and every number of a route is one of its table; a route
 * that needs permissions must name at least one, or nothing would guard it.
 */
export function isSnapshotShape(value: SerializedSnapshot): boolean {
  return (
    snapshot(value) &&
    value.methods.length <= 31 &&
    value.routes.every(
      (route) =>
        route.method < value.methods.length &&
        route.permissions.every((permission) => permission < value.permissions.length) &&
        (route.access === "permissions") === route.permissions.length > 0,
    )
  );
}
