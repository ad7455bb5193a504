import { auditCodes } from "./raised-audit-codes.js";

/** A small policy that raises a code. */
export interface Raised {
  readonly code: string;
  /** The texts of the files `a.yaml`, `b.yaml` and so on; MARK stands where the diagnostic points. */
  readonly texts: readonly string[];
}

/** Points right: it is taken out before the text is compiled. */
export const MARK = "▸";

const tokens = tokensWith({});
const boundTokens = tokensWith({ keys: "{file: k}, dpop: allowed" });
const ringTokens = tokensWith({ keys: "{ring: {file: k}}" });
const orders = "resources: {o: {actions: [read, edit]}}";
const cors = "cors: {a: {origins: ['*']}}";
const corsRoute = "routes: {/a: {cors: a, GET: public}}";
const methods =
  `ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE
NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK
UNLOCK`.split(/\s/);

/** Codes of the folder are raised where folders are; see `codesOfFolders`. */
export const raised: readonly Raised[] = [
  // YAML.
  raise("yaml-character", "roles: {a▸\0: }"),
  raise("yaml-syntax", "roles: ▸[a"),
  raise("yaml-tag", "roles: ▸!a b"),
  raise("yaml-directive", "▸%YAML 1.1\n---\ngatewright: 1"),
  raise("yaml-anchor", "roles: ▸&a {}"),
  raise("yaml-alias", "roles: ▸*a"),
  raise("yaml-merge-key", "roles: {▸<<: {}}"),
  raise("yaml-multiple-documents", "▸---\nroles: {}"),
  raise("yaml-key", "roles: {▸1: }"),
  raise("yaml-number", "router: {maxPathLength: ▸010}"),
  raise("yaml-depth", `routes: ${"{/a: ".repeat(32)}▸{${"}".repeat(33)}`),
  raise("yaml-size", `▸gatewright: 1\nroles: {${"a".repeat(1024 * 1024)}: }`),
  raise("yaml-too-many-nodes", `roles: [${"a,".repeat(149_996)}a▸,${"a,".repeat(10_000)}]`),
  raise("duplicate-key", "roles: {a: , ▸a: }"),
  raise("reserved-name", "roles: {▸__proto__: }"),
  raise("empty-file", "▸# gatewright: 1"),
  raise("root-not-map", "▸- gatewright: 1"),
  // Shape.
  raise("unknown-key", "▸role: {}"),
  raise("missing-key", "resources: {▸o: {}}"),
  raise("missing-version", "▸roles: {} # no gatewright"),
  raise("wrong-type", "roles: ▸[]"),
  raise("bad-value", "principal: {from: ▸token}"),
  raise("bad-name", "roles: {▸a*: }"),
  // The whole policy.
  raise("duplicate-section", "router: {}", "▸router: {}"),
  raise("duplicate-role", "roles: {a: }", "roles: {▸a: }"),
  raise("duplicate-resource", orders, "resources: {▸o: {actions: [read]}}"),
  raise("duplicate-condition", "conditions: {c: 'true'}", "conditions: {▸c: 'true'}"),
  raise("duplicate-token", tokens, tokensWith({ mark: "t" })),
  raise("duplicate-action", "resources: {o: {actions: [read, ▸read]}}"),
  raise("duplicate-issuer", tokens, tokensWith({ mark: "u" })),
  raise("unknown-role", "roles: {a: {inherits: [▸b]}}"),
  raise("unknown-resource", "roles: {a: {grants: [▸o.read]}}"),
  raise("unknown-action", `${orders}\nroles: {a: {grants: [▸o.delete]}}`),
  raise("unknown-type", "resources: {o: {actions: [a], attributes: {x: ▸date}}}"),
  raise("bad-permission", "roles: {a: {grants: [▸read]}}"),
  raise("wildcard-in-route", `${orders}\nroutes: {/a: {GET: ▸o.*}}`),
  raise("bad-tenant", "resources: {o: {actions: [read], attributes: {t: string}, tenant: ▸t}}"),
  raise("bad-request-input", "request: {headers: [▸cookie]}"),
  raise("unknown-condition", `conditions: {owner: 'true'}\n${grantWhen("▸ownr")}`),
  raise(
    "condition-of-another-resource",
    `conditions: {c: {resource: p, when: resource.x == 1}}\n${grantWhen("▸c", "p: {actions: [read], attributes: {x: int}}")}`,
  ),
  raise("deny-can-fail", grantWhen(`"▸resource.tags[0] == 'a'"`).replace("grants", "denies")),
  raise("role-loop", "roles: {a: {inherits: [▸a]}}"),
  raise("policy-too-large", longInheritance()),
  raise("bad-pattern", "routes: {▸/a//b: {}}"),
  raise("rest-not-last", "routes: {▸/**/a: {}}"),
  raise("duplicate-param", "routes: {▸/:a/:a: {}}"),
  raise("trailing-slash", "routes: {▸/a/: {}}"),
  raise("pattern-too-long", `routes: {? ▸/${"a".repeat(2048)} : {}}`),
  raise("unknown-method", "routes: {/a: {▸get: public}}"),
  raise("unknown-param", "routes: {/a: {params: {▸id: {}}}}"),
  raise(
    "encoded-slash-in-typed-param",
    "routes: {/:a: {params: {a: {type: int, encodedSlash: ▸true}}}}",
  ),
  raise("duplicate-route", "routes: {/a: {GET: public}}", "routes: {/a: {▸GET: public}}"),
  raise("ambiguous-route", "routes: {/:a: {GET: public}, /*: {▸GET: public}}"),
  raise("too-many-methods", `routes: {/a: {${methods.map(publicMethod).join(", ")}}}`),
  raise("bad-rule", "routes: {/a: {GET: ▸everybody}}"),
  raise(
    "bad-identity",
    `${tokens}\nroutes: {/a: {GET: {access: authenticated, identity: ▸optional}}}`,
  ),
  raise("short-reason", "routes: {/**: {GET: {access: public, catchAll: ▸why}}}"),
  raise("bad-origin", `cors: {a: {origins: [▸desk.example]}}\n${corsRoute}`),
  raise("upgrade-not-get", upgrade("▸POST", "upgrade: websocket, origins: []")),
  raise("upgrade-without-origins", upgrade("GET", "▸upgrade: websocket")),
  raise("origins-without-upgrade", upgrade("GET", "▸origins: []")),
  raise("duplicate-cors", `${cors}\n${corsRoute}`, cors.replace("a:", "▸a:")),
  raise("duplicate-mask", "masks: {m: {method: email}}", "masks: {▸m: {method: email}}"),
  raise("bad-scope", `${tokens}\nroutes: {/a: {scopes: [▸a b], GET: authenticated}}`),
  raise("bad-acr", `${tokens}\nroutes: {/a: {stepUp: {acr: ▸a b}, GET: authenticated}}`),
  raise("empty-step-up", `${tokens}\nroutes: {/a: {▸stepUp: {}, GET: authenticated}}`),
  raise("bad-step-up-age", `${tokens}\nroutes: {/a: {stepUp: {maxAge: ▸25h}, GET: authenticated}}`),
  raise("requirement-on-public", "routes: {/a: {GET: {access: public, ▸scopes: a}}}"),
  raise("unknown-cors", "routes: {/a: {cors: ▸b, GET: public}}"),
  raise(
    "two-cors-defaults",
    `cors:\n  a: {origins: ['*'], default: true}\n  ▸b: {origins: ['*'], default: true}`,
  ),
  raise(
    "cors-wildcard-credentials",
    `cors: {a: {origins: ['*'], credentials: ▸true}}\n${corsRoute}`,
  ),
  raise("bad-header-name", `cors: {a: {origins: ['*'], headers: [▸a b]}}\n${corsRoute}`),
  raise("bad-max-age", `cors: {a: {origins: ['*'], maxAge: ▸48h}}\n${corsRoute}`),
  raise("catch-all-without-reason", "routes: {/**: {GET: ▸public}}"),
  raise("no-tokens", "routes: {/a: {▸GET: authenticated}}"),
  raise("incomplete-token", tokensWith({ audience: "▸[]" })),
  raise("unknown-algorithm", tokensWith({ algorithms: "[▸none]" })),
  raise(
    "mixed-algorithms",
    tokensWith({ algorithms: "▸[ES256, HS256]", keys: "{environment: K}" }),
  ),
  raise("shared-secret-source", tokensWith({ algorithms: "[HS256]", keys: "{▸file: k}" })),
  raise("profile-settles", tokensWith({ keys: "{file: k}, typ: ▸JWT" })),
  raise("bad-lifetime", tokensWith({ keys: "{file: k}, maxLifetime: ▸0s" })),
  raise("bad-clock-tolerance", tokensWith({ keys: "{file: k}, clockTolerance: ▸5m" })),
  raise("bad-keys", tokensWith({ keys: "▸{file: k, environment: K}" })),
  raise("bad-ring", tokensWith({ keys: "{ring: {file: k, strategy: ▸sliced}}" })),
  raise("bad-key-file", tokensWith({ keys: "{file: ▸' '}" })),
  raise("bad-key-url", tokensWith({ keys: "{url: ▸http://id.example}" })),
  raise("literal-secret", tokensWith({ keys: "{environment: ▸c2VjcmV0}" })),
  raise("bad-strategy", strategy("▸s: {}")),
  raise(
    "bad-static-token",
    strategy(
      `s: {allowList: {pepper: {file: p}, tokens: {a: {digest: "hmac-sha256:${"A".repeat(43)}", claims: {}, expires: ▸tomorrow}}}}`,
    ),
  ),
  raise("unknown-strategy", strategy("s: {application: true}", "▸users")),
  raise("unknown-issuer", strategy("s: {tokens: ▸desk}")),
  raise(
    "ambiguous-strategies",
    strategy("s: {application: true}, t: {application: {header: a}}", "▸[s, t]"),
  ),
  raise(
    "authentication-on-public",
    `${strategy("s: {application: true}")}\nroutes: {/a: {GET: {access: public, ▸authentication: s}}}`,
  ),
  raise("bad-claim-path", "principal: {id: ▸a..b}"),
  raise("unused-dpop", `${tokens}\n▸dpop: {maxAge: 60s}`),
  raise("bad-dpop-age", `${boundTokens}\ndpop: {maxAge: ▸1s}`),
  raise("bad-dpop-size", `${boundTokens}\ndpop: {maxEntries: ▸0}`),
  raise("unbounded-revocation", "▸revocation: {store: memory}"),
  raise("bad-revocation-age", "revocation: {store: redis, keep: 1h, stale: {after: ▸1h}}"),
  raise("bad-revocation-size", "revocation: {store: memory, keep: 1h, maxEntries: ▸0}"),
  raise("unused-stale", "revocation: {store: memory, keep: 1h, ▸stale: {after: 5s}}"),
  raise(
    "sessions-without-revocation",
    `${ringTokens}\n▸sessions: {secret: {environment: S}, clients: {a: {flow: native}}}`,
  ),
  raise(
    "sessions-without-issuer",
    `${tokens}\nrevocation: {store: memory, keep: 1h}\n▸sessions: {secret: {environment: S}, clients: {a: {flow: native}}}`,
  ),
  raise(
    "unbound-issuer",
    `${ringTokens}\nrevocation: {store: memory, keep: 1h}\nsessions: {secret: {environment: S}, clients: {a: {flow: native, device: ▸dpop}}}`,
  ),
  raise(
    "bad-sessions",
    `${ringTokens}\nrevocation: {store: memory, keep: 1h}\nsessions: {secret: {environment: S}, idle: ▸1s, clients: {a: {flow: native}}}`,
  ),
  raise("bad-response", "responses: {▸a: {list: true}}"),
  raise("unknown-response", "routes: {/a: {GET: {access: public, response: ▸a}}}"),
  raise("duplicate-response", "responses: {a: {fields: {}}}", "responses: {▸a: {fields: {}}}"),
  raise("response-loop", "responses: {▸a: {fields: {b: {of: b}}}, b: {list: true, of: a}}"),
  raise(
    "response-on-upgrade",
    `responses: {a: {fields: {}}}\n${upgrade("GET", "upgrade: websocket, origins: [], ▸response: a")}`,
  ),
  ...auditCodes.map(([code, text]) => raise(code, text)),
  raise("application-supplies", "principal: {from: application, ▸roles: r}"),
  raise("unused-cache", "principal: {▸cache: {maxAge: 30s}}"),
  raise("bad-cache-age", "principal: {from: application, cache: {maxAge: ▸2h}}"),
  raise("bad-cache-size", "principal: {from: application, cache: {maxAge: 30s, maxEntries: ▸0}}"),
  raise("bad-path-length", "router: {maxPathLength: ▸10}"),
  raise("bad-trusted-proxies", "router: {trustedProxies: ▸99}"),
  raise("bad-problem-base", "problems: {base: ▸problems}"),
  raise("unknown-problem", "problems: {titles: {▸teapot: I}}"),
  // Conditions.
  raise("condition-syntax", grantWhen(`"resource.a == ▸"`)),
  raise("condition-too-large", grantWhen(`"▸'${"a".repeat(10_000)}' == resource.a"`)),
  raise("condition-unsupported", grantWhen('"▸math.max(1, 2) == 2"')),
  raise("condition-literal", grantWhen(`'resource.a == "▸\\q"'`)),
  raise("condition-unknown-name", grantWhen("▸caller.id == principal.id")),
  raise("condition-unknown-attribute", grantWhen("principal.id == resource.▸owner")),
  raise("condition-unknown-function", grantWhen(`"resource.a.▸beginsWith('a')"`)),
  raise("condition-types-differ", grantWhen("true && ▸resource.a == 1")),
  raise("condition-missing-guard", grantWhen("principal.id == ▸resource.note")),
  raise("condition-pattern", grantWhen(`"resource.a.matches('a▸(')"`)),
  raise("condition-not-bool", grantWhen("▸resource.a")),
  // Lint.
  raise("grant-never-effective", `${orders}\nroles: {a: {grants: [▸o.read], denies: [o.read]}}`),
  raise(
    "method-falls-through",
    `${tokens}\nroutes: {/a: {▸GET: authenticated}, /*: {GET: authenticated, PUT: public}}`,
  ),
  raise("head-weaker-than-get", `${tokens}\nroutes: {/a: {GET: authenticated, ▸HEAD: public}}`),
  raise(
    "cors-lacks-authorization",
    `${tokens}\ncors: {▸a: {origins: ['*']}}\nroutes: {/a: {cors: a, GET: authenticated}}`,
  ),
  raise("unused-cors", "cors: {▸a: {origins: ['*']}}"),
  raise("unused-strategy", strategy("s: {application: true}, ▸t: {application: true}")),
  raise(
    "revocation-of-one-node",
    `${ringTokens}\nrevocation: {store: memory, keep: 1h}\n▸sessions: {secret: {environment: S}, store: redis, clients: {a: {flow: native}}}`,
  ),
  raise(
    "audit-key-beside-log",
    "audit: {▸log: {signer: {file: audit/k}}, categories: {auth: {overflow: fail_closed}, config_change: {overflow: fail_closed}}}",
  ),
  raise("unused-mask", "masks: {▸m: {method: card}}"),
  raise("unused-response", "responses: {▸a: {fields: {}}}"),
  raise("unused-role", "roles: {▸a: }"),
  raise(
    "weak-token-profile",
    tokensWith({
      keys: "{file: k}, profile: ▸declared, typ: JWT, requiredClaims: [sub, iat, jti, client_id], maxLifetime: 1h",
    }),
  ),
  raise("unused-permission", "resources: {o: {actions: [▸read]}}"),
  raise(
    "unreachable-route",
    `${tokens}\nresources: {o: {actions: [read]}}\nroutes: {/a: {▸GET: o.read}}`,
  ),
];

