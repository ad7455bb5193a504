import type { RingDocument, RingEntry } from "./ring-document.js";

/**
 * Keys that live elsewhere, as in a key management service. What a provider keeps stays there: its document
 * has public keys, or null, in the place of private ones.
 */
export interface KeyProvider {
  /** The ring and its times; asked once, and again by `reload`. */
  get(): RingDocument | Promise<RingDocument>;
  /**
   * Signs with a stored key. For ES256 the signature is r and s, 32 bytes each (RFC 7518, section 3.4), not
   * DER, which some services give.
   */
  sign?(entry: RingEntry, data: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Derives `length` bytes from a master for `info`: HKDF-Expand (RFC 5869), or another pseudo-random function
   * of the same strength.
   */
  derive?(entry: RingEntry, info: Uint8Array, length: number): Uint8Array | Promise<Uint8Array>;
}
