import { createPublicKey } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CryptoKey, JWTHeaderParameters } from "jose";
import { GateError } from "./gate-error.js";
import type { GateFeatures } from "./gate-features.js";
import { isKeyId } from "./read-token.js";
import type { SerializedIssuer } from "./snapshot-format.js";

/**
 * Finds the key for a token's header.
 *
 * @throws GateError `invalid-token` where none fits, `unavailable` where the keys cannot be fetched.
 */
export type KeyResolver = (
  header: JWTHeaderParameters,
) => Promise<KeyObject | CryptoKey | Uint8Array>;

export interface KeyContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that relative key files start from. */
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of a key set that cannot be fetched. */
  readonly onError: (error: unknown) => void;
  readonly features: GateFeatures;
  /** Key sets that are fetched, by what they are for: a policy that replaces another goes on with them. */
  readonly keySets: Map<string, KeyResolver>;
}

/**
 * Opens the key source of an issuer. Files and the environment are read now; a JWKS URL (RFC 7517)
 * when the first token asks.
 *
 * @throws GateError `configuration-invalid` where a key is missing, private, too weak or of another kind.
 */
export function createKeyResolver(issuer: SerializedIssuer, context: KeyContext): KeyResolver {
  const { kind, place } = issuer.keys;
  const subject = `the keys of issuer \`${issuer.name}\` (${kind} \`${place}\`)`;
  const fetched = kind === "url" && context.features.jwks?.(place, subject, context);
  if (fetched) return fetched;
  const fail = (reason: string): never => {
    throw new GateError("configuration-invalid", `${subject} ${reason}`);
  };
  let keys: readonly NamedKey[];
  try {
    const text =
      kind === "file"
        ? readFileSync(resolve(context.cwd, place), "utf8")
        : (context.environment[place] ?? "");
    keys = readKeys(text.trim() || fail("are missing"), issuer.algorithms, fail);
  } catch (error) {
    if (error instanceof GateError) throw error;
    return fail(`cannot be read: ${Object(error).code ?? "no JWK, JWKS or PEM"}`);
  }
  return async ({ alg, kid }) => {
    // A token without `kid` takes the only key for its algorithm, as does any token where that has none.
    const fitting = keys.filter(
      (key) => key.alg === alg && (key.kid === kid || key.kid === undefined || kid === undefined),
    );
    const [only, other] = fitting;
    const found =
      fitting.find((key) => key.kid === kid) ?? (other === undefined ? only : undefined);
    if (found === undefined) throw new GateError("invalid-token", "key");
    return found.key;
  };
}

interface NamedKey {
  readonly kid: unknown;
  readonly alg: string;
  readonly key: KeyObject | Uint8Array;
}

function readKeys(
  text: string,
  algorithms: readonly string[],
  fail: (reason: string) => never,
): readonly NamedKey[] {
  const wanted = algorithms.join(", ");
  const keys: NamedKey[] = [];
  for (const jwk of parseKeys(text)) {
    const { kty, crv, k, d, kid, alg, use = "sig", key_ops: operations = ["verify"] } = Object(jwk);
    if (d !== undefined) fail("hold a private key; verifying needs the public key");
    const secret = kty === "oct" && Buffer.from(String(k), "base64url");
    // RFC 8725, section 2.1: with a public key for an HMAC secret, anyone can sign.
    const isPublic = secret ? isPublicKey(secret) : true;
    if (isPublic === algorithms.includes("HS256")) {
      fail(`hold a ${isPublic ? "public key" : "shared secret"}, which is not for ${wanted}`);
    }
    const served = algorithmOf[kty + (crv ?? "")] ?? "";
    const isMeant = use === "sig" && operations.includes("verify") && (alg ?? served) === served;
    if (!isMeant || !algorithms.includes(served)) continue;
    if (kid !== undefined && !isKeyId(kid)) {
      fail("hold a `kid` that is not 1 to 64 ASCII characters");
    }
    if (keys.some((key) => key.kid === kid && (kid ?? served) === (kid ?? key.alg))) {
      fail("hold two that no `kid` tells apart");
    }
    const key = secret || createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    if (isWeak(key) || (secret && !/^[\w-]+$/.test(k))) {
      fail("hold a weak key: RS256 needs 2048 bits, HS256 32 random bytes in base64url");
    }
    keys.push({ kid, alg: served, key });
  }
  return keys.length === 0 ? fail(`hold none for ${wanted}`) : keys;
}

/** By `kty` and `crv`: a key serves one algorithm (RFC 8725, section 3.1). */
const algorithmOf: Readonly<Record<string, string>> = {
  oct: "HS256",
  RSA: "RS256",
  "ECP-256": "ES256",
  OKPEd25519: "Ed25519",
};

/** The members of a JWKS, or a JWK, a PEM or a plain secret as the only one. */
function parseKeys(text: string): readonly unknown[] {
  if (text.startsWith("{")) {
    const parsed = JSON.parse(text);
    return Array.from(parsed.keys ?? [parsed]);
  }
  if (!text.startsWith("-----")) return [{ kty: "oct", k: text }];
  // Node would take the public half of a private key without a word.
  if (text.includes("PRIVATE KEY")) return [{ d: text }];
  return [createPublicKey(text).export({ format: "jwk" })];
}

/**
 * RFC 7518, sections 3.2 and 3.3: 256 bits for HS256, 2048 for RS256. So few different bytes are not random;
 * with an RSA exponent of 1 anybody can sign.
 */
export function isWeak(key: KeyObject | Uint8Array): boolean {
  if (key instanceof Uint8Array) return key.length < 32 || new Set(key).size < 16;
  const { modulusLength = 2048, publicExponent = 3n } = key.asymmetricKeyDetails ?? {};
  return modulusLength < 2048 || publicExponent < 3n;
}

function isPublicKey(key: Buffer): boolean {
  try {
    return Boolean(createPublicKey({ key, format: "der", type: "spki" }));
  } catch {
    return false;
  }
}
