import type { Emitter } from "../emit-context.js";

/** Only of a policy that has keys which sign. */
export const issuerEmitter: Emitter = {
  path: "issuer.ts",
  isNeeded: ({ snapshot }) => snapshot.issuers.some(({ keys }) => keys.kind === "ring"),
  emit: () => [
    [
      'import { createPolicyIssuer } from "@gatewright/runtime/abi/issuer";',
      'import type { Issuer, IssuerOptions } from "@gatewright/runtime/abi/issuer";',
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/**",
      " * Signs access tokens that the gate of this policy accepts.",
      " *",
      " * @throws GateError where the policy has no such issuer or algorithm, or its key ring does not fit",
      " */",
      "export function createIssuer(options: IssuerOptions): Issuer<Policy> {",
      "  return createPolicyIssuer<Policy>(snapshot, options);",
      "}",
    ].join("\n"),
  ],
};
