import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import { isRandomText, isWeakSecret } from "../tokens/secrets.js";

/** Which strategies take a bearer token is told by how it begins. */
export type TokenForm = "jwt" | "opaque" | "static";

export const prefixes = { opaque: "gwo_", static: "gwm_" } as const;

const SECRET_BYTES = 32;

/** 256 bits in base64url in their one spelling (RFC 4648, section 3.5): the last character has four of them. */
const SECRET = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** The form of a bearer token; what has no prefix of ours can only be a JWT. */
export function formOf(token: string): TokenForm {
  if (token.startsWith(prefixes.opaque)) return "opaque";
  return token.startsWith(prefixes.static) ? "static" : "jwt";
}

/** Whether a token is one that {@link createToken} could have made. */
export function isWellFormed(token: string, form: keyof typeof prefixes): boolean {
  const prefix = prefixes[form];
  return token.startsWith(prefix) && SECRET.test(token.slice(prefix.length));
}

/** A new token: 256 bits from the system's generator behind the prefix of its form. */
export function createToken(form: keyof typeof prefixes): string {
  return prefixes[form] + randomBytes(SECRET_BYTES).toString("base64url");
}

/**
 * What is kept of a token: HMAC-SHA-256 in base64url under the pepper, over the purpose and the token. A token
 * of one strategy has another digest under any other, even with the same pepper and store.
 */
export function digestOf(pepper: KeyObject, purpose: string, token: string): string {
  return createHmac("sha256", pepper)
    .update(`gatewright/1:${purpose}:${token}`)
    .digest("base64url");
}

export const ALLOW_LIST = "allow-list";

/** The purpose of a strategy's opaque tokens. Names of strategies hold no colon. */
export function purposeOf(strategy: string): string {
  return `opaque:${strategy}`;
}

/**
 * Claims as a store keeps them: with a seal over them, their digest and their end. Whoever can write to the
 * store can take a token away, and neither make one nor give one other claims or more time.
 */
export function sealClaims(
  pepper: KeyObject,
  { digest, expiresAt }: Sealed,
  claims: string,
): string {
  return `${sealOf(pepper, { digest, expiresAt }, claims)}.${claims}`;
}

/** The claims below a seal; undefined where it is not theirs. */
export function openSeal(pepper: KeyObject, sealed: Sealed, text: string): string | undefined {
  const claims = text.slice(SEAL_LENGTH + 1);
  const own = Buffer.from(`${sealOf(pepper, sealed, claims)}.`);
  const given = Buffer.from(text.slice(0, SEAL_LENGTH + 1));
  return own.length === given.length && timingSafeEqual(own, given) ? claims : undefined;
}

export interface Sealed {
  readonly digest: string;
  readonly expiresAt: number;
}

/** 256 bits in base64url. */
const SEAL_LENGTH = 43;

function sealOf(pepper: KeyObject, { digest, expiresAt }: Sealed, claims: string): string {
  return digestOf(pepper, `record:${digest}:${expiresAt}`, claims);
}

/**
 * Reads a pepper: the bytes, or their base64url, of a random secret.
 *
 * @throws GateError `configuration-invalid` for one of under 32 bytes, or one that is not random
 */
export function readPepper(pepper: string | Uint8Array, subject = "the pepper"): KeyObject {
  const isText = typeof pepper === "string";
  const bytes = isText ? Buffer.from(pepper, "base64url") : pepper;
  if ((isText && !isRandomText(pepper)) || isWeakSecret(bytes)) {
    const reason = "is weak: it needs 32 random bytes, in base64url where it is text";
    throw new GateError("configuration-invalid", `${subject} ${reason}`);
  }
  return createSecretKey(bytes);
}