/** Codes that only a folder can raise, and the test that raises them with real folders. */
export const codesOfFolders: ReadonlyMap<string, string> = new Map([
  ["no-policy", "test/generator/read-policies.test.ts"],
  ["policy-symlink", "test/generator/read-policies.test.ts"],
  ["policy-unreadable", "test/generator/read-policies.test.ts"],
  ["policy-encoding", "test/generator/read-policies.test.ts"],
  ["too-many-files", "test/generator/read-policies.test.ts"],
  ["output-changed", "test/cli/check.test.ts"],
  ["output-missing", "test/cli/check.test.ts"],
  ["output-left-over", "test/cli/check.test.ts"],
  ["output-symlink", "test/cli/hostile-files.test.ts"],
  ["output-not-folder", "test/cli/build.test.ts"],
  ["output-not-ours", "test/cli/build.test.ts"],
  ["output-unwritable", "test/cli/build.test.ts"],
  ["openapi-unreadable", "test/cli/import.test.ts"],
  ["openapi-unwritable", "test/cli/import.test.ts"],
  ["openapi-size", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-syntax", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-version", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-no-operations", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-not-a-policy", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-foreign-file", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-stamp", "test/generator/import/openapi/documents.test.ts"],
  ["openapi-not-merged", "test/generator/import/openapi/merge.test.ts"],
  ["openapi-unreadable-path", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-unreadable-operation", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-unreadable-security", "test/generator/import/openapi/security.test.ts"],
  ["openapi-unsupported-method", "test/generator/import/openapi/indistinct-operations.test.ts"],
  ["openapi-unusable-path", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-unusable-server", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-unusable-scope", "test/generator/import/openapi/security.test.ts"],
  ["openapi-security-too-complex", "test/generator/import/openapi/security.test.ts"],
  ["openapi-mixed-segment", "test/generator/import/openapi/indistinct-operations.test.ts"],
  ["openapi-route-not-distinct", "test/generator/import/openapi/indistinct-operations.test.ts"],
  ["openapi-head-opens-more", "test/generator/import/openapi/indistinct-operations.test.ts"],
  ["openapi-public-unsaid", "test/generator/import/openapi/security.test.ts"],
  ["openapi-same-route", "test/generator/import/openapi/indistinct-operations.test.ts"],
  ["openapi-encoded-slash", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-rest", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-query-ignored", "test/generator/import/openapi/paths.test.ts"],
  ["openapi-scheme-unchecked", "test/generator/import/openapi/security.test.ts"],
]);

