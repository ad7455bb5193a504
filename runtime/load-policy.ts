import { isDeepStrictEqual } from "node:util";
import { openVerifiers } from "./authenticate.js";
import { createProxyTrust } from "./client-address.js";
import { GateError } from "./gate-error.js";
import type { GateFeatures } from "./gate-features.js";
import type { KeyContext } from "./keys.js";
import type { LoadedPolicy } from "./request-context.js";
import { loadSnapshot } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

/**
 * Loads a snapshot and opens what it names; `previous` is the policy that it replaces.
 *
 * @throws GateError `snapshot-invalid`, or `configuration-invalid` for its keys or changed audit settings.
 */
export function loadPolicy(
  serialized: SerializedSnapshot,
  { features, ...context }: PolicyContext,
  previous: LoadedPolicy | undefined,
): LoadedPolicy {
  const snapshot = loadSnapshot(serialized);
  requireFeatures(snapshot, features);
  const { audit, router } = snapshot.source;
  if (previous !== undefined && !isDeepStrictEqual(previous.snapshot.source.audit, audit)) {
    throw new GateError(
      "configuration-invalid",
      "a swap cannot change the audit settings: restart with the new policy",
    );
  }
  return {
    snapshot,
    verifiers: openVerifiers(snapshot, context, previous?.verifiers ?? new Map()),
    isTrustedProxy: createProxyTrust(router.trustedProxies),
    cors: features.cors?.(snapshot),
  };
}

export interface PolicyContext extends KeyContext {
  readonly features: GateFeatures;
}

function requireFeatures({ source }: Snapshot, features: GateFeatures): void {
  const missing =
    source.cors.rules.length > 0 && features.cors === undefined
      ? "cors"
      : source.routes.some(({ upgrade }) => upgrade !== null) && features.upgrades === undefined
        ? "upgrades"
        : undefined;
  if (missing === undefined) return;
  throw new GateError(
    "configuration-invalid",
    `the policy uses ${missing}, which the generated code does not load: build it again`,
  );
}
