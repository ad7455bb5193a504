import { randomBytes } from "node:crypto";
import { expectedForm } from "../expected-form.js";
import { GateError } from "../gate-error.js";
import type { PolicyTypes } from "../policy-types.js";
import { readPrincipal } from "../principal.js";
import type { KeyRing, SigningAlgorithm } from "../ring/key-ring.js";
import { loadSnapshot } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";
import type { SerializedIssuer, SerializedSnapshot } from "../snapshot-format.js";
import { findMisfit } from "../tokens/find-misfit.js";
import { nestToken } from "./nest-token.js";
import { writePrincipal } from "./principal-claims.js";
import { signToken } from "./sign-token.js";

export interface IssuerOptions {
  /** The keys that sign, and that encrypt where the policy declares `encryption`. */
  readonly ring: KeyRing;
  /** Name of the issuer under `tokens`; by default the first whose keys are a ring. */
  readonly issuer?: string;
  /** Among those of the policy; the first by default. */
  readonly algorithm?: SigningAlgorithm;
  /**
   * What the header calls Ed25519: `Ed25519` (RFC 9864) by default, or its older name for verifiers that do
   * not know the new one. The policy must list what is written.
   */
  readonly edDsaHeader?: "Ed25519" | "EdDSA";
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/** Whom a token is for. */
export interface TokenRequest<P extends PolicyTypes> {
  /** The principal's id, and the token's `sub`. */
  readonly id: string;
  /** The client that asked for the token. */
  readonly clientId: string;
  readonly roles?: readonly P["role"][];
  readonly tenant?: string;
  /** The claims that the policy declares under `principal.claims`; one that is not optional must be here. */
  readonly claims?: P["principal"] extends { readonly claims: infer Claims }
    ? Partial<Claims>
    : Readonly<Record<string, never>>;
  readonly scopes?: readonly string[];
  /** The session that the token belongs to: `sid`, by which all of it can be ended. */
  readonly sessionId?: string;
  /** Seconds until it ends; `maxLifetime` of the policy, or 900, by default and at most. */
  readonly expiresIn?: number;
  /** Among the audiences of the policy; the first by default. */
  readonly audience?: string;
  /** Further claims, such as `acr` and `auth_time`; none of those that the issuer itself writes. */
  readonly token?: Readonly<Record<string, unknown>>;
}

export interface IssuedToken {
  readonly token: string;
  /** Its `jti`, for a list of what was issued. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Signs access tokens that the gates of the policy accept. */
export interface Issuer<P extends PolicyTypes> {
  /**
   * Signs a token (RFC 9068): `typ`, `kid`, `iss`, `sub`, `aud`, `client_id`, `iat`, `exp`, a `jti` of 128
   * random bits, and the principal where the policy looks for it.
   *
   * @throws GateError `configuration-invalid` where the policy would not accept the token, with the claim that
   * is wrong, or the ring has no active key
   */
  issue(request: TokenRequest<P>): Promise<IssuedToken>;
}

/** RFC 9068 leaves it open; what is stolen is of use for that long. */
const DEFAULT_LIFETIME_SECONDS = 900;

/**
 * The issuer of a policy; `createIssuer` in `generated/issuer.ts` calls it with its own snapshot.
 *
 * @throws GateError `configuration-invalid` where the policy has no such issuer or algorithm, or the ring
 * would end its keys before their tokens
 */
export function createPolicyIssuer<P extends PolicyTypes>(
  snapshot: SerializedSnapshot,
  options: IssuerOptions,
): Issuer<P> {
  const { ring, now = Date.now } = options;
  const issuer = findIssuer(snapshot, options.issuer);
  const algorithm = chooseAlgorithm(issuer, options);
  const lifetime = issuer.maxLifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS;
  if (lifetime > ring.describe().maxLifetimeSeconds) {
    throw misuse("the key ring ends its keys before the tokens of the policy end");
  }
  const loaded = loadSnapshot(snapshot);
  const [type = null] = issuer.types;
  return {
    async issue(request) {
      const seconds = Math.floor(now() / 1000);
      const claims = claimsFor(snapshot, issuer, { request, seconds, lifetime });
      const misfit = findMisfit(claims, issuer, seconds * 1000);
      if (misfit !== undefined) throw misuse(`the policy refuses the token: ${misfit}`);
      if (snapshot.principal.from === "claims") requireFit(loaded, claims, issuer.issuer);
      const owner = { jti: String(claims[issuer.names.id]), sub: request.id };
      const jws = await signToken(ring, { algorithm, type, claims, ...owner });
      const token =
        issuer.encryption === undefined ? jws : await nestToken(ring, jws, { type, ...owner });
      return { token, id: owner.jti, expiresAt: Number(claims["exp"]) * 1000 };
    },
  };
}

function findIssuer({ issuers }: SerializedSnapshot, name: string | undefined): SerializedIssuer {
  const found = issuers.find((issuer) =>
    name === undefined ? issuer.keys.kind === "ring" : issuer.name === name,
  );
  return found ?? failMissing(name);
}

function failMissing(name: string | undefined): never {
  throw misuse(
    name === undefined
      ? "the policy has no issuer with a key ring"
      : `the policy has no issuer \`${name}\``,
  );
}

function chooseAlgorithm(
  { algorithms, name }: SerializedIssuer,
  { algorithm, edDsaHeader }: IssuerOptions,
): SigningAlgorithm | "EdDSA" {
  const wanted = edDsaHeader ?? algorithm ?? algorithms[0];
  const chosen = algorithms.find((known) => known === wanted);
  if (chosen !== undefined) return chosen;
  throw misuse(`issuer \`${name}\` of the policy has no algorithm \`${wanted}\``);
}

interface Moment<P extends PolicyTypes> {
  readonly request: TokenRequest<P>;
  readonly seconds: number;
  readonly lifetime: number;
}

function claimsFor<P extends PolicyTypes>(
  { principal }: SerializedSnapshot,
  { issuer, audience, names, claimValues = [] }: SerializedIssuer,
  { request, seconds, lifetime }: Moment<P>,
): Readonly<Record<string, unknown>> {
  const { expiresIn = lifetime, sessionId, audience: aud = audience[0] } = request;
  if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > lifetime) {
    throw misuse(`\`expiresIn\` is not 1 to ${lifetime} seconds`);
  }
  if (!audience.some((name) => name === aud)) throw misuse("the policy has no such audience");
  const token: Record<string, unknown> = { ...request.token };
  writePrincipal(token, principal, request);
  if (sessionId !== undefined) token["sid"] = sessionId;
  for (const { name, value } of claimValues) token[name] = value;
  return {
    ...token,
    [names.client]: request.clientId,
    [names.id]: randomBytes(16).toString("base64url"),
    iss: issuer,
    sub: request.id,
    aud,
    iat: seconds,
    exp: seconds + expiresIn,
  };
}

/** What the policy's gates would refuse is not signed. */
function requireFit(
  snapshot: Snapshot,
  claims: Readonly<Record<string, unknown>>,
  issuer: string,
): void {
  const reading = readPrincipal(snapshot, claims, issuer);
  if (!reading.ok) {
    const form = expectedForm(snapshot, reading.claim);
    throw misuse(`\`${reading.claim}\` of the principal is not ${form}`);
  }
  if (reading.unknownRoles.length > 0) {
    throw misuse(`the policy has no role \`${reading.unknownRoles.join("`, `")}\``);
  }
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}
