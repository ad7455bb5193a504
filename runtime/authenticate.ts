import type { IncomingMessage } from "node:http";
import { GateError } from "./gate-error.js";
import type { PrincipalData } from "./principal.js";
import type { LoadedPolicy } from "./request-context.js";
import type { RoleMask } from "./snapshot.js";
import type { CredentialRecord, VerifiedCredential } from "./tokens/verification.js";

/** What a request's credentials came to. */
export type Authentication =
  /** No credentials; or, on a public route that reads them if it can, none that could be accepted. */
  | (Partial<Pick<AuthenticationRefusal, "cause" | "credential">> & { readonly kind: "none" })
  | (VerifiedCredential & {
      readonly kind: "principal";
      readonly cause?: undefined;
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
  readonly credential?: CredentialRecord | undefined;
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
    if (!verified.ok) return { ...verified, kind: "refused", code: "invalid-token" };
    const reading = await principalOf(verified.claims);
    if (reading.ok) return { ...verified, ...reading, kind: "principal" };
    const { credential } = verified;
    return { kind: "refused", code: "invalid-token", cause: `claim:${reading.claim}`, credential };
  } catch (error) {
    // Other errors are faults of ours.
    if (!(error instanceof GateError)) throw error;
    const code = error.code as AuthenticationRefusal["code"];
    return { kind: "refused", code, cause: error.message };
  }
}
