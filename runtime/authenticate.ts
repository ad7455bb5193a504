import type { IncomingMessage } from "node:http";
import { GateError } from "./gate-error.js";
import type { PrincipalData } from "./principal.js";
import type { LoadedPolicy } from "./request-context.js";
import type { RoleMask } from "./snapshot.js";
import type { VerifiedCredential } from "./tokens/verification.js";

/** What a request's credentials came to. */
export type Authentication =
  /** No credentials; or, on a public route that reads them if it can, none that could be accepted. */
  | { readonly kind: "none"; readonly cause?: string }
  | (VerifiedCredential & {
      readonly kind: "principal";
      readonly principal: PrincipalData;
      readonly mask: RoleMask;
      readonly unknownRoles: readonly string[];
      /** See `PrincipalReading`. */
      readonly actorMask?: RoleMask;
    })
  | AuthenticationRefusal;

export interface AuthenticationRefusal {
  readonly kind: "refused";
  readonly code: "invalid-request" | "invalid-token" | "unavailable";
  /** A closed word for the audit record; no part of the credentials. */
  readonly cause: string;
}

/**
 * Verifies the credentials of a request for the route with a number, or -1, and finds out who it acts for.
 * Rejects only for a fault of ours.
 */
export async function authenticate(
  request: IncomingMessage,
  { authenticator, principalOf }: Pick<LoadedPolicy, "authenticator" | "principalOf">,
  route: number,
  now: number,
): Promise<Authentication> {
  try {
    const verified = await authenticator(request, route, now);
    if (verified === undefined) return { kind: "none" };
    if (!verified.ok) return refused(verified.cause);
    const reading = await principalOf(verified.claims);
    return reading.ok
      ? { kind: "principal", ...verified, ...reading }
      : refused(`claim:${reading.claim}`);
  } catch (error) {
    // Other errors are faults of ours.
    if (!(error instanceof GateError)) throw error;
    return refused(error.message, error.code as AuthenticationRefusal["code"]);
  }
}

function refused(
  cause: string,
  code: AuthenticationRefusal["code"] = "invalid-token",
): AuthenticationRefusal {
  return { kind: "refused", code, cause };
}
