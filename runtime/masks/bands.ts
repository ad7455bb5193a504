import { GateError } from "../gate-error.js";

/** Names the band that a number falls into. */
export type Bands = (value: number | bigint) => string;

/** So few that a band still stands for many values. */
const MAX_BOUNDS = 32;

/**
 * Bands between bounds, each with its lower bound and without its upper one: of 10 and 100, `<10`, `10..<100`
 * and `>=100`.
 *
 * @throws GateError `configuration-invalid` where bounds are none, over 32, not finite or not ascending
 */
export function createBands(bounds: readonly number[], subject: string): Bands {
  const sorted = [...bounds];
  const isSound = sorted.every(
    (bound, index) => Number.isFinite(bound) && (index === 0 || bound > (sorted[index - 1] ?? 0)),
  );
  if (sorted.length === 0 || sorted.length > MAX_BOUNDS || !isSound) {
    const reason = `must be 1 to ${MAX_BOUNDS} finite numbers in ascending order`;
    throw new GateError("configuration-invalid", `the bounds of ${subject} ${reason}`);
  }
  const last = `>=${sorted.at(-1)}`;
  const names = sorted.map((bound, index) =>
    index === 0 ? `<${bound}` : `${sorted[index - 1]}..<${bound}`,
  );
  return (value) => {
    const index = sorted.findIndex((bound) => value < bound);
    return names[index] ?? last;
  };
}
