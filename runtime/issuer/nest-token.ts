import { CompactEncrypt } from "jose";
import type { KeyRing, TokenOwner } from "../ring/key-ring.js";

/**
 * Encrypts a signed token under the key of a ring that is active now: a nested JWT (RFC 7519, section 11.2),
 * `dir` with A256GCM (RFC 7518, sections 4.5 and 5.3). The header is authenticated with it; `cty` says that
 * a JWT is inside, and nothing is compressed. The IV is 96 bits from the system's random source (NIST SP
 * 800-38D, section 8.2.2).
 */
export async function nestToken(
  ring: KeyRing,
  jws: string,
  { type, ...owner }: TokenOwner & { readonly type: string | null },
): Promise<string> {
  const { kid, key } = ring.contentKey(owner);
  const typ = type === null ? {} : { typ: type };
  return new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT", ...typ, kid })
    .encrypt(await key);
}
