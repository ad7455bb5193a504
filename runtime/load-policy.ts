import { isDeepStrictEqual } from "node:util";
import { openVerifiers } from "./authenticate.js";
import { directClients } from "./client-address.js";
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
    proxies: features.forwarded?.(router.trustedProxies) ?? directClients,
    cors: features.cors?.(snapshot),
  };
}

export interface PolicyContext extends KeyContext {
  readonly features: GateFeatures;
}

function requireFeatures({ source }: Snapshot, features: GateFeatures): void {
  const { cors, router, routes } = source;
  const needed: Readonly<Record<keyof GateFeatures, boolean>> = {
    cors: cors.rules.length > 0,
    upgrades: routes.some(({ upgrade }) => upgrade !== null),
    forwarded: Object(router.trustedProxies).length !== 0 && router.trustedProxies !== 0,
  };
  const missing = Object.entries(needed).find(([name, isNeeded]) => {
    return isNeeded && !Object.hasOwn(features, name);
  })?.[0];
  if (missing === undefined) return;
  throw new GateError(
    "configuration-invalid",
    `the policy uses ${missing}, which the generated code does not load: build it again`,
  );
}
