/**
 * Tokens outside of HTTP: what a queue's consumer or a WebSocket's first message brings.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";
import { createPublicKey, createSecretKey } from "node:crypto";
import { GateError } from "./gate-error.js";
import { jwks } from "./jwks.js";
import { derived } from "./derived.js";
import { nested } from "./nested.js";
import { ring } from "./ring.js";
import type { KeyRing } from "./ring/key-ring.js";
import { loadSnapshot } from "./snapshot.js";
import type { Revocations } from "./revocations.js";
import type { SerializedIssuer, SerializedSnapshot } from "./snapshot-format.js";
import type { VerifiedCredential } from "./tokens/verification.js";
import { isWeak } from "./tokens/is-weak.js";
import { openVerifiers } from "./tokens/open-verifiers.js";
import { readCompact } from "./tokens/read-compact.js";
import { readHeader } from "./tokens/read-header.js";
import { isPublicKey, isWeakSecret } from "./tokens/secrets.js";
import type { TokenVerifier } from "./tokens/verification.js";
import { verifySignature } from "./tokens/verify-signature.js";
import { keyAlgorithm, verifyToken } from "./tokens/verify-token.js";

export type { CredentialRecord } from "./tokens/verification.js";

export interface TokenVerifierOptions {
  /** Where keys named by `keys: { environment: … }` are read; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths of key files start from; the working directory by default. */
  readonly cwd?: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** Key rings by the name of their issuer under `tokens`, as a gate has them. */
  readonly rings?: Readonly<Record<string, KeyRing>>;
  /** Required where the policy has `revocation`. */
  readonly revocations?: Revocations;
  /** Hears of keys that cannot be fetched; by default nobody does. */
  readonly onError?: (error: unknown) => void;
}

/** An access token that a policy accepts. */
export interface AcceptedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The `kid` of the key that made the signature. */
  readonly keyId: string | undefined;
}

/**
 * Verifies access tokens as the gate of a policy does (RFC 8725, RFC 9068): the same plans, the same keys. The
 * returned function rejects with GateError `invalid-token`, its message a closed word such as `expired`, or
 * with `unavailable` where keys cannot be fetched or what is revoked is not known. A token that is bound to a key of
 * its client (RFC 9449) is refused: nobody proves to hold that key here.
 *
 * @throws GateError `snapshot-invalid` or `configuration-invalid`
 * @example
 * const verify = createTokenVerifier(snapshot);
 * const { claims } = await verify(message.properties.headers["access-token"]);
 */
export function createTokenVerifier(
  serialized: SerializedSnapshot,
  options: TokenVerifierOptions = {},
): (token: string) => Promise<AcceptedToken> {
  const { source } = loadSnapshot(serialized);
  const { now = Date.now, revocations } = options;
  const isRevoked = openRevocations(source, revocations);
  const context = {
    environment: options.environment ?? process.env,
    cwd: options.cwd ?? process.cwd(),
    now,
    onError: options.onError ?? ignore,
    keySets: new Map(),
    ...(options.rings && { rings: options.rings }),
    features: { jwks, keys: ring },
  };
  const issuers = source.issuers.map(unbound);
  const verifiers = openVerifiers(issuers, context);
  const plain: TokenVerifier = (token, at) => verifyToken(token, verifiers, at);
  const own = { ...source, issuers };
  const verify = nested(own, context, derived(own, context, plain));
  const needProof = new Set<unknown>(
    issuers.flatMap(({ issuer }, index) =>
      source.dpop?.modes[index] === "required" ? issuer : [],
    ),
  );
  return async (token) => {
    const found = await verify(textOf(token), now());
    if (!found.ok) throw new GateError("invalid-token", found.cause);
    if (needProof.has(found.claims["iss"])) throw new GateError("invalid-token", "dpop:bearer");
    if (await isRevoked(found, now())) throw new GateError("invalid-token", "revoked");
    const { claims, expiresAt, credential } = found;
    return { claims, expiresAt, keyId: credential.keyId };
  };
}

/** Nobody proves here to have the key that a token is bound to (RFC 9449, section 7.2). */
function unbound(issuer: SerializedIssuer): SerializedIssuer {
  return { ...issuer, refusedClaims: [...issuer.refusedClaims, "cnf"] };
}

type RevocationTest = (found: VerifiedCredential, now: number) => boolean | Promise<boolean>;

function openRevocations(
  { revocation }: SerializedSnapshot,
  revocations: Revocations | undefined,
): RevocationTest {
  if (revocation === undefined) return () => false;
  if (revocations === undefined) {
    const message = "the policy lets tokens be revoked: pass `revocations`";
    throw new GateError("configuration-invalid", message);
  }
  return async (found, now) => !(await revocations.view.check(found, now));
}

