import { derived } from "../derived.js";
import { jwks } from "../jwks.js";
import { nested } from "../nested.js";
import { ring as openRing } from "../ring.js";
import type { KeyRing } from "../ring/key-ring.js";
import type { SerializedIssuer, SerializedKeySource } from "../snapshot-format.js";
import { openVerifiers } from "../tokens/open-verifiers.js";
import type { TokenVerifier, Verification } from "../tokens/verification.js";
import { verifyToken } from "../tokens/verify-token.js";

/** An issuer whose access tokens are expected, without a policy around it. */
export interface ExpectedIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: SerializedIssuer["algorithms"];
  /** A ring, or the path of a file with a JWKS, a JWK or an SPKI PEM. */
  readonly keys: KeyRing | string;
  readonly encryption?: "A256GCM";
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/**
 * Verifies access tokens of one issuer as a gate does, for tools and tests: RFC 9068, with 30 seconds of
 * tolerance. What is refused comes with a closed word such as `expired`.
 *
 * @throws GateError `configuration-invalid` where the keys cannot be used
 */
export function verifyIssued(expected: ExpectedIssuer): (token: string) => Promise<Verification> {
  const { now = Date.now, keys, encryption } = expected;
  const issuer: SerializedIssuer = {
    name: "expected",
    issuer: expected.issuer,
    audience: expected.audience,
    algorithms: expected.algorithms,
    keys: sourceOf(keys),
    types: ["at+jwt"],
    ignoredHeaders: [],
    requiredClaims: ["client_id", "exp", "iat", "jti", "sub"],
    refusedClaims: [],
    names: { id: "jti", client: "client_id", audience: "aud" },
    clockToleranceSeconds: 30,
    maxLifetimeSeconds: null,
    ...(encryption && { encryption }),
  };
  const context = {
    environment: {},
    cwd: process.cwd(),
    now,
    onError: ignore,
    keySets: new Map(),
    ...(typeof keys === "string" ? {} : { rings: { expected: keys } }),
    features: { jwks, keys: openRing },
  };
  const source = { issuers: [issuer] };
  const verifiers = openVerifiers(source.issuers, context);
  const plain: TokenVerifier = (token, at) => verifyToken(token, verifiers, at);
  const verify = nested(source, context, derived(source, context, plain));
  return async (token) => verify(token, now());
}

function sourceOf(keys: KeyRing | string): SerializedKeySource {
  if (typeof keys === "string") return { kind: "file", place: keys };
  const { strategy, sliceSeconds } = keys.describe();
  return { kind: "ring", from: "application", place: "", strategy, sliceSeconds };
}

/** What cannot be read is thrown at once, and nothing is read later. */
function ignore(): void {}
