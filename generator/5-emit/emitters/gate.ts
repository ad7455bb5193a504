import type { PolicyModel, RouteModel } from "../../3-model/policy-model.js";
import type { Emitter } from "../emit-context.js";

export const gateEmitter: Emitter = {
  path: "gate.ts",
  emit: ({ model }) => [
    [
      'import { createPolicyGate } from "@gatewright/runtime/abi";',
      'import type { Gate, GateArguments } from "@gatewright/runtime/abi";',
      ...[...featuresOf(model), ...partsOf(model)].map(
        (feature) => `import { ${feature} } from "@gatewright/runtime/abi/${feature}";`,
      ),
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/** What a gate before handlers of a host needs is loaded when such a gate is first met. */",
      'const hosts = () => import("@gatewright/runtime/abi/hosts");',
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
function featuresOf(model: PolicyModel): readonly string[] {
  const { cors, issuers, principal, router, routes } = model;
  const { trustedProxies } = router;
  const features = {
    application: principal.from === "application",
    cors: cors.length > 0,
    forwarded: typeof trustedProxies === "number" ? trustedProxies > 0 : trustedProxies.length > 0,
    jwks: issuers.some(({ keys }) => keys.kind === "url"),
    rules: partsOf(model).length > 0,
    upgrades: routes.some(({ upgrade }) => upgrade !== undefined),
  };
  return Object.entries(features).flatMap(([name, isNeeded]) => (isNeeded ? name : []));
}

/** The kinds of rules besides roles. */
function partsOf({ routes }: PolicyModel): readonly string[] {
  const isDemanding = ({ requirements }: RouteModel) =>
    requirements.scopes.length > 0 || requirements.stepUp !== undefined;
  return routes.some(isDemanding) ? ["requirements"] : [];
}

function printFeatures(model: PolicyModel): string {
  const features = featuresOf(model).map((feature) =>
    feature === "rules" ? `rules: rules({ ${partsOf(model).join(", ")} })` : feature,
  );
  return `{ ${["hosts", ...features].join(", ")} }`;
}
