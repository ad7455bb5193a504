import type { PolicyModel } from "../../3-model/policy-model.js";
import type { Emitter } from "../emit-context.js";

export const gateEmitter: Emitter = {
  path: "gate.ts",
  emit: ({ model }) => [
    [
      'import { createPolicyGate } from "@gatewright/runtime/abi";',
      'import type { Gate, GateArguments } from "@gatewright/runtime/abi";',
      ...featuresOf(model).map(
        (feature) => `import { ${feature} } from "@gatewright/runtime/abi/${feature}";`,
      ),
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/**",
      " * The gate of this policy: authentication, authorization and the audit record as request handlers.",
      ...(model.principal.from === "application"
        ? [" * It needs a `principalSource`: the policy takes the principal from the application."]
        : []),
      " *",
      " * @throws GateError where a key is missing or the audit sink cannot be opened",
      " */",
      "export function createGate(...options: GateArguments<Policy>): Gate<Policy> {",
      `  return createPolicyGate<Policy>(snapshot, ${printFeatures(model)}, ...options);`,
      "}",
    ].join("\n"),
  ],
};

/** The parts of the runtime that only some policies need. */
function featuresOf({ cors, issuers, principal, router, routes }: PolicyModel): readonly string[] {
  const { trustedProxies } = router;
  const features = {
    application: principal.from === "application",
    cors: cors.length > 0,
    forwarded: typeof trustedProxies === "number" ? trustedProxies > 0 : trustedProxies.length > 0,
    jwks: issuers.some(({ keys }) => keys.kind === "url"),
    upgrades: routes.some(({ upgrade }) => upgrade !== undefined),
  };
  return Object.entries(features).flatMap(([name, isNeeded]) => (isNeeded ? name : []));
}

function printFeatures(model: PolicyModel): string {
  const features = featuresOf(model);
  return features.length === 0 ? "{}" : `{ ${features.join(", ")} }`;
}
