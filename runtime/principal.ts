import { maskOf } from "./decide.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { SerializedClaim } from "./snapshot-format.js";

/** Who a request acts for, as the policy's `principal` section reads it. */
export interface PrincipalData {
  /** The subject: the claim that `principal.id` names. */
  readonly id: string;
  /** The `iss` of the token. */
  readonly issuer: string;
  /** Only roles that the policy knows, in the order of the policy. */
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  /** Of the token; left out where the policy does not speak of scopes. */
  readonly scopes?: readonly string[];
  /** Who acts for it, where the policy reads that and the token says it (RFC 8693, section 4.1). */
  readonly actor?: ActorData | undefined;
  /** The claims that `principal.claims` declares; an optional one may be missing. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Who acts for the subject of a token. */
export interface ActorData {
  readonly id: string;
  readonly issuer: string;
  /** Only roles that the policy knows. */
  readonly roles: readonly string[];
}

/** A principal that fits the policy, or the claim that does not; never the claim's value. */
export type PrincipalReading =
  | {
      readonly ok: true;
      readonly principal: PrincipalData;
      readonly mask: RoleMask;
      /** Role names that the policy does not know: they give nothing. */
      readonly unknownRoles: readonly string[];
      /** The roles of an actor without whose permissions those of the principal do not count. */
      readonly actorMask?: RoleMask;
    }
  | { readonly ok: false; readonly claim: string };

/** What a `principalSource` answers for a verified identity, where the policy says `from: application`. */
export interface ApplicationPrincipal {
  /** The token's subject where it is left out. */
  readonly id?: string | undefined;
  readonly roles: readonly string[];
  readonly tenant?: string | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** A verified token, as a `principalSource` receives it. */
export interface Identity {
  readonly issuer: string;
  /** The claim that the policy's `principal.id` names, where it is text. */
  readonly subject: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Finds the principal of a verified identity, where the policy says `principal: { from: application }`.
 * Null refuses the identity with 401; a rejection is answered with 503.
 */
export type PrincipalSource = (
  identity: Identity,
) => Promise<ApplicationPrincipal | null> | ApplicationPrincipal | null;

/** Reads the principal from verified claims, or asks for it. */
export interface PrincipalReader {
  (claims: Readonly<Record<string, unknown>>): Promise<PrincipalReading> | PrincipalReading;
  /** Drops what is kept of the principals that the test names. */
  readonly forget?: (isRevoked: (principal: PrincipalData) => boolean) => void;
}

/** Reads the principal from verified claims as the policy's claim paths say. */
export function readPrincipal(
  snapshot: Snapshot,
  claims: Readonly<Record<string, unknown>>,
  issuer: string,
): PrincipalReading {
  return readIdentified(snapshot, claims, { issuer, id: at(claims, snapshot.source.principal.id) });
}

/** The same where the id is known; the paths lead into claims, or into an {@link ApplicationPrincipal}. */
export function readIdentified(
  snapshot: Snapshot,
  source: object,
  { issuer, id }: { readonly issuer: string; readonly id: unknown },
): PrincipalReading {
  const { principal: paths, roles: declared } = snapshot.source;
  const { tenant: tenantPath, roles: rolesPath } = paths;
  const tenant = tenantPath === null ? undefined : at(source, tenantPath);
  const roles = rolesPath === null ? [] : rolesIn(at(source, rolesPath.path), rolesPath.format);
  if (!isFilled(id)) return misfit(paths.id.join("."));
  if (!isTextList(roles)) return misfit("roles");
  if (tenant !== undefined && !isFilled(tenant)) return misfit("tenant");
  const claims: Record<string, unknown> = Object.create(null);
  for (const { name, path, type, optional } of paths.claims) {
    const value = at(source, path);
    if (value === undefined && optional) continue;
    if (!claimFits[type](value)) return misfit(name);
    // A copy, for a cached principal serves many requests.
    claims[name] = Array.isArray(value) ? Object.freeze([...value]) : value;
  }
  const held = new Set(roles);
  const principal = Object.freeze({
    id,
    issuer,
    roles: Object.freeze(declared.filter((role) => held.has(role))),
    tenant,
    claims: Object.freeze(claims),
  });
  const { mask, unknown } = maskOf(snapshot, roles);
  return { ok: true, principal, mask, unknownRoles: unknown };
}

/** The value at a path of names; only own properties count. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((found, name) => {
    const isMember = typeof found === "object" && found !== null && Object.hasOwn(found, name);
    return isMember ? Reflect.get(found, name) : undefined;
  }, value);
}

function rolesIn(value: unknown, format: "list" | "space-separated"): unknown {
  if (value === undefined) return [];
  if (format === "list") return value;
  return typeof value === "string" && value.split(" ").filter(Boolean);
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

const claimFits: Readonly<Record<SerializedClaim["type"], (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  int: Number.isSafeInteger,
  double: Number.isFinite,
  bool: (value) => typeof value === "boolean",
  "list<string>": isTextList,
};

function misfit(claim: string): PrincipalReading {
  return { ok: false, claim };
}
