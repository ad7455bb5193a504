import { maskMethods } from "./masks/create-mask.js";
import { buildCondition } from "./conditions/build-condition.js";
import { readType } from "./conditions/read-tree.js";

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

const pepperPlace: Shape = { kind: oneOf("file", "environment"), place: text };

const secretPlace: Shape = either(nothing, pepperPlace);
const span = either(nothing, natural);

const maskShape: Shape = { name: text, options: { method: oneOf(...maskMethods) } };

const logShape: Shape = {
  folder: text,
  spill: either(nothing, text),
  params: either(absent, { masks: [maskShape], secret: secretPlace }),
  limits: { soft: natural, hard: natural, reserve: natural },
  signer: secretPlace,
  categories: [
    {
      name: text,
      durability: oneOf("durable", "accepted"),
      overflow: oneOf("fail_closed", "drop_newest", "drop_oldest", "spill"),
      blockMilliseconds: natural,
      isCritical: flag,
      retention: { floor: span, ceiling: span },
    },
  ],
  sinks: [
    {
      name: text,
      kind: oneOf("jsonl", "loki", "nats", "otlp", "postgres", "sqlite", "stdout", "webhook"),
      isRequired: flag,
      categories: either(nothing, [text]),
      fallBack: either(nothing, { afterMilliseconds: natural, path: text }),
      settings: (value: unknown) => typeof value === "object" && value !== null,
    },
  ],
};

/** What {@link fits} asks of a snapshot. */
export const snapshotShape: Shape = {
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
      auditCategory: either(absent, text),
      auditParams: either(absent, [{ name: text, mask: index }]),
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
      claimValues: either(
        absent,
        filled({ name: text, value: either(text, flag, Number.isInteger) }),
      ),
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
        pepper: either(nothing, pepperPlace),
        previousPepper: either(absent, pepperPlace),
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
  sessions: either(absent, {
    issuer: natural,
    secret: { kind: oneOf("file", "environment"), place: text },
    store: {
      kind: oneOf("memory", "sqlite", "redis", "postgres", "application"),
      volatile: flag,
    },
    accessTokenSeconds: natural,
    idleSeconds: natural,
    absoluteSeconds: natural,
    retrySeconds: natural,
    maxRetries: natural,
    maxPerSubject: natural,
    address: oneOf("off", "log", "step-up", "revoke"),
    userAgent: oneOf("off", "log", "step-up", "revoke"),
    clients: filled({
      id: text,
      flow: oneOf("browser", "native"),
      device: oneOf("cookie", "dpop", "none"),
      origins: [text],
    }),
  }),
  auditSchema: either(absent, {
    events: [
      {
        type: text,
        category: text,
        at: text,
        fields: [
          {
            name: text,
            type: oneOf("string", "int", "double", "bool", "list<string>"),
            optional: flag,
            maxLength: natural,
            mask: index,
          },
        ],
      },
    ],
    masks: [maskShape],
    secret: secretPlace,
  }),
  responses: either(absent, {
    schemas: [{ name: text, at: text, shape: isShape }],
    routes: [{ route: natural, schema: natural }],
    masks: [maskShape],
    secret: secretPlace,
  }),
  problems: { base: text, disclose: flag, titles: [{ code: text, title: text }] },
  audit: { sink: { kind: oneOf("jsonl"), path: text }, log: either(absent, logShape) },
};

export function fits(value: unknown, shape: Shape): boolean {
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

/** Deeper than any policy nests. */
const MAX_DEPTH = 64;

function isShape(value: unknown, depth: unknown = 0): boolean {
  if (Number(depth) > MAX_DEPTH) return false;
  const { kind } = Object(value);
  if (kind === "value") {
    const type = oneOf("string", "int", "double", "bool", "list<string>");
    return fits(value, { optional: flag, type, mask: index, plainFor: [natural] });
  }
  if (kind === "schema") return fits(value, { optional: flag, list: flag, schema: natural });
  const shape: Test = (inner) => isShape(inner, Number(depth) + 1);
  return (
    kind === "object" &&
    fits(value, { optional: flag, list: flag, fields: [{ name: text, shape }] })
  );
}
