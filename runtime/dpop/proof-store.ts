import { randomBytes } from "node:crypto";
import { GateError } from "../gate-error.js";

/** Remembers which proofs were used. */
export interface ProofStore {
  /**
   * Notes an id at a time, both in milliseconds, and for how long; false where it is noted already. What fails is
   * answered with 503.
   */
  use(id: string, now: number, milliseconds: number): boolean | Promise<boolean>;
  /** 32 bytes that all who share the store have in common. */
  nonceKey(): Buffer | Promise<Buffer>;
}

/** Of one process; proofs are kept in the order in which they expire. */
export function createMemoryProofStore(maxEntries: number): ProofStore {
  const used = new Map<string, number>();
  const key = randomBytes(32);
  return {
    use(id, now, milliseconds) {
      for (const [old, expiresAt] of used) {
        if (expiresAt > now) break;
        used.delete(old);
      }
      if (used.has(id)) return false;
      if (used.size >= maxEntries) throw new GateError("unavailable", "dpop-proofs-full");
      used.set(id, now + milliseconds);
      return true;
    },
    nonceKey: () => key,
  };
}
