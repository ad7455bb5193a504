import { createHash, randomUUID } from "node:crypto";
import type { RawRequest } from "../../agreement/raw-client.js";
import { NOW, encode, forge, signParts } from "../authenticate/token-forge.js";
import type { Members, Signer } from "../authenticate/token-forge.js";

/** Where requests of these tests seem to go: no proxy is trusted, so `Host` tells. */
export const ORIGIN = "http://desk.example";

/** RFC 7638. */
export function thumbprintOf({ jwk }: Signer): string {
  const { crv, e, kty, n, x, y } = jwk;
  const required = Object.entries({ crv, e, kty, n, x, y }).filter(
    ([, value]) => value !== undefined,
  );
  return digest(JSON.stringify(Object.fromEntries(required)));
}

/** An access token that is bound to the key of a client. */
export function boundToken(issuer: Signer, client: Signer, claims: Members = {}): string {
  return forge(issuer, { claims: { cnf: { jkt: thumbprintOf(client) }, ...claims } });
}

export interface ProofChanges {
  readonly header?: Members;
  readonly claims?: Members;
}

/** A good proof for GET /orders with a token, but for what a test changes; undefined takes a member away. */
export function proofFor(client: Signer, token: string, changes: ProofChanges = {}): string {
  const header = { typ: "dpop+jwt", alg: client.algorithm, jwk: client.jwk, ...changes.header };
  const claims = {
    htm: "GET",
    htu: `${ORIGIN}/orders`,
    iat: NOW,
    jti: randomUUID(),
    ath: digest(token),
    ...changes.claims,
  };
  return signParts(client, encode(JSON.stringify(header)), encode(JSON.stringify(claims)));
}

/** GET /orders with the scheme `DPoP`, and the headers that a test adds or changes. */
export function bound(
  token: string,
  proof: string,
  headers: Readonly<Record<string, string>> = {},
): RawRequest {
  const own = { Host: "desk.example", Authorization: `DPoP ${token}`, DPoP: proof };
  return { method: "GET", target: "/orders", headers: { ...own, ...headers } };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
