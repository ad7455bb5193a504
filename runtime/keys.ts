import { createPublicKey, createSecretKey } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { GateError } from "./gate-error.js";
import type { KeysFeature } from "./gate-features.js";
import { watchFile } from "./ring/watched-file.js";
import { isWeak } from "./tokens/is-weak.js";
import { isPublicKey, isRandomText, isWeakSecret } from "./tokens/secrets.js";
import { subjectOf } from "./tokens/key-source.js";
import { isKeyId } from "./tokens/read-header.js";
import { keyAlgorithm } from "./tokens/verify-token.js";
import type { KeyFinder } from "./tokens/verify-token.js";

/**
 * Opens keys in a file or in a variable of the environment: a JWKS, a JWK, an SPKI PEM or a secret. They are
 * read now; a file that changes is read again, looked at not more than once a second. Where its new content
 * cannot be used, the former keys stay and `onError` hears of it.
 *
 * @throws GateError `configuration-invalid` where a key is missing, private, too weak or of another kind.
 */
export const keys: KeysFeature = (issuer, context) => {
  const { kind, place } = issuer.keys;
  const fail = (reason: string): never => {
    throw new GateError("configuration-invalid", `${subjectOf(issuer)} ${reason}`);
  };
  if (kind === "ring") return fail("are not loaded by the generated code: build it again");
  const read = (text: string) => {
    try {
      return readKeys(text.trim() || fail("are missing"), issuer.algorithms, fail);
    } catch (error) {
      return failWith(error, fail);
    }
  };
  const held =
    kind === "file"
      ? openFile(resolve(context.cwd, place), read, { fail, onError: context.onError })
      : keepText(read(context.environment[place] ?? ""));
  const find: KeyFinder = ({ alg, kid }) => {
    // A token without `kid` takes the only key for its algorithm, as does any token where that has none.
    const served = keyAlgorithm(alg);
    const fitting = held().filter(
      (key) =>
        key.alg === served && (key.kid === kid || key.kid === undefined || kid === undefined),
    );
    const [only, other] = fitting;
    const found =
      fitting.find((key) => key.kid === kid) ?? (other === undefined ? only : undefined);
    return found?.key;
  };
  const isUnlisted: KeyFinder["isUnlisted"] = (kid) => held().every((key) => key.kid !== kid);
  return Object.assign(find, { isUnlisted });
};

type Fail = (reason: string) => never;

function failWith(error: unknown, fail: Fail): never {
  if (error instanceof GateError) throw error;
  return fail(`cannot be read: ${Object(error).code ?? "no JWK, JWKS or PEM"}`);
}

function keepText<Content>(content: Content): () => Content {
  return () => content;
}

function openFile<Content>(
  path: string,
  read: (text: string) => Content,
  { fail, onError }: { readonly fail: Fail; readonly onError: (error: unknown) => void },
): () => Content {
  try {
    return watchFile(path, read, onError).current;
  } catch (error) {
    return failWith(error, fail);
  }
}

interface NamedKey {
  readonly kid: unknown;
  readonly alg: string;
  readonly key: KeyObject;
}

function readKeys(
  text: string,
  algorithms: readonly string[],
  fail: (reason: string) => never,
): readonly NamedKey[] {
  const wanted = algorithms.join(", ");
  const keys: NamedKey[] = [];
  const served = new Set(algorithms.map(keyAlgorithm));
  for (const jwk of parseKeys(text)) {
    const { kty, crv, k, d, kid, alg, use = "sig", key_ops: operations = ["verify"] } = Object(jwk);
    if (d !== undefined) fail("hold a private key; verifying needs the public key");
    const secret = kty === "oct" && Buffer.from(String(k), "base64url");
    // RFC 8725, section 2.1: with a public key for an HMAC secret, anyone can sign.
    const isPublic = secret ? isPublicKey(secret) : true;
    if (isPublic === algorithms.includes("HS256")) {
      fail(`hold a ${isPublic ? "public key" : "shared secret"}, which is not for ${wanted}`);
    }
    const algorithm = algorithmOf[kty + (crv ?? "")] ?? "";
    const isNamed = alg === undefined || alg === algorithm || algorithms.includes(alg);
    const isMeant = use === "sig" && operations.includes("verify") && isNamed;
    if (!isMeant || keyAlgorithm(alg ?? algorithm) !== algorithm || !served.has(algorithm))
      continue;
    if (kid !== undefined && !isKeyId(kid)) {
      fail("hold a `kid` that is not 1 to 64 ASCII characters");
    }
    if (keys.some((key) => key.kid === kid && (kid ?? algorithm) === (kid ?? key.alg))) {
      fail("hold two that no `kid` tells apart");
    }
    const key = secret
      ? createSecretKey(secret)
      : createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    if (isWeak(key) || (secret && (isWeakSecret(secret) || !isRandomText(String(k))))) {
      fail("hold a weak key: RS256 needs 2048 bits, HS256 32 random bytes in base64url");
    }
    keys.push({ kid, alg: algorithm, key });
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
