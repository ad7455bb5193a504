import { directClients } from "./client-address.js";
import { GateError } from "./gate-error.js";
import type { GateFeatures, ResponseOptions, Supplied } from "./gate-features.js";
import { readPrincipal } from "./principal.js";
import type { LoadedPolicy } from "./request-context.js";
import { loadSnapshot } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";
import { jwtAuthenticator } from "./tokens/jwt-authenticator.js";
import type { KeyContext } from "./tokens/key-source.js";
import { openVerifiers } from "./tokens/open-verifiers.js";
import type { TokenVerifier } from "./tokens/verification.js";
import { verifyToken } from "./tokens/verify-token.js";

/**
 * Loads a snapshot and opens what it names; `previous` is the policy that it replaces.
 *
 * @throws GateError `snapshot-invalid`, or `configuration-invalid` for its keys or changed audit settings.
 */
export function loadPolicy(
  serialized: SerializedSnapshot,
  context: PolicyContext,
  previous: LoadedPolicy | undefined,
): LoadedPolicy {
  const snapshot = loadSnapshot(serialized);
  const { features } = context;
  requireFeatures(snapshot, features);
  const { audit, issuers, router } = snapshot.source;
  const kept = previous?.snapshot.source.audit ?? audit;
  if (JSON.stringify(kept) !== JSON.stringify(audit)) {
    throw new GateError("configuration-invalid", "a swap cannot change `audit`: restart");
  }
  const verifiers = openVerifiers(issuers, context);
  const verify: TokenVerifier = (token, now) => verifyToken(token, verifiers, now);
  return {
    snapshot,
    authenticator:
      features.credentials?.(snapshot, context, verify, verifiers) ?? jwtAuthenticator(verify),
    principalOf:
      features.application?.(snapshot, context) ??
      ((claims) => readPrincipal(snapshot, claims, String(claims["iss"]))),
    proxies: features.forwarded?.(router.trustedProxies) ?? directClients,
    cors: features.cors?.(snapshot),
    upgrades: features.upgrades,
    responses: features.responses?.(snapshot, context),
    rules: features.rules?.(snapshot, context),
  };
}

/** What a policy is opened with; the same for all policies of a gate. */
export interface PolicyContext extends KeyContext, Partial<Supplied>, ResponseOptions {
  readonly features: GateFeatures;
}

function requireFeatures({ source }: Snapshot, features: GateFeatures): void {
  const missing = source.needs.find((name) => !features[name]);
  if (missing === undefined) return;
  throw new GateError(
    "configuration-invalid",
    `the generated code does not load ${missing}: build it again`,
  );
}
