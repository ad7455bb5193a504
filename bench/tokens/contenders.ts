import { createHmac, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { createVerifier } from "fast-jwt";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { cache } from "../../runtime/cache.js";
import { keys } from "../../runtime/keys.js";
import type { Snapshot } from "../../runtime/snapshot.js";
import type { SerializedIssuer } from "../../runtime/snapshot-format.js";
import { openVerifiers } from "../../runtime/tokens/open-verifiers.js";
import { verifyToken } from "../../runtime/tokens/verify-token.js";
import { AUDIENCE, ISSUER, KEY_ID, headerName } from "./token-set.js";
import type { TokenSet } from "./token-set.js";

/** One way to verify a token; whether it is accepted. */
export interface Contender {
  readonly name: string;
  readonly verify: (token: string) => boolean | Promise<boolean>;
}

/** All checks that a policy has: gatewright by its plan, the others by options that ask for the same. */
export function createContenders(set: TokenSet): readonly Contender[] {
  return [
    { name: "gatewright", verify: gatewright(set) },
    { name: "jose", verify: jose(set) },
    // jsonwebtoken has no Ed25519.
    ...(set.algorithm === "HS256" ? [{ name: "jsonwebtoken", verify: jwt(set) }] : []),
    { name: "fast-jwt", verify: fastJwt(set, false) },
  ];
}

/** The signature alone, of input that is cut out and decoded already. */
export function createRaw(set: TokenSet): () => number {
  const inputs = set.good.map((token) => {
    const end = token.lastIndexOf(".");
    const text = token.slice(0, end);
    return { text, bytes: Buffer.from(text), made: Buffer.from(token.slice(end + 1), "base64url") };
  });
  const { publicKey: key } = set;
  const isGood =
    set.algorithm === "HS256"
      ? ({ text, made }: (typeof inputs)[number]) =>
          timingSafeEqual(createHmac("sha256", key).update(text).digest(), made)
      : ({ bytes, made }: (typeof inputs)[number]) => verifySignature(null, bytes, key, made);
  return () => {
    let accepted = 0;
    for (const input of inputs) if (isGood(input)) accepted += 1;
    return accepted;
  };
}

export function fastJwt(set: TokenSet, cache: boolean): Contender["verify"] {
  const isSecret = set.algorithm === "HS256";
  const verify = createVerifier({
    key: isSecret ? set.secret : String(set.publicKey.export({ type: "spki", format: "pem" })),
    algorithms: [headerName(set.algorithm)],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    requiredClaims: ["exp", "iat", "sub", "jti", "client_id"],
    cache: cache && 10_000,
  });
  return isAccepted((token) => verify(token));
}

/** The caches, each of its own; they have met the good tokens. */
export async function createCaches(set: TokenSet): Promise<readonly Contender[]> {
  const caches = [
    { name: "gatewright cache", verify: gatewright(set, 10_000) },
    { name: "fast-jwt cache", verify: fastJwt(set, true) },
  ];
  for (const { name, verify } of caches) {
    for (const token of set.good) {
      if (!(await verify(token))) throw new Error(`${name} refuses a good token`);
    }
    for (const tokens of [set.bad.signature, set.bad.expired]) {
      for (const token of tokens) {
        if (await verify(token)) throw new Error(`${name} accepts a bad token`);
      }
    }
  }
  return caches;
}

function gatewright(
  { algorithm, publicKey, secret }: TokenSet,
  maxEntries = 0,
): Contender["verify"] {
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: headerName(algorithm) };
  const issuer: SerializedIssuer = {
    name: "bench",
    issuer: ISSUER,
    audience: [AUDIENCE],
    algorithms: [headerName(algorithm)],
    keys: { kind: "environment", place: "KEYS" },
    types: ["at+jwt"],
    ignoredHeaders: [],
    requiredClaims: ["client_id", "exp", "iat", "jti", "sub"],
    refusedClaims: ["act", "cnf"],
    names: { id: "jti", client: "client_id", audience: "aud" },
    clockToleranceSeconds: 30,
    maxLifetimeSeconds: 3600,
    ...(maxEntries > 0 && { cache: { maxEntries } }),
  };
  const verifiers = openVerifiers([issuer], {
    environment: { KEYS: JSON.stringify({ keys: [jwk] }) },
    cwd: ".",
    now: Date.now,
    onError: console.error,
    keySets: new Map(),
    features: { keys },
  });
  if (secret.length !== 32) throw new Error("the secret is another");
  const plain = (token: string, now: number) => verifyToken(token, verifiers, now);
  // Of a snapshot, the part reads nothing but issuers.
  const snapshot = { source: { issuers: [issuer] } } as unknown as Snapshot;
  const verify = maxEntries > 0 ? cache(snapshot, verifiers, plain) : plain;
  return (token) => {
    const found = verify(token, Date.now());
    return "ok" in found ? found.ok : found.then(({ ok }) => ok);
  };
}

function jose({ algorithm, publicKey }: TokenSet): Contender["verify"] {
  const options = {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [headerName(algorithm)],
    typ: "at+jwt",
    requiredClaims: ["exp", "iat", "sub", "jti", "client_id"],
    clockTolerance: 30,
  };
  const find = ({ kid }: { readonly kid?: string }) => {
    if (kid !== KEY_ID) throw new Error("no such key");
    return publicKey;
  };
  return async (token) => {
    try {
      await jwtVerify(token, find, options);
      return true;
    } catch {
      return false;
    }
  };
}

function jwt({ publicKey }: TokenSet): Contender["verify"] {
  const options = {
    algorithms: ["HS256" as const],
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: 30,
  };
  return isAccepted((token) => jsonwebtoken.verify(token, publicKey, options));
}

function isAccepted(verify: (token: string) => unknown): (token: string) => boolean {
  return (token) => {
    try {
      verify(token);
      return true;
    } catch {
      return false;
    }
  };
}
