import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";

/** No member at all where no issuer's tokens are bound. */
export function serializeDpop({
  authentication,
  dpop,
  issuers,
}: PolicyModel): Pick<SerializedSnapshot, "dpop"> {
  if (dpop === undefined) return {};
  const bound = issuers.filter((issuer) => issuer.dpop !== "off");
  return {
    dpop: {
      modes: issuers.map((issuer) => issuer.dpop),
      bearer:
        issuers.some((issuer) => issuer.dpop !== "required") ||
        authentication.strategies.some(({ kind }) => kind !== "tokens"),
      algorithms: dpop.algorithms,
      maxAgeSeconds: dpop.maxAgeSeconds,
      clockToleranceSeconds: Math.max(
        ...bound.map(({ clockToleranceSeconds }) => clockToleranceSeconds),
      ),
      nonce: dpop.nonce,
      origins: dpop.origins,
      replay: { store: dpop.replay, maxEntries: dpop.maxEntries },
    },
  };
}
