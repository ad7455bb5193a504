import type { SerializedRevocation } from "../snapshot-format.js";
import type { VerifiedCredential } from "../tokens/verification.js";
import type { RevocableFacts } from "./live-revocations.js";

/** What a gate asks of revocations. */
export interface RevocationView {
  /** Of the policy that they were opened for. */
  readonly settings: SerializedRevocation;
  /**
   * Whether credentials that hold are not revoked, at a time in milliseconds since the epoch.
   *
   * @throws GateError `unavailable`, also by rejecting, where that is not known
   */
  check(verified: VerifiedCredential, now: number): boolean | Promise<boolean>;
  factsOf(claims: Readonly<Record<string, unknown>>, tokenId: unknown): RevocableFacts;
  /** Tells an owner of each revocation, and of a stream that is stale, in place of a watcher that it gave before. */
  watch(owner: object, watcher: RevocationWatcher): void;
}

/** Given which credentials hold no more, and whether that is known, or nothing is known of them. */
export type RevocationWatcher = (
  isRevoked: (facts: RevocableFacts) => boolean,
  reason: "revoked" | "unavailable",
) => void;
