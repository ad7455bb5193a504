import type { KeyObject } from "node:crypto";
import type { VerifierPart } from "./credentials.js";
import { decrypt } from "./nested/decrypt.js";
import { isNested, readNested } from "./nested/read-nested.js";
import { openIssuerRing } from "./ring/open-issuer-ring.js";
import type { KeyRing } from "./ring/key-ring.js";
import { refuse } from "./tokens/verification.js";
import type { TokenVerifier, Verification } from "./tokens/verification.js";

/**
 * Tokens that are signed and then encrypted (RFC 7519, section 11.2). What is inside passes the verifier of
 * signed tokens, and must be of the issuer whose key opened it: that somebody could encrypt says nothing of
 * who it was. A token of such an issuer that is signed only is refused.
 */
export const nested: VerifierPart = ({ issuers }, context, verify) => {
  const openers = issuers
    .filter(({ encryption }) => encryption !== undefined)
    .map(
      (issuer): Opener => ({
        issuer: issuer.issuer,
        types: issuer.types,
        ring: openIssuerRing(issuer, context),
      }),
    );
  const judgeSigned = (found: Verification): Verification =>
    found.ok && openers.some(({ issuer }) => issuer === found.claims["iss"])
      ? refuse("not-encrypted", found.credential)
      : found;
  return (token, now) => {
    if (openers.length > 0 && isNested(token)) return openNested(token, now, { openers, verify });
    const found = verify(token, now);
    return found instanceof Promise ? found.then(judgeSigned) : judgeSigned(found);
  };
};

interface Opener {
  readonly issuer: string;
  readonly types: readonly (string | null)[];
  readonly ring: KeyRing;
}

interface Openers {
  readonly openers: readonly Opener[];
  readonly verify: TokenVerifier;
}

async function openNested(
  token: string,
  now: number,
  { openers, verify }: Openers,
): Promise<Verification> {
  const read = readNested(token);
  if (typeof read === "string") return refuse(read);
  for (const { issuer, types, ring } of openers) {
    const key: KeyObject | undefined = await ring.findContentKey(read.kid);
    if (key === undefined) continue;
    if (!types.includes(read.type)) return refuse("claim:typ");
    const inner = decrypt(read, key);
    // A `kid` of one token holds text that anybody may choose.
    const isListed = ring.describe().strategy !== "per-token";
    const known = isListed ? { strategy: "jwt", keyId: read.kid } : undefined;
    if (inner === undefined) return refuse("decryption", known);
    const found = await verify(inner, now);
    const isOther = found.ok && found.claims["iss"] !== issuer;
    return isOther ? refuse("issuer", found.credential) : found;
  }
  return refuse("key");
}
