import { createBands } from "./bands.js";
import { createTotalMask } from "./mask.js";
import type { Mask } from "./mask.js";

export interface BucketMaskOptions {
  /** Where one bucket ends and the next begins, ascending: 10 and 100 make `<10`, `10..<100` and `>=100`. */
  readonly bounds: readonly number[];
}

/**
 * Shows the bucket that a number falls into: amounts, counts, and whatever has so few values that a keyed hash would
 * be a dictionary. Takes finite numbers and bigints; a text of digits is of the wrong type.
 *
 * @throws GateError `configuration-invalid` where the bounds are not finite and ascending
 */
export function createBucketMask({ bounds }: BucketMaskOptions): Mask {
  const bandOf = createBands(bounds, "a bucket mask");
  return createTotalMask((value) =>
    typeof value === "bigint" || Number.isFinite(value) ? bandOf(value as number | bigint) : null,
  );
}