/** One key and the one algorithm that it serves (RFC 8725, section 3.1). */
export interface JwsKey {
  readonly algorithm: "HS256" | "RS256" | "ES256" | "Ed25519" | "EdDSA";
  /** A public key, or for HS256 a secret of at least 32 random bytes; of a JWK, what it is for counts too. */
  readonly key: KeyObject | Uint8Array | Readonly<Record<string, unknown>>;
}

export interface VerifiedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
}

/**
 * Verifies the signature of a compact JWS (RFC 7515) and nothing else: no claim is read, and nothing says for
 * whom it was made or until when. For access tokens there is the gate, or {@link createTokenVerifier}.
 *
 * Refused are other algorithms than the key's, a second spelling of the same bytes, headers that bring or
 * point to keys, `crit` and `b64` (RFC 7797), more than 8192 characters, and an empty payload: RFC 7515 has a
 * meaning for one, but it is also how a JWS looks whose payload travels by itself (appendix F).
 *
 * @throws GateError `invalid-token`; `configuration-invalid` for a key that does not serve the algorithm or is weak
 * @example
 * const { payload } = verifyJws(webhookSignature, { algorithm: "ES256", key: publisherJwk });
 */
export function verifyJws(jws: string, { algorithm, key }: JwsKey): VerifiedJws {
  const handle = openKey(algorithm, key);
  const compact = readCompact(textOf(jws));
  const rules = { algorithms: [algorithm], ignoredHeaders: [], types: anyType };
  const header = compact && readHeader(compact.head, rules);
  if (compact === undefined || header === undefined)
    throw new GateError("invalid-token", "malformed");
  if (typeof header === "string") throw new GateError("invalid-token", header);
  if (!verifySignature(keyAlgorithm(algorithm), handle, compact)) {
    throw new GateError("invalid-token", "signature");
  }
  const [head, payload] = [compact.head, compact.payload].map((part) =>
    Buffer.from(part, "base64url"),
  );
  return { header: JSON.parse(String(head)), payload: payload ?? Buffer.alloc(0) };
}

/** What a JWS is for is for its reader to know. */
const anyType = { includes: () => true };

const kinds: Readonly<Record<string, readonly [type: string, detail?: string]>> = {
  HS256: ["secret"],
  RS256: ["rsa"],
  ES256: ["ec", "prime256v1"],
  Ed25519: ["ed25519"],
};

function openKey(algorithm: JwsKey["algorithm"], given: JwsKey["key"]): KeyObject {
  let key: KeyObject;
  try {
    key = handleOf(given);
  } catch {
    throw unfit(algorithm, "is no key");
  }
  if (!isMeantFor(algorithm, given)) throw unfit(algorithm, "is for something else");
  if (key.type === "private")
    throw unfit(algorithm, "is a private key; verifying needs the public key");
  const [kind, curve] = kinds[keyAlgorithm(algorithm)] ?? [];
  const isKind = (key.asymmetricKeyType ?? key.type) === kind;
  if (!isKind || key.asymmetricKeyDetails?.namedCurve !== curve) {
    throw unfit(algorithm, "is of another kind");
  }
  const secret = key.type === "secret" ? key.export() : undefined;
  if (secret && isPublicKey(secret)) throw unfit(algorithm, "is a public key, not a secret");
  if ((secret && isWeakSecret(secret)) || isWeak(key)) throw unfit(algorithm, "is weak");
  return key;
}

/** RFC 7517, sections 4.2 to 4.4: what a JWK says of its use; other forms of keys say nothing. */
function isMeantFor(algorithm: string, given: JwsKey["key"]): boolean {
  if (!("kty" in given)) return true;
  const { alg = algorithm, use = "sig", key_ops: operations = ["verify"] } = given;
  const isNamed = keyAlgorithm(String(alg)) === keyAlgorithm(algorithm);
  return isNamed && use === "sig" && Array.isArray(operations) && operations.includes("verify");
}

function handleOf(given: JwsKey["key"]): KeyObject {
  if (given instanceof Uint8Array) return createSecretKey(given);
  if (!("kty" in given)) return given as KeyObject;
  if (given["kty"] === "oct") return createSecretKey(Buffer.from(String(given["k"]), "base64url"));
  if (given["d"] !== undefined) throw new TypeError("private");
  return createPublicKey({ key: given, format: "jwk" });
}

function unfit(algorithm: string, reason: string): GateError {
  return new GateError("configuration-invalid", `the key for ${algorithm} ${reason}`);
}

/** What is no text is no token; queues and sockets do not keep to types. */
function textOf(token: unknown): string {
  return typeof token === "string" ? token : "";
}

function ignore(): void {
  // A rejection tells of it as well.
}
