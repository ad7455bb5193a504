import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { asciiJson } from "../ascii-json.js";

/** A policy with one text at one place. */
export interface Place {
  readonly name: string;
  /** What a person would write there. */
  readonly benign: string;
  readonly sourcesFor: (text: string) => readonly SourceText[];
  /** Whether a text is a word of the language there, so that it means something else than the benign one. */
  readonly understands: (text: string) => boolean;
}

const digest = `hmac-sha256:${Buffer.alloc(32, 1).toString("base64url")}`;

type Plain = Record<string, unknown>;

/** Every place of the language where a name or a text can stand. */
export const places: readonly Place[] = [
  place("a role", "boss", (text) => ({ roles: named(text, { grants: ["orders.read"] }) })),
  place("a role that is inherited", "clerk", (text) => ({
    roles: { boss: { inherits: [text] } },
  })),
  place("a role that inherits itself", "boss", (text) => ({
    roles: named(text, { inherits: text === "boss" ? [] : [text] }),
  })),
  place("a description of a role", "Runs it.", (text) => ({
    roles: { boss: { description: text } },
  })),
  place("a grant", "orders.read", (text) => ({ roles: { boss: { grants: [text] } } })),
  place("a resource of a grant", "orders", (text) => ({
    roles: { boss: { grants: [`${text}.read`] } },
  })),
  place("an action of a deny", "read", (text) => ({
    roles: { boss: { denies: [`orders.${text}`] } },
  })),
  place("a resource", "bills", (text) => ({
    resources: named(text, { actions: ["read"] }),
    roles: { boss: { grants: [`${text}.read`] } },
    routes: { "/bills": { GET: `${text}.read` } },
  })),
  place("a description of a resource", "Bills.", (text) => ({
    resources: { bills: { description: text, actions: ["read"] } },
  })),
  place("an action", "pay", (text) => ({
    resources: { bills: { actions: [text] } },
    roles: { boss: { grants: [`bills.${text}`] } },
    routes: { "/bills": { GET: `bills.${text}` } },
  })),
  place("an attribute", "total", (text) => ({
    resources: { bills: { actions: ["read"], attributes: named(text, "double") } },
  })),
  place("a type of an attribute", "double", (text) => ({
    resources: { bills: { actions: ["read"], attributes: { total: text } } },
  })),
  place("a path", "bills", (text) => ({ routes: named(`/${text}`, { GET: "orders.read" }) })),
  place("a path below another", "bills", (text) => ({
    routes: { "/bills": named(`/:billId/${text}`, { GET: "orders.read" }) },
  })),
  place("a whole key of routes", "/bills", (text) => ({
    routes: named(text, { GET: "orders.read" }),
  })),
  place("a method", "POST", (text) => ({ routes: { "/bills": named(text, "orders.read") } })),
  place("a parameter", "billId", (text) => ({
    routes: named(`/bills/:${text}`, { GET: "orders.read" }),
  })),
  place("a declared parameter", "billId", (text) => ({
    routes: named(`/bills/:${text}`, { params: named(text, { type: "int" }), GET: "orders.read" }),
  })),
  place("a type of a parameter", "int", (text) => ({
    routes: { "/bills/:billId": { params: { billId: { type: text } }, GET: "orders.read" } },
  })),
  place("a rule", "orders.read", (text) => ({ routes: { "/bills": { GET: text } } })),
  place("a permission of a rule", "orders.read", (text) => ({
    routes: { "/bills": { GET: { permissions: ["orders.read", text] } } },
  })),
  place("a reason to catch all", "for a good reason", (text) => ({
    routes: { "/bills/**": { GET: { access: "public", catchAll: text } } },
  })),
  place("a reason to fall through", "for a good reason", (text) => ({
    routes: { "/bills": { GET: { access: "public", fallThrough: text } } },
  })),
  place("the claim of the id", "sub", (text) => ({ principal: { id: [text] } })),
  place("the claim of the roles", "roles", (text) => ({ principal: { roles: [text] } })),
  place("the claim of the tenant", "org", (text) => ({ principal: { tenant: [text] } })),
  place("the claim of an actor's id", "sub", (text) => ({ principal: { actor: { id: [text] } } })),
  place("the claim of an actor's roles", "roles", (text) => ({
    principal: { actor: { roles: [text] } },
  })),
  place("the permissions of an actor", "subject", (text) => ({
    principal: { actor: { permissions: text } },
  })),
  place("a claim", "email", (text) => ({ principal: { claims: named(text, "string") } })),
  place("a path of a claim", "mail", (text) => ({
    principal: { claims: { email: { claim: [text, text], type: "string" } } },
  })),
  place("an age of a cache", "30s", (text) => ({
    principal: { from: "application", cache: { maxAge: text } },
  })),
  place("a name of a token", "desk", (text) => ({ tokens: named(text, token({})) })),
  place("an issuer", "https://issuer.example", (text) => withToken({ issuer: text })),
  place("an audience", "desk", (text) => withToken({ audience: [text] })),
  place("a text before a text that is code", "desk", (text) =>
    withToken({ audience: [text, "+(globalThis.planted=1)+", "+(globalThis.planted=1)"] }),
  ),
  place("an algorithm", "ES256", (text) => withToken({ algorithms: [text] })),
  place("a file of keys", "keys.json", (text) => withToken({ keys: { file: text } })),
  place("a URL of keys", "https://issuer.example/keys", (text) =>
    withToken({ keys: { url: text } }),
  ),
  place("a variable of keys", "DESK_KEYS", (text) => withToken({ keys: { environment: text } })),
  place("a kind of keys", "file", (text) => withToken({ keys: named(text, "keys.json") })),
  place("a type of a token", "at+jwt", (text) => withToken({ profile: "declared", typ: text })),
  place("a required claim", "acr", (text) => withToken({ requiredClaims: [text] })),
  place("a claim with a value", "token_use", (text) =>
    withToken({ claimValues: { [text]: "access" } }),
  ),
  place("a value of a claim", "access", (text) => withToken({ claimValues: { token_use: text } })),
  place("a claim of the token's id", "jti", (text) =>
    withToken({ profile: "declared", typ: "JWT", claims: { id: text } }),
  ),
  place("a claim of the client", "azp", (text) =>
    withToken({ profile: "declared", typ: "JWT", claims: { client: text } }),
  ),
  place("a lifetime", "15m", (text) => withToken({ maxLifetime: text })),
  place("an ignored header", "x5t", (text) =>
    withToken({ profile: "declared", typ: "JWT", ignoredHeaders: [text] }),
  ),
  place("a profile", "rfc9068", (text) => withToken({ profile: text })),
  place("a clock tolerance", "30s", (text) => withToken({ clockTolerance: text })),
  place("a strategy", "users", (text) => ({
    authentication: { default: text, strategies: named(text, { tokens: "basis" }) },
  })),
  place("a strategy of the application", "partners", (text) => ({
    authentication: { default: text, strategies: named(text, { application: true }) },
  })),
  place("a strategy with a store", "sessions", (text) => ({
    authentication: { default: [text], strategies: named(text, { opaque: { pepper } }) },
  })),
  place("a kind of strategy", "tokens", (text) => withStrategy(named(text, "basis"))),
  place("an issuer of a strategy", "basis", (text) => withStrategy({ tokens: [text] })),
  place("a kind of store", "redis", (text) => withStrategy({ opaque: { pepper, store: text } })),
  place("a reason to be volatile", "for a good reason", (text) =>
    withStrategy({ opaque: { pepper, volatile: text } }),
  ),
  place("a variable of a pepper", "DESK_PEPPER", (text) =>
    withStrategy({ opaque: { pepper: { environment: text } } }),
  ),
  place("a file of a pepper", "pepper.txt", (text) =>
    withStrategy({ opaque: { pepper: { file: text } } }),
  ),
  place("a variable of a previous pepper", "OLD_PEPPER", (text) =>
    withStrategy({ opaque: { pepper, previousPepper: { environment: text } } }),
  ),
  place("a kind of pepper", "file", (text) =>
    withStrategy({ opaque: { pepper: named(text, "pepper.txt") } }),
  ),
  place("a token of an allow list", "bot", (text) => withStaticToken({}, text)),
  place("a digest", digest, (text) => withStaticToken({ digest: text })),
  place("an end of a token", "2030-01-31", (text) => withStaticToken({ expires: text })),
  place("a claim of an allow list", "roles", (text) =>
    withStaticToken({ claims: named(text, ["clerk"]) }),
  ),
  place("a value of an allow list", "bot", (text) => withStaticToken({ claims: { sub: text } })),
  place("a header of a strategy", "x-api-key", (text) =>
    withStrategy({ application: { header: text } }),
  ),
  place("a default strategy", "users", (text) => ({
    authentication: { default: text, strategies: { users: { tokens: "basis" } } },
  })),
  place("a strategy of a path", "users", (text) => ({
    authentication: { default: "users", strategies: { users: { tokens: "basis" } } },
    routes: { "/bills": { authentication: text, GET: "orders.read" } },
  })),
  place("whether tokens are bound", "allowed", (text) => withToken({ dpop: text })),
  place("an algorithm of proofs", "ES256", (text) => withDpop({ algorithms: [text] })),
  place("an age of proofs", "60s", (text) => withDpop({ maxAge: text })),
  place("whether proofs hold a nonce", "required", (text) => withDpop({ nonce: text })),
  place("an origin of proofs", "https://desk.example", (text) => withDpop({ origins: [text] })),
  place("a store of proofs", "redis", (text) => withDpop({ replay: text })),
  place("a store of revocations", "redis", (text) => ({ revocation: { store: text, keep: "1h" } })),
  place("what a stale stream means", "ask", (text) => ({
    revocation: { store: "redis", keep: "1h", stale: { answer: text } },
  })),
  place("the age of a stale stream", "5s", (text) => ({
    revocation: { store: "redis", keep: "1h", stale: { after: text } },
  })),
  place("how long a revocation is kept", "1h", (text) => ({
    revocation: { store: "memory", keep: text },
  })),
  place("a claim of a session", "sid", (text) => ({
    revocation: { store: "memory", keep: "1h", session: [text], epoch: [text], tenant: [text] },
  })),
  place("a rule of cors", "pages", (text) => ({
    cors: named(text, { origins: ["https://desk.example"] }),
    routes: { "/bills": { cors: text, GET: "public" } },
  })),
  place("an origin of cors", "https://desk.example", (text) => withCors({ origins: [text] })),
  place("a header of cors", "x-total", (text) => withCors({ headers: [text] })),
  place("a header that cors exposes", "x-total", (text) => withCors({ exposedHeaders: [text] })),
  place("a maximum age of cors", "10m", (text) => withCors({ maxAge: text })),
  place("a kind of upgrade", "websocket", (text) => ({
    routes: { "/feed": { GET: { access: "public", upgrade: text, origins: [] } } },
  })),
  place("an origin of an upgrade", "https://desk.example", (text) => ({
    routes: { "/feed": { GET: { access: "public", upgrade: "websocket", origins: [text] } } },
  })),
  place("an age of a cache", "30s", (text) => ({
    principal: { from: "application", cache: { maxAge: text } },
  })),
  place("a trusted proxy", "10.0.0.0/8", (text) => ({ router: { trustedProxies: [text] } })),
  place("the base of the problems", "urn:desk:", (text) => ({ problems: { base: text } })),
  place("a code of a problem", "forbidden", (text) => ({
    problems: { titles: named(text, "No") },
  })),
  place("a title of a problem", "No", (text) => ({ problems: { titles: { forbidden: text } } })),
  place("the audit file", "audit/log.jsonl", (text) => ({ audit: { sink: { jsonl: text } } })),
  place("the kind of the audit sink", "jsonl", (text) => ({
    audit: { sink: named(text, "a.jsonl") },
  })),
  place("a section", "audit", (text) => named(text, {})),
  {
    name: "the name of a policy file",
    benign: "policies/more.yaml",
    sourcesFor: (text) => [...basis, { path: text, text: print({ roles: { boss: {} } }) }],
    understands: () => false,
  },
];

