import type { IncomingMessage } from "node:http";
import { GateError } from "./gate-error.js";
import type { CredentialsFeature } from "./gate-features.js";
import type { PolicyContext } from "./load-policy.js";
import { jwtAuthenticator } from "./tokens/jwt-authenticator.js";
import type { TokenVerifiers } from "./tokens/verify-token.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedIssuer, SerializedSnapshot } from "./snapshot-format.js";
import type { KeyContext } from "./tokens/key-source.js";
import { refuse } from "./tokens/verification.js";
import type {
  Authenticator,
  CredentialRefusal,
  TokenVerifier,
  VerifiedCredential,
  WatchRevocations,
} from "./tokens/verification.js";

/** What a policy asks of credentials besides bearer tokens that are JWTs of its issuers, each part by itself. */
export interface CredentialParts {
  readonly nested?: VerifierPart;
  readonly derived?: VerifierPart;
  readonly cache?: VerifierCachePart;
  readonly strategies?: AuthenticatorPart;
  readonly dpop?: WrapperPart;
  readonly revocation?: CheckPart;
}

/** Stands before the verifier of tokens. */
export type VerifierPart = (
  source: Pick<SerializedSnapshot, "issuers">,
  context: KeyContext,
  verify: TokenVerifier,
) => TokenVerifier;

/** Stands before the verifier of tokens, which it asks about those that it does not know. */
export type VerifierCachePart = (
  snapshot: Snapshot,
  verifiers: TokenVerifiers,
  verify: TokenVerifier,
) => TokenVerifier;

/** Stands around the authenticator of all strategies. */
export type WrapperPart = (
  snapshot: Snapshot,
  context: PolicyContext,
  authenticator: Authenticator,
) => Authenticator;

/** Puts authenticators of its own before or in place of the one that takes JWTs as bearer tokens. */
export type AuthenticatorPart = (
  snapshot: Snapshot,
  context: PolicyContext,
  tools: { readonly jwt: Authenticator; readonly verify: TokenVerifier },
) => Authenticator;

/** Looks at credentials that hold; undefined where nothing speaks against them. */
export type CredentialCheck = (
  verified: VerifiedCredential,
  request: IncomingMessage,
  now: number,
) => CredentialRefusal | undefined | Promise<CredentialRefusal | undefined>;

export type CheckPart = (snapshot: Snapshot, context: PolicyContext) => CredentialCheck;

/** Which parts a snapshot uses. */
export const partsUsed: Readonly<
  Record<keyof CredentialParts, (source: SerializedSnapshot) => boolean>
> = {
  nested: ({ issuers }) => issuers.some(({ encryption }) => encryption !== undefined),
  derived: ({ issuers }) => issuers.some(isPerToken),
  strategies: ({ authentication }) => authentication.strategies.length > 0,
  cache: ({ issuers }) => issuers.some((issuer) => issuer.cache !== undefined),
  dpop: ({ dpop }) => dpop !== undefined,
  revocation: ({ revocation }) => revocation !== undefined,
};

/**
 * Authentication of a policy that takes other credentials than JWTs as bearer tokens, or asks more of them.
 * Credentials are accepted by one authenticator, then every check looks at them.
 *
 * @throws GateError `configuration-invalid` where the snapshot uses a part that is not loaded
 */
export function credentials(parts: CredentialParts): CredentialsFeature {
  return (snapshot, context, fresh, verifiers) => {
    const { source } = snapshot;
    requireParts(source, parts);
    const known = parts.cache?.(snapshot, verifiers, fresh) ?? fresh;
    const signed = parts.derived?.(source, context, known) ?? known;
    const verify = parts.nested?.(source, context, signed) ?? signed;
    const tools = { jwt: jwtAuthenticator(verify), verify };
    const plain = parts.strategies?.(snapshot, context, tools) ?? tools.jwt;
    const authenticator = parts.dpop?.(snapshot, context, plain) ?? plain;
    const checks = [parts.revocation].flatMap((part) => part?.(snapshot, context) ?? []);
    const authenticate: Authenticator = async (request, route, now) => {
      const found = await authenticator(request, route, now);
      if (!found?.ok) return found;
      for (const check of checks) {
        const refusal = await check(found, request, now);
        if (refusal !== undefined) return refuse(refusal.cause, found.credential);
      }
      return found;
    };
    return Object.assign(authenticate, { watch: watchOf(context) });
  };
}

function isPerToken({ keys }: SerializedIssuer): boolean {
  return keys.kind === "ring" && keys.strategy === "per-token";
}

function watchOf({ revocations }: PolicyContext): WatchRevocations | undefined {
  return (
    revocations &&
    ((owner, watcher) => {
      const { factsOf, watch } = revocations.view;
      watch(owner, (isRevoked, reason) =>
        watcher(({ claims, credential }) => isRevoked(factsOf(claims, credential.tokenId)), reason),
      );
    })
  );
}

function requireParts(source: SerializedSnapshot, parts: CredentialParts): void {
  for (const name of Object.keys(partsUsed) as readonly (keyof CredentialParts)[]) {
    if (!partsUsed[name](source) || parts[name] !== undefined) continue;
    const message = `the generated code does not load ${name}: build it again`;
    throw new GateError("configuration-invalid", message);
  }
}
