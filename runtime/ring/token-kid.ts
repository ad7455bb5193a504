import { createHash } from "node:crypto";

/** What the key of one token is derived from besides its master. */
export interface TokenName {
  readonly ring: string;
  /** 16 bytes in base64url. */
  readonly jti: string;
  /** The digest of `sub`. */
  readonly subject: string;
}

/** Of a fixed length, so that what is derived from cannot be long. */
const TOKEN_KID = /^([A-Za-z0-9_-]{1,16})\.t([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})$/;

/** A `kid` of a ring with a key for each token. Nothing of it is verified. */
export function readTokenKid(kid: string): TokenName | undefined {
  const [, ring, jti, subject] = TOKEN_KID.exec(kid) ?? [];
  return ring && jti && subject ? { ring, jti, subject } : undefined;
}

export function printTokenKid({ ring, jti, subject }: TokenName): string {
  return `${ring}.t${jti}.${subject}`;
}

/** The first 16 bytes of SHA-256: who reads a header learns no name. */
export function digestSubject(sub: string): string {
  return createHash("sha256").update(sub).digest().subarray(0, 16).toString("base64url");
}
