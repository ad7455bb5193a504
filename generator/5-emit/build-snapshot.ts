import { createHash } from "node:crypto";
import type { SerializedParam, SerializedRoute, SerializedSnapshot } from "@gatewright/runtime/abi";
import type {
  CorsModel,
  PolicyModel,
  PrincipalModel,
  RouteModel,
} from "../3-model/policy-model.js";
import { compareText } from "../3-model/sort-names.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import { createPlaceOf } from "../diagnostics/position.js";
import { listLoaded, serializeClauses } from "./serialize-clauses.js";
import { buildTrie } from "./build-trie.js";
import { serializeAuthentication } from "./serialize-authentication.js";
import { serializeRevocation } from "./serialize-revocation.js";
import { createSerializeParams, serializeAuditLog } from "./serialize-audit-log.js";
import { serializeAuditEvents } from "./serialize-audit-events.js";
import { masksResponses, serializeResponses } from "./serialize-responses.js";
import { serializeSessions } from "./serialize-sessions.js";
import { serializeDpop } from "./serialize-dpop.js";
import { roleMasks } from "./role-masks.js";

/** The ABI that this generator writes; the type of the runtime refuses another number. */
const ABI: SerializedSnapshot["abi"] = 1;

/** Everything that the runtime needs to decide, as plain JSON; the same model gives the same bytes. */
export function buildSnapshot(model: PolicyModel): SerializedSnapshot {
  const methods = [...new Set(model.routes.map((route) => route.method))].toSorted(compareText);
  const roles = model.roles.map((role) => role.name);
  const { router, problems, audit } = model;
  const placeOf = createPlaceOf(model.sources);
  const body = {
    abi: ABI,
    needs: needsOf(model),
    router: {
      caseSensitive: router.caseSensitive,
      strict: router.strict,
      semicolons: router.semicolons,
      maxPathLength: router.maxPathLength,
      trustedProxies: router.trustedProxies,
    },
    roles,
    permissions: model.permissions.map(({ name, at }) => ({ name, at: placeOf(at) })),
    allow: roleMasks(model, ({ grantedTo }) => grantedTo),
    deny: roleMasks(model, ({ deniedTo }) => deniedTo),
    methods,
    routes: serializeRoutes(model, methods, placeOf),
    trie: buildTrie(model, methods),
    cors: serializeCors(model.cors),
    requirements: serializeRequirements(model.routes),
    ...serializeClauses(model, placeOf),
    principal: serializePrincipal(model.principal),
    issuers: model.issuers.map((issuer) => ({
      name: issuer.name,
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: issuer.algorithms,
      keys: issuer.keys,
      types: issuer.types,
      ignoredHeaders: issuer.ignoredHeaders,
      requiredClaims: issuer.requiredClaims,
      ...(issuer.claimValues.length > 0 && {
        claimValues: issuer.claimValues.map(({ name, value }) => ({ name, value })),
      }),
      refusedClaims: [
        ...(model.principal.actor === undefined ? ["act"] : []),
        ...(issuer.dpop === "off" ? ["cnf"] : []),
      ],
      names: { id: issuer.names.id, client: issuer.names.client, audience: issuer.names.audience },
      clockToleranceSeconds: issuer.clockToleranceSeconds,
      maxLifetimeSeconds: issuer.maxLifetimeSeconds ?? null,
      ...(issuer.encryption && { encryption: issuer.encryption }),
      ...(issuer.cacheEntries && { cache: { maxEntries: issuer.cacheEntries } }),
    })),
    authentication: serializeAuthentication(model),
    ...serializeRevocation(model),
    ...serializeDpop(model),
    ...serializeSessions(model),
    ...serializeAuditEvents(model),
    ...serializeResponses(model),
    problems: { base: problems.base, disclose: problems.disclose, titles: problems.titles },
    audit: {
      sink: { kind: audit.sink.kind, path: audit.sink.path },
      ...serializeAuditLog(model),
    },
  };
  const { abi, ...rest } = body;
  const digest = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { abi, digest: `sha256:${digest}`, ...rest };
}

