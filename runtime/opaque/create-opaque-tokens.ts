import { randomBytes } from "node:crypto";
import { GateError } from "../gate-error.js";
import { readObject } from "../tokens/read-object.js";
import {
  createToken,
  digestOf,
  isWellFormed,
  purposeOf,
  readPepper,
  sealClaims,
} from "./token-form.js";
import type { OpaqueTokenStore } from "./token-store.js";

export interface OpaqueTokenOptions {
  /** The name of the policy's strategy that takes the tokens: no other takes them, whatever it shares. */
  readonly strategy: string;
  readonly store: OpaqueTokenStore;
  /** The pepper that the policy names: at least 32 random bytes, or their base64url. */
  readonly pepper: string | Uint8Array;
  /** The one before it, while the policy names it as `previousPepper`: its tokens can be revoked, and none is issued. */
  readonly previousPepper?: string | Uint8Array;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

export interface OpaqueTokenRequest {
  /**
   * What the token stands for, as the claims of a JWT: `sub` must be there, and what the policy's `principal`
   * reads. `iat`, `exp` and `jti` are set here.
   */
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string };
  /** In seconds, as `expires_in` of RFC 6749, section 5.1. */
  readonly expiresIn: number;
}

export interface IssuedToken {
  /** The bearer token. It is kept nowhere: give it to the client, and forget it. */
  readonly token: string;
  /** Names the token in audit records, as `credential.tokenId`. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Issues and revokes the opaque tokens of one strategy. */
export interface OpaqueTokens {
  /**
   * Issues a token of 256 random bits.
   *
   * @throws GateError `configuration-invalid` for claims without `sub`, claims that are not JSON or too long,
   * or a lifetime that is not a positive number of seconds; whatever the store rejects with
   */
  issue(request: OpaqueTokenRequest): Promise<IssuedToken>;
  /** Ends a token; false where there is no such one (RFC 7009, section 2.2: no error either). */
  revoke(token: string): Promise<boolean>;
  /** Ends all tokens of a subject in this store, of whichever strategy; returns how many. */
  revokeSubject(subject: string): Promise<number>;
}

/** RFC 9068, section 2.2, has such an id; a UUID alone has fewer bits. */
const ID_BYTES = 16;

/** In characters: a token is looked up with each request. */
const MAX_CLAIMS_LENGTH = 16_384;
const MAX_SUBJECT_LENGTH = 1024;

/**
 * Opens the issuing side of an `opaque` strategy. The gate needs the same store and the same pepper.
 *
 * @throws GateError `configuration-invalid` for a weak pepper
 * @example
 * const sessions = createOpaqueTokens({ strategy: "sessions", store, pepper: process.env.GW_PEPPER ?? "" });
 * const { token } = await sessions.issue({ claims: { sub: "u1", roles: ["clerk"] }, expiresIn: 900 });
 * await sessions.revokeSubject("u1");
 */
export function createOpaqueTokens(options: OpaqueTokenOptions): OpaqueTokens {
  const { strategy, store, now = Date.now, previousPepper } = options;
  const pepper = readPepper(options.pepper);
  const previous = previousPepper === undefined ? [] : [readPepper(previousPepper)];
  const purpose = purposeOf(strategy);
  return {
    async issue({ claims, expiresIn }) {
      const began = now();
      const expiresAt = began + expiresIn * 1000;
      if (!(expiresIn > 0) || !Number.isSafeInteger(Math.ceil(expiresAt))) {
        fail("`expiresIn` is not a positive number of seconds");
      }
      const id = randomBytes(ID_BYTES).toString("base64url");
      const times = { iat: Math.floor(began / 1000), exp: Math.ceil(expiresAt / 1000) };
      const token = createToken("opaque");
      const text = writeClaims({ ...claims, ...times, jti: id });
      const end = Math.ceil(expiresAt);
      const digest = digestOf(pepper, purpose, token);
      const sealed = sealClaims(pepper, { digest, expiresAt: end }, text);
      await store.put(digest, { subject: claims.sub, claims: sealed, expiresAt: end });
      return { token, id, expiresAt: end };
    },
    async revoke(token) {
      if (!isWellFormed(token, "opaque")) return false;
      for (const key of [pepper, ...previous]) {
        if (await store.delete(digestOf(key, purpose, token))) return true;
      }
      return false;
    },
    revokeSubject: (subject) => store.deleteBySubject(subject),
  };
}

/** Claims come back as JSON: what JSON changes or drops would be decided on in another form. */
function writeClaims(claims: Readonly<Record<string, unknown>>): string {
  const { sub } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > MAX_SUBJECT_LENGTH) {
    fail("the claims need a `sub` of 1 to 1024 characters");
  }
  const text = JSON.stringify(claims);
  if (text.length > MAX_CLAIMS_LENGTH)
    fail(`the claims have more than ${MAX_CLAIMS_LENGTH} characters`);
  // The gate reads them as it reads the claims of a JWT.
  if (readObject(text) === undefined) fail("the claims nest too deeply, or hold half a character");
  return text;
}

function fail(reason: string): never {
  throw new GateError("configuration-invalid", `the token cannot be issued: ${reason}`);
}
