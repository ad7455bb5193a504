import type { KeyObject } from "node:crypto";

/**
 * RFC 7518, section 3.3: 2048 bits for RS256; with an RSA exponent of 1 anybody can sign. Keys of other kinds
 * are as strong as their algorithm.
 */
export function isWeak({ asymmetricKeyDetails = {} }: KeyObject): boolean {
  const { modulusLength = 2048, publicExponent = 3n } = asymmetricKeyDetails;
  return modulusLength < 2048 || publicExponent < 3n;
}
