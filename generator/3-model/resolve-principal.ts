import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type {
  ActorModel,
  CacheModel,
  ClaimModel,
  ClaimType,
  ListClaimModel,
  PrincipalModel,
  RouteModel,
} from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readClaimPath } from "./read-claim-path.js";
import { readDuration } from "./read-duration.js";
import { booleanOf, entriesOf, textOf, valueAt } from "./read-node.js";
import { resolveCacheSize } from "./resolve-cache-size.js";
import { byName } from "./sort-names.js";
import { helpToChoose } from "./suggest-name.js";

const claimTypes: readonly ClaimType[] = ["string", "int", "double", "bool", "list<string>"];

/** RFC 9068 and OpenID Connect agree on this claim for who the token is about. */
const DEFAULT_ID = ["sub"];

/** Longer, and a role that was taken away would live on for too long. */
const MAX_CACHE_SECONDS = 3600;
const DEFAULT_CACHE_ENTRIES = 10_000;

/** Where identity, roles and typed claims of a caller come from. */
export function resolvePrincipal(
  section: PolicyEntry | undefined,
  routes: readonly Pick<RouteModel, "requirements">[],
  report: Report,
): PrincipalModel {
  const body = section?.value;
  const from = textOf(valueAt(body, "from")) === "application" ? "application" : "claims";
  const id = valueAt(body, "id");
  const tenant = valueAt(body, "tenant");
  const isScoped = routes.some(({ requirements }) => requirements.scopes.length > 0);
  if (from === "application") reportUnusedPaths(body, report);
  const idPath = id === undefined ? DEFAULT_ID : readClaimPath(id, report);
  const roles = from === "application" ? undefined : resolveListClaim(body, "roles", report);
  return {
    at: section?.keyAt,
    from,
    id: idPath ?? DEFAULT_ID,
    roles,
    scopes: resolveListClaim(body, "scopes", report) ?? (isScoped ? DEFAULT_SCOPES : undefined),
    tenant: tenant === undefined ? undefined : readClaimPath(tenant, report),
    claims: entriesOf(valueAt(body, "claims"))
      .flatMap((entry) => resolveClaim(entry, report))
      .toSorted(byName),
    actor: resolveActor(valueAt(body, "actor"), { from, roles }, report),
    cache: resolveCache(section, from, report),
  };
}

/** Its roles are where those of a subject are, if nothing else is said; its id is `sub` (RFC 8693, section 4.1). */
function resolveActor(
  node: PolicyNode | undefined,
  subject: Pick<PrincipalModel, "from" | "roles">,
  report: Report,
): ActorModel | undefined {
  if (node === undefined) return undefined;
  const id = valueAt(node, "id");
  const isSupplied = subject.from === "application";
  if (isSupplied) reportUnusedPaths(node, report);
  return {
    permissions: textOf(valueAt(node, "permissions")) === "subject" ? "subject" : "intersection",
    id: (id === undefined ? undefined : readClaimPath(id, report)) ?? DEFAULT_ID,
    roles: isSupplied ? undefined : (resolveListClaim(node, "roles", report) ?? subject.roles),
  };
}

/** RFC 9068, section 2.2.3. */
const DEFAULT_SCOPES: ListClaimModel = { path: ["scope"], format: "space-separated" };

function resolveListClaim(
  body: PolicyNode | undefined,
  key: "roles" | "scopes",
  report: Report,
): ListClaimModel | undefined {
  const node = valueAt(body, key);
  if (node === undefined) return undefined;
  const claim = node.kind === "map" ? valueAt(node, "claim") : node;
  if (claim === undefined) {
    report({
      code: "bad-claim-path",
      message: `\`${key}\` names no claim`,
      at: node.at,
      help: "write `claim:` and its path",
    });
    return undefined;
  }
  const path = readClaimPath(claim, report);
  const written = textOf(valueAt(node, "format"));
  const format = written ?? (key === "scopes" ? DEFAULT_SCOPES.format : "list");
  if (path === undefined) return undefined;
  return { path, format: format === "space-separated" ? format : "list" };
}

function resolveClaim(entry: PolicyEntry, report: Report): readonly ClaimModel[] {
  const { value } = entry;
  const typeNode = value.kind === "map" ? valueAt(value, "type") : value;
  const type = claimTypes.find((known) => known === textOf(typeNode));
  const claim = valueAt(value, "claim");
  const path = claim === undefined ? [entry.key] : readClaimPath(claim, report);
  if (type === undefined) {
    report({
      code: "unknown-type",
      message: `the type of claim ${quoteText(entry.key)} is unknown`,
      at: typeNode?.at ?? entry.keyAt,
      help: helpToChoose(textOf(typeNode), claimTypes),
    });
  }
  if (type === undefined || path === undefined) return [];
  const optional = booleanOf(valueAt(value, "optional")) ?? false;
  return [{ name: entry.key, path, type, optional, at: entry.keyAt }];
}

/** Without it each request asks the application, and what it takes away is gone at once. */
function resolveCache(
  section: PolicyEntry | undefined,
  from: PrincipalModel["from"],
  report: Report,
): CacheModel | undefined {
  const entry = entriesOf(section?.value).find(({ key }) => key === "cache");
  if (entry === undefined) return undefined;
  if (from === "claims") {
    report({
      code: "unused-cache",
      message: "`cache` keeps what the application says, and the principal comes from claims",
      at: entry.keyAt,
      help: "leave it out, or write `from: application`",
    });
    return undefined;
  }
  const maxAge = valueAt(entry.value, "maxAge");
  const maxAgeSeconds = readDuration(maxAge) ?? 0;
  if (maxAgeSeconds < 1 || maxAgeSeconds > MAX_CACHE_SECONDS) {
    report({
      code: "bad-cache-age",
      message: "`maxAge` is not a duration of 1 second to 1 hour",
      at: maxAge?.at ?? entry.keyAt,
      help: "write it like `30s` or `5m`: for so long, a role that was taken away is still held",
    });
  }
  const size = valueAt(entry.value, "maxEntries");
  const maxEntries = resolveCacheSize(size, report) ?? DEFAULT_CACHE_ENTRIES;
  return { maxAgeSeconds, maxEntries };
}

/** The application supplies these by name; a path into the token would be read by nobody. */
function reportUnusedPaths(body: PolicyNode | undefined, report: Report): void {
  const claims = entriesOf(valueAt(body, "claims")).flatMap((claim) => entriesOf(claim.value));
  const unused = [
    ...entriesOf(body).filter((entry) => entry.key === "roles" || entry.key === "tenant"),
    ...claims.filter((entry) => entry.key === "claim"),
  ];
  for (const entry of unused) {
    report({
      code: "application-supplies",
      message: `${quoteText(entry.key)} is a path into the token, but the application supplies the principal`,
      at: entry.keyAt,
      help: "leave it out, or write `from: claims`",
    });
  }
}
