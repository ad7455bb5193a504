import type { StoredSession } from "./session-store.js";
import type { Seen } from "./request-signals.js";

/** What `data` of a stored session says. */
export interface SessionFacts {
  /** Which secret its tags are made with. */
  readonly keyId: string;
  readonly salt: string;
  readonly clientId: string;
  /** What the session is bound to. */
  readonly device: DeviceBinding | null;
  /** What its access tokens may have at most; null where the login did not speak of scopes. */
  readonly scopes: readonly string[] | null;
  readonly acr: string | null;
  readonly amr: readonly string[] | null;
  /** Seconds since the epoch. */
  readonly authTime: number;
}

export type DeviceBinding =
  | { readonly kind: "cookie"; readonly digest: string }
  | { readonly kind: "dpop"; readonly thumbprint: string };

/** @throws where the store gives back something else than was given to it, which is answered with 503 */
export function readFacts({ data }: StoredSession): SessionFacts {
  const facts: SessionFacts = JSON.parse(data);
  const isWhole =
    typeof facts?.keyId === "string" &&
    typeof facts.salt === "string" &&
    typeof facts.clientId === "string" &&
    Number.isFinite(facts.authTime) &&
    (facts.device === null || facts.device?.kind === "cookie" || facts.device?.kind === "dpop");
  if (!isWhole) throw new Error("a stored session is damaged, or not ours");
  return facts;
}

export function readSeen({ seen }: StoredSession): Seen {
  const { address = null, userAgent = null } = JSON.parse(seen);
  return { address, userAgent };
}
