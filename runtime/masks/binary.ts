import { createBands } from "./bands.js";
import { ownBytes } from "./bytes.js";
import { createHmacMask } from "./hmac.js";
import type { MaskKeys } from "./mask-keys.js";
import { createTotalMask } from "./mask.js";
import type { Mask } from "./mask.js";

export interface BinaryMaskOptions {
  /** With keys, equal contents can be linked by a keyed hash behind the class of size. */
  readonly keys?: MaskKeys;
}

/** In bytes; each band is 32 times as wide as the one before, so that a size tells next to nothing. */
const SIZES = [1024, 32_768, 1_048_576, 33_554_432];

/**
 * Shows the class of size of binary data, in bytes: `1024..<32768`; with keys also a keyed hash, of up to 1 MiB:
 * `1024..<32768 h1:k1:...`. Takes typed arrays, `Buffer` among them, and `ArrayBuffer`.
 */
export function createBinaryMask({ keys }: BinaryMaskOptions = {}): Mask {
  const sizeOf = createBands(SIZES, "a binary mask");
  const hash = keys && createHmacMask({ keys, type: "bytes", domain: "mask binary" }).mask;
  return createTotalMask((value, context) => {
    const bytes = ownBytes(value);
    if (bytes === undefined) return null;
    const token = hash?.(bytes, context) ?? null;
    return token === null ? sizeOf(bytes.length) : `${sizeOf(bytes.length)} ${token}`;
  });
}