const pepper = { environment: "DESK_PEPPER" };

function withStrategy(strategy: Plain): Plain {
  return { authentication: { default: "users", strategies: { users: strategy } } };
}

function withStaticToken(change: Plain, name = "bot"): Plain {
  const token = { digest, claims: { sub: "bot" }, ...change };
  return withStrategy({ allowList: { pepper, tokens: named(name, token) } });
}

const basis: readonly SourceText[] = [
  {
    path: "policies/basis.yaml",
    text: print({
      resources: { orders: { actions: ["read"] } },
      roles: { clerk: { grants: ["orders.read"] } },
      routes: { "/orders/:orderId": { GET: "orders.read" } },
    }),
  },
  {
    path: "policies/keys.yaml",
    text: print({ tokens: { basis: token({ issuer: "urn:basis" }) } }),
  },
];

function place(name: string, benign: string, policyFor: (text: string) => Plain): Place {
  return {
    name,
    benign,
    sourcesFor: (text) => [...basis, { path: "policies/more.yaml", text: print(policyFor(text)) }],
    // `**` is the rest of a path; a blank title or audience counts as left out.
    understands: (text) =>
      (name.startsWith("a path") && text === "**") || (isBlankAllowed(name) && text.trim() === ""),
  };
}

function isBlankAllowed(name: string): boolean {
  return name === "a title of a problem" || name === "a text before a text that is code";
}

function print(policy: Plain): string {
  return asciiJson({ gatewright: 1, ...policy });
}

/** One entry, an own property even where its name is that of the prototype. */
function named(name: string, value: unknown): Plain {
  const map: Plain = {};
  Object.defineProperty(map, name, { value, enumerable: true });
  return map;
}

function withDpop(changes: Plain): Plain {
  return { ...withToken({ dpop: "allowed" }), dpop: changes };
}

function withToken(change: Plain): Plain {
  return { tokens: { desk: token(change) } };
}

function withCors(change: Plain): Plain {
  const pages = { origins: ["https://desk.example"], ...change };
  return { cors: { pages }, routes: { "/bills": { cors: "pages", GET: "public" } } };
}

function token(change: Plain): Plain {
  return {
    issuer: "https://issuer.example",
    audience: "desk",
    algorithms: ["ES256"],
    keys: { environment: "DESK_KEYS" },
    ...change,
  };
}
