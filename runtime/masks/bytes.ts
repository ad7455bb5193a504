import { types } from "node:util";

/** Each part behind its length in four bytes, big-endian, so that no two lists share their bytes. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.allocUnsafe(
    parts.reduce((sum, part) => sum + LENGTH_BYTES + Buffer.byteLength(part), 0),
  );
  let offset = 0;
  for (const part of parts) {
    offset = bytes.writeUInt32BE(Buffer.byteLength(part), offset);
    if (typeof part === "string") offset += bytes.write(part, offset);
    else {
      bytes.set(part, offset);
      offset += part.length;
    }
  }
  return bytes;
}

const LENGTH_BYTES = 4;

/** The getters that all typed arrays inherit. */
const typedArray = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Uint8Array.prototype));

/**
 * The bytes of a typed array or an `ArrayBuffer`, asked of the language itself, whatever properties the value
 * has; undefined for anything else. Not copied.
 *
 * @throws TypeError for a `DataView`
 */
export function ownBytes(value: unknown): Uint8Array | undefined {
  // Not `instanceof`: a proxy would pass, and be read like an array as long as it says.
  if (types.isArrayBuffer(value)) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  const { buffer, byteOffset, byteLength } = typedArray;
  return new Uint8Array(
    buffer?.get?.call(value),
    byteOffset?.get?.call(value),
    byteLength?.get?.call(value),
  );
}
