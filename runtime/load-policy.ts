import { isDeepStrictEqual } from "node:util";
import { openVerifiers } from "./authenticate.js";
import { createProxyTrust } from "./client-address.js";
import { GateError } from "./gate-error.js";
import type { KeyContext } from "./keys.js";
import type { LoadedPolicy } from "./request-context.js";
import { loadSnapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

/**
 * Loads a snapshot and opens what it names; `previous` is the policy that it replaces.
 *
 * @throws GateError `snapshot-invalid`, or `configuration-invalid` for its keys or changed audit settings.
 */
export function loadPolicy(
  serialized: SerializedSnapshot,
  context: KeyContext,
  previous: LoadedPolicy | undefined,
): LoadedPolicy {
  const snapshot = loadSnapshot(serialized);
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
  };
}
