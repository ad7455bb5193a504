import type { ClaimPath } from "./policy-model.js";

/** How tokens are refused before they expire; paths lead into their claims. */
export interface RevocationModel {
  readonly store: "memory" | "redis";
  readonly keepSeconds: number;
  readonly maxEntries: number;
  readonly stale: { readonly afterSeconds: number; readonly answer: "deny" | "ask" };
  readonly session: ClaimPath;
  readonly epoch: ClaimPath;
  /** Where it differs from the principal's. */
  readonly tenant: ClaimPath | undefined;
}
