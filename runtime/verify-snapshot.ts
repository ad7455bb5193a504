import { partsUsed } from "./credentials.js";
import { buildCondition } from "./conditions/build-condition.js";
import { readType } from "./conditions/read-tree.js";
import { GateError } from "./gate-error.js";
import type { PartName, SerializedSnapshot } from "./snapshot-format.js";
import { loadSnapshot } from "./snapshot.js";
import { isTrieSound } from "./sound-trie.js";
import { decodeWords } from "./trie.js";

/** Trees are checked whole by what runs them. */
function isConditionTree(value: unknown): boolean {
  try {
    return typeof buildCondition(value) === "function";
  } catch {
    return false;
  }
}

function isFields(value: unknown): boolean {
  try {
    return readType({ fields: value }) !== undefined;
  } catch {
    return false;
  }
}

/** What a value must be: a test, a list of one kind of items, or an object with these members. */
type Shape = Test | readonly [item: Shape] | { readonly [member: string]: Shape };
type Test = (value: unknown) => boolean;

const text: Test = (value) => typeof value === "string";
/** What stands in a quoted string of a challenge without escapes (RFC 6749, section 3.3). */
const quotable: Test = (value) => text(value) && /^[!#-[\]-~]+$/.test(String(value));
const flag: Test = (value) => typeof value === "boolean";
/** Into a list, or -1 for none. */
const index: Test = (value) => Number.isSafeInteger(value) && Number(value) >= -1;
const natural: Test = (value) => index(value) && value !== -1;
/** A gate reserves memory for a path this long; a policy cannot allow a longer one. */
const pathLength: Test = (value) => natural(value) && Number(value) >= 1 && Number(value) <= 8192;
const oneOf =
  (...words: readonly unknown[]): Test =>
  (value) =>
    words.includes(value);
const either =
  (...shapes: readonly Shape[]): Test =>
  (value) =>
    shapes.some((shape) => fits(value, shape));
const filled =
  (item: Shape): Test =>
  (value) =>
    fits(value, [item]) && Object(value).length > 0;

const nothing = oneOf(null);
/** A member that may be left out. */
const absent = oneOf(undefined);
const path = filled(text);
const listClaim: Shape = { path, format: oneOf("list", "space-separated") };

const snapshotShape: Shape = {
  abi: natural,
  digest: text,
  needs: [text],
  router: {
    caseSensitive: flag,
    strict: flag,
    semicolons: oneOf("refuse", "allow"),
    maxPathLength: pathLength,
    trustedProxies: either(natural, [text]),
  },
  roles: [text],
  permissions: [{ name: text, at: text }],
  allow: text,
  deny: text,
  methods: [text],
  routes: [
    {
      id: text,
      method: natural,
      pattern: text,
      at: text,
      access: oneOf("public", "authenticated", "permissions"),
      identityOptional: flag,
      permissions: [natural],
      params: [
        {
          name: text,
          segment: natural,
          type: oneOf("string", "int", "uuid", "rest"),
          encodedSlash: flag,
        },
      ],
      cors: index,
      upgrade: either(nothing, { protocol: oneOf("websocket"), origins: [text] }),
    },
  ],
  trie: { words: text, literals: text },
  cors: {
    rules: [
      {
        origins: path,
        headers: [text],
        exposedHeaders: [text],
        credentials: flag,
        maxAgeSeconds: natural,
      },
    ],
    fallback: index,
  },
  requirements: [
    {
      route: natural,
      scopes: [quotable],
      acr: [quotable],
      maxAgeSeconds: either(nothing, natural),
    },
  ],
  clauses: [
    {
      effect: oneOf("grant", "deny"),
      permissions: [natural],
      roles: [natural],
      conditions: filled(natural),
      role: text,
      at: text,
      missing: oneOf("deny", "skip"),
    },
  ],
  conditions: [
    { name: either(nothing, text), text, at: text, resource: index, tree: isConditionTree },
  ],
  certain: text,
  resources: [
    {
      name: text,
      permissions: [natural],
      tenant: either(nothing, text),
      absent: oneOf("not-found", "forbidden"),
      fields: isFields,
    },
  ],
  request: { headers: [text], query: [text] },
  principal: {
    from: oneOf("claims", "application"),
    id: path,
    roles: either(nothing, listClaim),
    scopes: either(nothing, listClaim),
    tenant: either(nothing, path),
    claims: [
      {
        name: text,
        path,
        type: oneOf("string", "int", "double", "bool", "list<string>"),
        optional: flag,
      },
    ],
    actor: either(nothing, {
      permissions: oneOf("intersection", "subject"),
      id: path,
      roles: either(nothing, listClaim),
    }),
    cache: either(nothing, { maxAgeSeconds: natural, maxEntries: natural }),
  },
  issuers: [
    {
      name: text,
      issuer: text,
      audience: path,
      algorithms: filled(oneOf("HS256", "RS256", "ES256", "Ed25519", "EdDSA")),
      keys: either(
        { kind: oneOf("file", "url", "environment"), place: text },
        {
          kind: oneOf("ring"),
          from: oneOf("file", "environment", "application"),
          place: text,
          strategy: oneOf("global", "sliced", "per-token"),
          sliceSeconds: natural,
        },
      ),
      types: filled(either(nothing, text)),
      ignoredHeaders: [oneOf("x5t", "x5t#S256")],
      requiredClaims: [text],
      refusedClaims: [text],
      names: { id: text, client: text, audience: text },
      clockToleranceSeconds: natural,
      maxLifetimeSeconds: either(nothing, natural),
      cache: either(absent, { maxEntries: natural }),
    },
  ],
  authentication: {
    strategies: [
      {
        name: text,
        kind: oneOf("tokens", "opaque", "allow-list", "application"),
        issuers: [natural],
        store: either(nothing, {
          kind: oneOf("memory", "sqlite", "redis", "application"),
          volatile: flag,
        }),
        pepper: either(nothing, { kind: oneOf("file", "environment"), place: text }),
        tokens: [{ name: text, digest: text, claims: text, expiresAt: either(nothing, natural) }],
        header: either(nothing, text),
      },
    ],
    default: [natural],
    routes: [{ route: natural, strategies: [natural] }],
  },
  revocation: either(absent, {
    store: oneOf("memory", "redis"),
    keepSeconds: natural,
    maxEntries: natural,
    stale: { afterSeconds: natural, answer: oneOf("deny", "ask") },
    session: path,
    subject: path,
    epoch: path,
    tenant: either(nothing, path),
  }),
  dpop: either(absent, {
    modes: [oneOf("off", "allowed", "required")],
    bearer: flag,
    algorithms: filled(oneOf("ES256", "RS256", "Ed25519", "EdDSA")),
    maxAgeSeconds: natural,
    clockToleranceSeconds: natural,
    nonce: flag,
    origins: [text],
    replay: { store: oneOf("memory", "redis"), maxEntries: natural },
  }),
  problems: { base: text, disclose: flag, titles: [{ code: text, title: text }] },
  audit: { sink: { kind: oneOf("jsonl"), path: text } },
};

/**
 * Checks a snapshot that comes from elsewhere, as from a file or the network, before it is given to
 * `gate.swap`: that every part is there with its type, and every number of a route is one of its table.
 * The gate itself relies on the digest for that; who can forge a digest can write any policy.
 *
 * @throws GateError `snapshot-invalid`
 * @example
 * gate.swap(verifySnapshot(JSON.parse(await readFile("policy.json", "utf8"))));
 */
export function verifySnapshot(value: unknown): SerializedSnapshot {
  if (isSnapshot(value)) {
    const { trie, allow, deny, maskWords } = loadSnapshot(value);
    const masks = value.permissions.length * maskWords;
    const certain = value.certain === "" ? masks : decodeWords(value.certain).length;
    const isSound = isTrieSound(trie, value.methods.length, value.routes.length);
    if (isSound && [allow.length, deny.length, certain].every((length) => length === masks)) {
      return value;
    }
  }
  const reason = "a part is missing, has the wrong type, or points outside another";
  throw new GateError("snapshot-invalid", `the snapshot is refused: ${reason}`);
}

function isSnapshot(value: unknown): value is SerializedSnapshot {
  return fits(value, snapshotShape) && isConsistent(value as SerializedSnapshot);
}

/** What is not asked for is not decided, so a snapshot must ask for all that it uses. */
function asksForParts(source: SerializedSnapshot): boolean {
  const { needs, cors, issuers, principal, clauses, requirements, resources, router, routes } =
    source;
  const used: Readonly<Record<PartName, boolean>> = {
    application: principal.from === "application",
    cors: cors.rules.length > 0,
    credentials: Object.values(partsUsed).some((isUsed) => isUsed(source)),
    forwarded: Object(router.trustedProxies).length !== 0 && router.trustedProxies !== 0,
    jwks: issuers.some(({ keys }) => keys.kind === "url"),
    keys: issuers.some(({ keys }) => keys.kind !== "url"),
    rules: requirements.length + clauses.length + resources.length > 0,
    scopes: principal.scopes !== null,
    upgrades: routes.some(({ upgrade }) => upgrade !== null),
  };
  return Object.entries(used).every(
    ([name, isUsed]) => needs.some((need) => need === name) === isUsed,
  );
}

/** A token that is bound to a key is refused, or its key is asked for. */
function areBindingsAsked({ issuers, dpop }: SerializedSnapshot): boolean {
  const isAsked = (index: number) => dpop !== undefined && dpop.modes[index] !== "off";
  return (
    (dpop === undefined || dpop.modes.length === issuers.length) &&
    issuers.every(({ refusedClaims }, index) => refusedClaims.includes("cnf") || isAsked(index))
  );
}

function isBelow(indices: readonly number[], list: readonly unknown[]): boolean {
  return indices.every((number) => number < list.length);
}

function isConsistent(snapshot: SerializedSnapshot): boolean {
  const { methods, routes, cors, permissions, requirements, issuers } = snapshot;
  const { clauses, conditions, resources, roles } = snapshot;
  return (
    asksForParts(snapshot) &&
    areBindingsAsked(snapshot) &&
    methods.length <= 31 &&
    // A walk takes the last of the methods that answer, so HEAD must stand behind GET.
    methods.every((method, number) => number === 0 || method > (methods[number - 1] ?? method)) &&
    requirements.every(({ route }) => route < routes.length) &&
    issuers.every(
      ({ encryption, keys }) =>
        encryption === undefined || (encryption === "A256GCM" && keys.kind === "ring"),
    ) &&
    areStrategiesConsistent(snapshot) &&
    clauses.every(
      (clause) =>
        isBelow(clause.permissions, permissions) &&
        isBelow(clause.roles, roles) &&
        isBelow(clause.conditions, conditions),
    ) &&
    conditions.every(({ resource }) => resource < resources.length) &&
    resources.every((resource) => isBelow(resource.permissions, permissions)) &&
    routes.every(
      (route) =>
        route.method < methods.length &&
        route.cors < cors.rules.length &&
        isBelow(route.permissions, permissions),
    )
  );
}

function areStrategiesConsistent({ authentication, issuers, routes }: SerializedSnapshot): boolean {
  const { strategies, default: byDefault, routes: named } = authentication;
  return (
    strategies.every((strategy) => isBelow(strategy.issuers, issuers)) &&
    isBelow(byDefault, strategies) &&
    named.every(({ route, strategies: own }) => route < routes.length && isBelow(own, strategies))
  );
}

function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === "function") return shape(value);
  if (isList(shape)) return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  return Object.entries(shape).every(([name, member]) => {
    const own = Object.hasOwn(Object(value), name) ? Reflect.get(Object(value), name) : undefined;
    return fits(own, member);
  });
}

function isList(shape: Shape): shape is readonly [item: Shape] {
  return Array.isArray(shape);
}
