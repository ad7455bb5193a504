import { createHash, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { SerializedDpop } from "../snapshot-format.js";
import { isWeak } from "../tokens/is-weak.js";
import { readCompact, readJson } from "../tokens/read-compact.js";
import type { JsonObject } from "../tokens/read-object.js";
import { verifySignature } from "../tokens/verify-signature.js";
import { keyAlgorithm } from "../tokens/verify-token.js";

/** A proof whose signature is good under the key that it brings; its claims are still to be compared. */
export interface Proof {
  readonly claims: JsonObject;
  /** SHA-256 thumbprint of that key (RFC 7638). */
  readonly thumbprint: string;
}

/** Members of a private or secret key (RFC 7518, section 6). */
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** Keys and rules that a proof points to: it brings its key, and nothing of it is extended. */
const FOREIGN = /^(?:jku|x5.*|crit|b64)$/;

/** What the key of an algorithm must be. */
const kinds: Readonly<Record<string, readonly [type: string, curve?: string]>> = {
  ES256: ["ec", "prime256v1"],
  RS256: ["rsa"],
  Ed25519: ["ed25519"],
};

/** The members that make a thumbprint, in their order (RFC 7638, section 3.2; RFC 8037, section 2). */
const members: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
};

/** RFC 9449, section 4.3, steps 2 to 7; undefined for what is no such proof. */
export function readProof(
  text: string,
  { algorithms }: Pick<SerializedDpop, "algorithms">,
): Proof | undefined {
  const compact = readCompact(text);
  const header = compact && readJson(compact.head);
  const claims = compact && readJson(compact.payload);
  if (compact === undefined || header === undefined || claims === undefined) return undefined;
  const { typ, alg, jwk } = header;
  const isProof = typeof typ === "string" && /^(?:application\/)?dpop\+jwt$/i.test(typ);
  const algorithm = algorithms.find((name) => name === alg);
  if (!isProof || algorithm === undefined || Object.keys(header).some(isForeign)) return undefined;
  const key = openKey(jwk, keyAlgorithm(algorithm));
  if (key === undefined || !verifySignature(keyAlgorithm(algorithm), key, compact))
    return undefined;
  return { claims, thumbprint: thumbprintOf(key) };
}

function isForeign(name: string): boolean {
  return FOREIGN.test(name);
}

function openKey(jwk: unknown, algorithm: string): KeyObject | undefined {
  if (typeof jwk !== "object" || jwk === null) return undefined;
  if (PRIVATE.some((name) => Object.hasOwn(jwk, name))) return undefined;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch {
    return undefined;
  }
  const [type, curve] = kinds[algorithm] ?? [];
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  const isKind = asymmetricKeyType === type && asymmetricKeyDetails?.namedCurve === curve;
  return isKind && !isWeak(key) ? key : undefined;
}

/** From the key and not from what was sent, which may have a second spelling. */
function thumbprintOf(key: KeyObject): string {
  const jwk: Readonly<Record<string, unknown>> = { ...key.export({ format: "jwk" }) };
  const required = (members[String(jwk["kty"])] ?? []).map((name) => [name, jwk[name]]);
  return sha256(JSON.stringify(Object.fromEntries(required)));
}

/** In base64url. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
