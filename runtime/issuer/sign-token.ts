import type { KeyRing, SigningAlgorithm } from "../ring/key-ring.js";
import { keyAlgorithm } from "../tokens/verify-token.js";

/** A token before it is signed. */
export interface UnsignedToken {
  /** As the header names it; `EdDSA` is an alias of `Ed25519` (RFC 9864). */
  readonly algorithm: SigningAlgorithm | "EdDSA";
  /** Null for a token without `typ`. */
  readonly type: string | null;
  readonly jti: string;
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Signs claims with the key of a ring that is active now: a JWS in compact form (RFC 7515, section 7.1). */
export async function signToken(ring: KeyRing, token: UnsignedToken): Promise<string> {
  const { algorithm, type, claims } = token;
  const { kid, sign } = ring.signer(keyAlgorithm(algorithm) as SigningAlgorithm, token);
  const header = { alg: algorithm, ...(type === null ? {} : { typ: type }), kid };
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = await sign(Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
