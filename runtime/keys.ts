import { createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createRemoteJWKSet, errors } from "jose";
import type { CryptoKey, JWTHeaderParameters } from "jose";
import { GateError } from "./gate-error.js";
import type { SerializedIssuer } from "./snapshot-format.js";

/** Finds the key for a token's header; throws a jose error where the token names none that fits. */
export type KeyResolver = (header: JWTHeaderParameters) => Promise<KeyObject | CryptoKey>;

export interface KeyContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that relative key files start from. */
  readonly cwd: string;
}

/**
 * Opens the key source of an issuer. Files and the environment are read now; a JWKS URL (RFC 7517)
 * when the first token asks, and then cached by jose.
 *
 * @throws GateError `configuration-invalid` where a key is missing, private, too weak or of another kind.
 */
export function createKeyResolver(issuer: SerializedIssuer, context: KeyContext): KeyResolver {
  const { keys } = issuer;
  if (keys.kind === "url") return remoteKeys(new URL(keys.url));
  const where = keys.kind === "file" ? `file \`${keys.path}\`` : `variable \`${keys.variable}\``;
  const text =
    keys.kind === "file" ? readKeyFile(keys.path, context) : context.environment[keys.variable];
  const fail = (reason: string): never => {
    throw new GateError(
      "configuration-invalid",
      `the keys of issuer \`${issuer.name}\` (${where}) ${reason}`,
    );
  };
  if (text === undefined || text.trim() === "") return fail("are missing");
  const found = parseKeys(text.trim(), issuer.algorithms.includes("HS256"), fail);
  const usable = found.filter(({ key }) => issuer.algorithms.some((name) => keyFits(key, name)));
  if (usable.length === 0) return fail(`hold none for ${issuer.algorithms.join(", ")}`);
  return localKeys(usable);
}

interface NamedKey {
  readonly kid: string | undefined;
  /** RFC 7517, section 4.4: where a key names its algorithm, it serves no other. */
  readonly alg: string | undefined;
  readonly key: KeyObject;
}

type Fail = (reason: string) => never;

function readKeyFile(path: string, context: KeyContext): string | undefined {
  try {
    return readFileSync(resolve(context.cwd, path), "utf8");
  } catch {
    return undefined;
  }
}

function remoteKeys(url: URL): KeyResolver {
  const keySet = createRemoteJWKSet(url, { timeoutDuration: 5000 });
  return async (header) => {
    try {
      return await keySet(header);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new GateError("unavailable", "the key set of the issuer cannot be fetched");
    }
  };
}

/** A token with `kid` takes the key of that name; without, the only key for its algorithm (RFC 7515, 4.1.4). */
function localKeys(keys: readonly NamedKey[]): KeyResolver {
  return async (header) => {
    const fitting = keys.filter(({ key, alg }) => {
      return keyFits(key, header.alg) && (alg === undefined || alg === header.alg);
    });
    const named = fitting.filter(({ kid }) => kid !== undefined && kid === header.kid);
    const unnamed = fitting.filter(({ kid }) => kid === undefined || header.kid === undefined);
    const candidates = named.length > 0 ? named : unnamed;
    const [only] = candidates;
    if (only === undefined) throw new errors.JWKSNoMatchingKey();
    if (candidates.length > 1) throw new errors.JWKSMultipleMatchingKeys();
    return only.key;
  };
}

function parseKeys(text: string, isSymmetric: boolean, fail: Fail): readonly NamedKey[] {
  if (text.startsWith("-----")) return [anonymous(publicPem(text, isSymmetric, fail))];
  if (!text.startsWith("{")) {
    if (!isSymmetric) return fail("are neither a JWK, a JWKS nor an SPKI PEM");
    return [anonymous(secretKey(text, fail))];
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fail("are not valid JSON");
  }
  const members: unknown = Object(parsed).keys ?? [parsed];
  if (!Array.isArray(members)) return fail("hold no list of keys");
  return members.flatMap((jwk) => {
    const { kid, kty, use, alg } = Object(jwk);
    if (use !== undefined && use !== "sig") return [];
    const key = kty === "oct" ? octKey(jwk, isSymmetric, fail) : publicJwk(jwk, fail);
    return [{ kid: textOrNothing(kid), alg: textOrNothing(alg), key }];
  });
}

function anonymous(key: KeyObject): NamedKey {
  return { kid: undefined, alg: undefined, key };
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function publicPem(pem: string, isSymmetric: boolean, fail: Fail): KeyObject {
  if (pem.includes("PRIVATE KEY"))
    return fail("hold a private key; verifying needs the public key");
  // RFC 8725, 2.1: a public key taken for an HMAC secret lets anyone sign.
  if (isSymmetric) return fail("hold a public key, and HS256 needs a secret");
  try {
    return createPublicKey(pem);
  } catch {
    return fail("are not a readable PEM");
  }
}

function publicJwk(jwk: object, fail: Fail): KeyObject {
  if ("d" in jwk) return fail("hold a private key; verifying needs the public key");
  try {
    return createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch {
    return fail("hold a JWK that cannot be read");
  }
}

function octKey(jwk: { readonly k?: unknown }, isSymmetric: boolean, fail: Fail): KeyObject {
  if (!isSymmetric) return fail("hold a secret, and the algorithms need public keys");
  return typeof jwk.k === "string" ? secretKey(jwk.k, fail) : fail("hold a JWK without `k`");
}

/** RFC 7518, section 3.2: an HS256 key has at least 256 bits. */
function secretKey(text: string, fail: Fail): KeyObject {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return fail("hold a secret that is not base64url");
  const bytes = Buffer.from(text, "base64url");
  return bytes.length < 32 ? fail("hold a secret shorter than 32 bytes") : createSecretKey(bytes);
}

function keyFits(key: KeyObject, algorithm: string): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  switch (algorithm) {
    case "HS256":
      return key.type === "secret";
    // RFC 7518, section 3.3: at least 2048 bits.
    case "RS256":
      return type === "rsa" && (details?.modulusLength ?? 0) >= 2048;
    case "ES256":
      return type === "ec" && details?.namedCurve === "prime256v1";
    case "Ed25519":
      return type === "ed25519";
    default:
      return false;
  }
}
