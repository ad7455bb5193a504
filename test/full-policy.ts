/** A policy that says everything the language can say, without a mistake; plain data, for tests that change it. */
export const fullPolicy = {
  gatewright: 1,
  roles: {
    clerk: { description: "Takes orders.", grants: ["orders.read"] },
    manager: { inherits: ["clerk"], grants: ["orders.*"], denies: ["orders.cancel"] },
  },
  resources: {
    orders: {
      description: "Orders.",
      actions: ["read", "cancel"],
      attributes: { ownerId: "string", note: { type: "string", optional: true } },
    },
  },
  routes: {
    "/orders/:orderId": {
      params: { orderId: { type: "int", encodedSlash: false, class: "public" } },
      authentication: "visits",
      audit: "access",
      GET: {
        permissions: "orders.read",
        authentication: ["partners", "visits"],
        response: "order",
      },
      POST: ["orders.read"],
      DELETE: { permissions: ["orders.cancel", "orders.read"], audit: "business" },
    },
    "/health": { GET: { access: "public", identity: "optional" } },
    "/feed": {
      cors: "none",
      GET: { access: "authenticated", upgrade: "websocket", origins: ["https://desk.example"] },
    },
    "/shared": { cors: "pages", GET: { access: "public", response: "people" } },
    "/files/**": {
      GET: { access: "public", catchAll: "holds nothing private" },
      POST: {
        access: "authenticated",
        catchAll: "for members",
        fallThrough: "uploads are open by intent",
      },
    },
  },
  principal: {
    from: "claims",
    id: "sub",
    roles: { claim: "realm.roles", format: "list" },
    tenant: ["org", "id"],
    actor: { permissions: "subject", id: "sub", roles: { claim: "roles", format: "list" } },
    claims: { email: "string", level: { claim: "user.level", type: "int", optional: true } },
  },
  tokens: {
    desk: {
      issuer: "https://id.example",
      audience: ["desk"],
      algorithms: ["ES256"],
      keys: { environment: "DESK_KEYS" },
      cache: { maxEntries: 1000 },
      dpop: "allowed",
      profile: "declared",
      typ: ["JWT"],
      claims: { id: "uti", client: "azp" },
      ignoredHeaders: ["x5t"],
      requiredClaims: ["jti"],
      claimValues: { token_use: "access", ver: 1, verified: true },
      clockTolerance: "5s",
      maxLifetime: "15m",
    },
    jobs: {
      issuer: "https://jobs.example",
      audience: ["desk"],
      algorithms: ["HS256"],
      keys: { ring: { environment: "JOBS_MASTER", strategy: "sliced", slice: "1h" } },
      encryption: "A256GCM",
      dpop: "required",
    },
  },
  authentication: {
    default: ["users", "machines"],
    strategies: {
      users: { tokens: ["desk"] },
      visits: {
        opaque: {
          store: "memory",
          pepper: { environment: "PEPPER" },
          previousPepper: { file: "old-pepper.txt" },
          volatile: "one process serves all",
        },
      },
      machines: {
        allowList: {
          pepper: { file: "pepper.txt" },
          previousPepper: { environment: "OLD_PEPPER" },
          tokens: {
            bot: {
              digest: "hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
              claims: { sub: "bot", roles: ["clerk"] },
              expires: "2030-01-31",
            },
          },
        },
      },
      partners: { application: { header: "x-api-key" } },
    },
  },
  dpop: {
    algorithms: ["ES256", "EdDSA"],
    maxAge: "30s",
    nonce: "required",
    origins: ["https://desk.example"],
    replay: "redis",
    maxEntries: 1000,
  },
  revocation: {
    store: "redis",
    stale: { after: "5s", answer: "ask" },
    keep: "1h",
    maxEntries: 1000,
    session: "sid",
    epoch: ["gen"],
    tenant: "org.id",
  },
  sessions: {
    issuer: "jobs",
    secret: { environment: "SESSIONS" },
    store: "memory",
    volatile: "one process serves all",
    accessToken: "10m",
    idle: "1h",
    absolute: "2d",
    retry: { window: "5s", attempts: 3 },
    maxPerSubject: 10,
    address: "step-up",
    userAgent: "revoke",
    clients: {
      pages: { flow: "browser", device: "dpop", origins: ["https://desk.example"] },
      app: { flow: "native", device: "none" },
    },
  },
  cors: {
    pages: {
      origins: ["https://desk.example"],
      headers: ["authorization"],
      exposedHeaders: ["x-total"],
      credentials: true,
      maxAge: "10m",
      default: false,
    },
  },
  router: {
    caseSensitive: true,
    strict: true,
    semicolons: "allow",
    maxPathLength: 1024,
    trustedProxies: ["10.0.0.0/8"],
  },
  problems: { base: "urn:desk:", disclose: true, titles: { forbidden: "Not yours" } },
  masks: {
    customer: { method: "hmac", type: "text", distinct: 100_000_000 },
    age: { method: "date", show: "age", bounds: [18, 65] },
    till: { method: "custom", name: "till", maxLength: 100 },
    phones: { method: "phone", country: "49" },
    cards: { method: "card", checksum: "luhn" },
    scans: { method: "binary", linked: true },
  },
  responses: {
    order: {
      description: "An order as the desk sees it.",
      fields: {
        id: { type: "int", class: "public" },
        customer: { type: "string", class: "name", plainFor: ["clerk"], optional: true },
        lines: { list: true, fields: { sku: { type: "string", class: "public" } } },
      },
    },
    person: { fields: { name: { type: "string", class: "email" } } },
    people: { list: true, of: "person" },
  },
  audit: {
    log: {
      folder: "audit",
      spill: "audit-spill",
      limits: { soft: "1GiB", hard: "2GiB", reserve: "4MiB" },
      signer: { environment: "AUDIT_SIGNER" },
    },
    categories: {
      auth: { overflow: "fail_closed", durability: "durable", blockMilliseconds: 50 },
      config_change: { overflow: "fail_closed" },
      business: {
        purpose: "Disputes.",
        overflow: "spill",
        retention: { floor: "183d", ceiling: "400d" },
      },
    },
    compliance: ["cn"],
    sinks: {
      bus: { kind: "nats", subject: "audit" },
      central: {
        kind: "webhook",
        url: "https://a.example",
        secret: { environment: "HOOK" },
        format: "json",
      },
      desk: { kind: "sqlite", path: "audit/events.sqlite" },
      file: { kind: "jsonl", path: "audit/events.jsonl", rotate: { size: "64MiB", every: "day" } },
      logs: { kind: "loki", url: "https://l.example", labels: { service: "desk" } },
      table: {
        kind: "postgres",
        schema: "gatewright",
        required: false,
        categories: ["auth"],
        fallBack: { after: "5m", path: "audit/fall-back.jsonl" },
      },
    },
    secret: { environment: "AUDIT_ROOT" },
    events: {
      "order.refunded": {
        description: "A customer got money back.",
        category: "business",
        fields: {
          orderId: { type: "int", class: "public" },
          customer: { type: "string", class: "customer", optional: true, maxLength: 200 },
          born: { type: "string", class: "age" },
          till: { type: "string", class: "till" },
          phone: { type: "string", class: "phones" },
          payment: { type: "string", class: "cards" },
          scan: { type: "string", class: "scans" },
          reason: { type: "string", class: "null-out" },
        },
      },
    },
  },
};

/** The steps to every value in a tree of plain data, the root left out. */
export function stepsIn(value: unknown, steps: readonly string[] = []): readonly string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = [...steps, key];
    return [here, ...stepsIn(member, here)];
  });
}

/** A copy of plain data in which `edit` changed the map or list that holds the value at the steps. */
export function edited(
  value: object,
  steps: readonly string[],
  edit: (parent: Record<string, unknown>, key: string) => void,
): object {
  const copy = structuredClone(value);
  let parent: Record<string, unknown> = Object(copy);
  for (const step of steps.slice(0, -1)) parent = Object(parent[step]);
  edit(parent, steps.at(-1) ?? "");
  return copy;
}