/** The parts of the runtime that only some policies need. */
function needsOf(model: PolicyModel) {
  const { clauses, cors, issuers, principal, router, routes } = model;
  const { trustedProxies } = router;
  const needs: Readonly<Record<SerializedSnapshot["needs"][number], boolean>> = {
    application: principal.from === "application",
    auditLog: model.auditLog !== undefined,
    cors: cors.length > 0,
    credentials:
      model.authentication.strategies.length > 0 ||
      issuers.some(
        ({ encryption, keys }) =>
          encryption !== undefined || (keys.kind === "ring" && keys.strategy === "per-token"),
      ) ||
      model.revocation !== undefined ||
      model.dpop !== undefined ||
      issuers.some(({ cacheEntries }) => cacheEntries !== undefined),
    forwarded: typeof trustedProxies === "number" ? trustedProxies > 0 : trustedProxies.length > 0,
    jwks: issuers.some(({ keys }) => keys.kind === "url"),
    keys: issuers.some(({ keys }) => keys.kind !== "url"),
    responses: masksResponses(model),
    rules:
      principal.actor !== undefined ||
      routes.some(isDemanding) ||
      clauses.length > 0 ||
      listLoaded(model).length > 0,
    scopes: principal.scopes !== undefined,
    upgrades: routes.some(({ upgrade }) => upgrade !== undefined),
  };
  return partNames.filter((name) => needs[name]);
}

const partNames = [
  "application",
  "auditLog",
  "cors",
  "credentials",
  "forwarded",
  "jwks",
  "keys",
  "responses",
  "rules",
  "scopes",
  "upgrades",
] as const;

function isDemanding({ requirements }: RouteModel): boolean {
  return requirements.scopes.length > 0 || requirements.stepUp !== undefined;
}

function serializeRoutes(
  model: PolicyModel,
  methods: readonly string[],
  placeOf: (span: SourceSpan) => string,
): readonly SerializedRoute[] {
  const methodNumbers = new Map(methods.map((method, number) => [method, number]));
  const permissionNumbers = new Map(
    model.permissions.map((permission, number) => [permission.name, number]),
  );
  const showParams = createSerializeParams(model.routes);
  const corsNumbers = new Map(model.cors.map((rule, number) => [rule.name, number]));
  return model.routes.map((route) => ({
    id: route.id,
    method: methodNumbers.get(route.method) ?? 0,
    pattern: route.pattern,
    at: placeOf(route.at),
    access: route.access,
    identityOptional: route.identityOptional,
    permissions: route.permissions.map((name) => permissionNumbers.get(name) ?? 0),
    params: paramsOf(route),
    cors: corsNumbers.get(route.cors ?? "") ?? -1,
    upgrade: route.upgrade
      ? { protocol: route.upgrade.protocol, origins: route.upgrade.origins }
      : null,
    ...(route.auditCategory && { auditCategory: route.auditCategory.name }),
    ...showParams(route),
  }));
}

/** What the application supplies is read by paths too: a runtime that reads one thing has one set of checks. */
function serializePrincipal(principal: PrincipalModel): SerializedSnapshot["principal"] {
  const { from, id, roles, scopes, tenant, claims, actor, cache } = principal;
  const isSupplied = from === "application";
  return {
    from,
    id,
    roles: isSupplied
      ? { path: ["roles"], format: "list" }
      : roles
        ? { path: roles.path, format: roles.format }
        : null,
    scopes: scopes ? { path: scopes.path, format: scopes.format } : null,
    tenant: isSupplied ? ["tenant"] : (tenant ?? null),
    claims: claims.map(({ name, path, type, optional }) => {
      return { name, path: isSupplied ? ["claims", name] : path, type, optional };
    }),
    actor: actor
      ? { permissions: actor.permissions, id: actor.id, roles: actor.roles ?? null }
      : null,
    cache: cache ? { maxAgeSeconds: cache.maxAgeSeconds, maxEntries: cache.maxEntries } : null,
  };
}

/** Only of the routes that ask for something. */
function serializeRequirements(routes: readonly RouteModel[]): SerializedSnapshot["requirements"] {
  return routes.flatMap((model, route) => {
    if (!isDemanding(model)) return [];
    const { scopes, stepUp } = model.requirements;
    const { acr = [], maxAgeSeconds = null } = stepUp ?? {};
    return [{ route, scopes, acr, maxAgeSeconds }];
  });
}

function serializeCors(rules: readonly CorsModel[]): SerializedSnapshot["cors"] {
  return {
    rules: rules.map(({ origins, headers, exposedHeaders, credentials, maxAgeSeconds }) => {
      return { origins, headers, exposedHeaders, credentials, maxAgeSeconds };
    }),
    fallback: rules.findIndex(({ isDefault }) => isDefault),
  };
}

function paramsOf(route: RouteModel): readonly SerializedParam[] {
  return route.segments.flatMap((segment, index): readonly SerializedParam[] => {
    if (segment.kind === "param") {
      const { name, type, encodedSlash } = segment;
      return [{ name, segment: index, type, encodedSlash }];
    }
    return segment.kind === "rest"
      ? [{ name: "**", segment: index, type: "rest", encodedSlash: false }]
      : [];
  });
}
