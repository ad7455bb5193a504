import { GateError } from "../gate-error.js";

/**
 * How many tokens one opened ring encrypts under one key. NIST SP 800-38D, section 8.3, allows 2^32 with random IVs,
 * all processes together: one sixteenth, as each counts for itself and begins anew when it is started.
 */
export const SAFE_USES = 2 ** 28;

/** Keys that are remembered; one is active at a time, and those before it come back in an emergency at most. */
const MAX_KEYS = 64;

export interface UseLimits {
  /** Hears of it at half of what is safe. */
  readonly onError: (error: unknown) => void;
  readonly maxUses: number;
}

/**
 * Counts a use of a key by its `kid`.
 *
 * @throws GateError `configuration-invalid` for the first use beyond what is safe, and all after it
 */
export function createUseCounter({ onError, maxUses }: UseLimits): (kid: string) => void {
  const uses = new Map<string, number>();
  return (kid) => {
    const count = (uses.get(kid) ?? 0) + 1;
    if (count > maxUses) throw worn(kid, "as many tokens as are safe");
    uses.set(kid, count);
    const [oldest] = uses.keys();
    if (uses.size > MAX_KEYS && oldest !== undefined) uses.delete(oldest);
    if (count === Math.ceil(maxUses / 2)) onError(worn(kid, "half as many tokens as are safe"));
  };
}

function worn(kid: string, amount: string): GateError {
  const message = `the key \`${kid}\` has encrypted ${amount}: run \`gatewright keys rotate\``;
  return new GateError("configuration-invalid", message);
}
