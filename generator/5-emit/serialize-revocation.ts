import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";

/** No member at all where tokens cannot be revoked. */
export function serializeRevocation({
  revocation,
  principal,
}: PolicyModel): Pick<SerializedSnapshot, "revocation"> {
  if (revocation === undefined) return {};
  const { store, keepSeconds, maxEntries, stale, session, epoch, tenant } = revocation;
  return {
    revocation: {
      store,
      keepSeconds,
      maxEntries,
      stale: { afterSeconds: stale.afterSeconds, answer: stale.answer },
      session,
      subject: principal.id,
      epoch,
      tenant: tenant ?? principal.tenant ?? null,
    },
  };
}
