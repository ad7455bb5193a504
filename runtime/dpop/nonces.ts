import { createHmac, timingSafeEqual } from "node:crypto";

/** Values that tell when a proof was made, by our clock (RFC 9449, section 9). */
export interface Nonces {
  current(now: number): string;
  /** Of the present slice of time or the one before. */
  isFresh(nonce: unknown, now: number): boolean;
}

/** Nothing is stored: a nonce is a slice of time under a key that all nodes share. */
export function openNonces(key: Buffer, sliceSeconds: number): Nonces {
  const sliceAt = (now: number) => Math.floor(now / 1000 / sliceSeconds);
  const nonceOf = (slice: number) =>
    createHmac("sha256", key).update(`gatewright/dpop-nonce/${slice}`).digest("base64url");
  return {
    current: (now) => nonceOf(sliceAt(now)),
    isFresh: (nonce, now) =>
      typeof nonce === "string" &&
      [sliceAt(now), sliceAt(now) - 1].some((slice) => isSame(nonceOf(slice), nonce)),
  };
}

function isSame(own: string, given: string): boolean {
  const [one, other] = [Buffer.from(own), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
