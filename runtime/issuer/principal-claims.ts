import type { SerializedListClaim, SerializedPrincipal } from "../snapshot-format.js";
import { setAt } from "./set-at.js";

/** What a token says of its principal. */
export interface PrincipalFacts {
  readonly id: string;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** By the names of `principal.claims`. */
  readonly claims?: object | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** RFC 9068, section 2.2.3: what an issuer writes for policies that do not speak of scopes too. */
const usualScopes: SerializedListClaim = { path: ["scope"], format: "space-separated" };

/**
 * Writes facts of a principal into the claims of a token, where the policy looks for them; roles, tenant and
 * claims only where it takes them from the token.
 */
export function writePrincipal(
  token: Record<string, unknown>,
  principal: SerializedPrincipal,
  { id, roles = [], tenant, claims = {}, scopes = [] }: PrincipalFacts,
): void {
  setAt(token, principal.id, id);
  const { path: scopePath, format } = principal.scopes ?? usualScopes;
  if (scopes.length > 0) setAt(token, scopePath, joined(scopes, format));
  if (principal.from !== "claims") return;
  if (principal.roles !== null)
    setAt(token, principal.roles.path, joined(roles, principal.roles.format));
  if (principal.tenant !== null && tenant !== undefined) setAt(token, principal.tenant, tenant);
  for (const { name, path } of principal.claims) {
    const value: unknown = Reflect.get(claims, name);
    if (value !== undefined) setAt(token, path, value);
  }
}

function joined(texts: readonly string[], format: "list" | "space-separated"): unknown {
  return format === "list" ? texts : texts.join(" ");
}