/** A text that says no version, nor speaks of it, gets one in front. */
function raise(code: string, ...texts: readonly string[]): Raised {
  return {
    code,
    texts: texts.map((text) => (text.includes("gatewright") ? text : `gatewright: 1\n${text}\n`)),
  };
}

/** A policy with a condition. */
function grantWhen(when: string, more = "p: {actions: [read]}"): string {
  const attributes = "{a: string, note: {type: string, optional: true}, tags: list<string>}";
  return `resources: {o: {actions: [read], attributes: ${attributes}}, ${more}}
roles: {r: {grants: [{permission: o.read, when: ${when}}]}}`;
}

interface Token {
  /** The entry's name, with the mark in front. */
  readonly mark?: string;
  readonly audience?: string;
  readonly algorithms?: string;
  readonly keys?: string;
}

function tokensWith({
  mark,
  audience = "a",
  algorithms = "[ES256]",
  keys = "{file: k}",
}: Token): string {
  const name = mark === undefined ? "t" : `${MARK}${mark}`;
  return `tokens: {${name}: {issuer: x, audience: ${audience}, algorithms: ${algorithms}, keys: ${keys}}}`;
}

function strategy(strategies: string, byDefault = "s"): string {
  return `authentication: {default: ${byDefault}, strategies: {${strategies}}}`;
}

function upgrade(method: string, rule: string): string {
  return `routes: {/a: {${method}: {access: public, ${rule}}}}`;
}

function publicMethod(method: string, index: number): string {
  return `${index === 31 ? MARK : ""}${method}: public`;
}

/** Roles that each inherit the one before: their ancestors alone are more than 32 million names. */
function longInheritance(): string {
  const roles = Array.from({ length: 8200 }, (_, index) => {
    const inherits = index === 0 ? "" : `{inherits: [r${index - 1}]}`;
    return `${index === 0 ? MARK : ""}r${index}: ${inherits}`;
  });
  return `roles: {${roles.join(", ")}}`;
}
