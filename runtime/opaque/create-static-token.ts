import { ALLOW_LIST, createToken, digestOf, readPepper } from "./token-form.js";

/** A token for an allow list, and what the policy says of it. */
export interface StaticToken {
  /** The bearer token, for the machine that presents it; kept nowhere. */
  readonly token: string;
  /** `hmac-sha256:` and the digest, for `allowList.tokens.<name>.digest` of the policy. */
  readonly digest: string;
}

/**
 * Makes a token of 256 random bits for an `allowList` strategy; `pepper` is the one that the policy names.
 *
 * @throws GateError `configuration-invalid` for a weak pepper
 * @example
 * node --input-type=module -e 'import { createStaticToken } from "@gatewright/runtime/opaque";
 *   console.log(createStaticToken(process.env.GW_PEPPER));'
 */
export function createStaticToken(pepper: string | Uint8Array): StaticToken {
  const token = createToken("static");
  return { token, digest: `hmac-sha256:${digestOf(readPepper(pepper), ALLOW_LIST, token)}` };
}
