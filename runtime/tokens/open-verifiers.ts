import type { GateFeatures } from "../gate-features.js";
import type { SerializedIssuer } from "../snapshot-format.js";
import type { KeyContext } from "./key-source.js";
import type { TokenVerifiers } from "./verify-token.js";

/**
 * Opens the keys of issuers. Whoever asks saw to it that the parts for their kinds of keys are there.
 *
 * @throws GateError `configuration-invalid` for keys that cannot be used
 */
export function openVerifiers(
  issuers: readonly SerializedIssuer[],
  context: KeyContext & { readonly features: Pick<GateFeatures, "jwks" | "keys"> },
): TokenVerifiers {
  const { jwks, keys } = context.features;
  return new Map(
    issuers.map((issuer) => {
      const open = issuer.keys.kind === "url" ? jwks! : keys!;
      return [issuer.issuer, { issuer, findKey: open(issuer, context), headers: new Map() }];
    }),
  );
}
