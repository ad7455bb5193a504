import { maskOf } from "./decide.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { SerializedClaim, SerializedPrincipal } from "./snapshot-format.js";

/** Who a request acts for, as the policy's `principal` section reads it. */
export interface PrincipalData {
  /** The subject: the claim that `principal.id` names. */
  readonly id: string;
  /** The `iss` of the token, or the issuer that the application names. */
  readonly issuer: string;
  /** Only roles that the policy knows, in the order of the policy. */
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  /** The claims that `principal.claims` declares; an optional one may be missing. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A principal that fits the policy, or the claim that does not; never the claim's value. */
export type PrincipalReading =
  | {
      readonly ok: true;
      readonly principal: PrincipalData;
      readonly mask: RoleMask;
      /** Role names that the policy does not know: they give nothing. */
      readonly unknownRoles: readonly string[];
    }
  | { readonly ok: false; readonly claim: string; readonly problem: string };

/** What a `principalSource` answers for a verified identity, where the policy says `from: application`. */
export interface ApplicationPrincipal {
  /** The token's subject where it is left out. */
  readonly id?: string | undefined;
  readonly roles: readonly string[];
  readonly tenant?: string | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Reads the principal from verified claims as the policy's claim paths say. */
export function readPrincipal(
  snapshot: Snapshot,
  claims: Readonly<Record<string, unknown>>,
  issuer: string,
): PrincipalReading {
  return readAt(snapshot, snapshot.source.principal, claims, issuer);
}

/** Reads the principal that the application supplied, under the same checks as claims. */
export function readApplicationPrincipal(
  snapshot: Snapshot,
  supplied: ApplicationPrincipal,
  issuer: string,
): PrincipalReading {
  const paths = {
    id: ["id"],
    roles: { path: ["roles"], format: "list" },
    tenant: ["tenant"],
    claims: snapshot.source.principal.claims.map((claim) => ({
      ...claim,
      path: ["claims", claim.name],
    })),
  } as const;
  return readAt(snapshot, paths, supplied, issuer);
}

/** The value at a path of names; only own properties count. */
export function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

function readAt(
  snapshot: Snapshot,
  paths: Omit<SerializedPrincipal, "from">,
  source: object,
  issuer: string,
): PrincipalReading {
  const id = at(source, paths.id);
  const tenant = paths.tenant === null ? undefined : at(source, paths.tenant);
  const roles =
    paths.roles === null ? [] : rolesIn(at(source, paths.roles.path), paths.roles.format);
  if (!isFilled(id)) return misfit(paths.id.join("."), "is not a non-empty string");
  if (roles === undefined) return misfit("roles", "is not a list of role names");
  if (tenant !== undefined && !isFilled(tenant)) {
    return misfit("tenant", "is not a non-empty string");
  }
  const claims: Record<string, unknown> = Object.create(null);
  for (const declared of paths.claims) {
    const value = at(source, declared.path);
    if (value === undefined && declared.optional) continue;
    if (!claimFits[declared.type](value)) return misfit(declared.name, `is not ${declared.type}`);
    claims[declared.name] = value;
  }
  const { mask, unknown } = maskOf(snapshot, roles);
  const known = snapshot.source.roles.filter((_, number) => {
    return ((mask[number >> 5] ?? 0) & (1 << (number & 31))) !== 0;
  });
  const principal = Object.freeze({
    id,
    issuer,
    roles: Object.freeze(known),
    tenant,
    claims: Object.freeze(claims),
  });
  return { ok: true, principal, mask, unknownRoles: unknown };
}

function rolesIn(
  value: unknown,
  format: "list" | "space-separated",
): readonly string[] | undefined {
  if (value === undefined) return [];
  if (format === "space-separated") {
    return typeof value === "string" ? value.split(" ").filter((name) => name !== "") : undefined;
  }
  return isStringList(value) ? value : undefined;
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

const claimFits: Readonly<Record<SerializedClaim["type"], (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  int: (value) => Number.isSafeInteger(value),
  double: (value) => typeof value === "number",
  bool: (value) => typeof value === "boolean",
  "list<string>": isStringList,
};

function misfit(claim: string, problem: string): PrincipalReading {
  return { ok: false, claim, problem };
}
