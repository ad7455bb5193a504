import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { Emitter } from "../emit-context.js";

export const gateEmitter: Emitter = {
  path: "gate.ts",
  emit: ({ model, snapshot }) => [
    [
      'import { createPolicyGate } from "@gatewright/runtime/abi";',
      'import type { Gate, GateArguments } from "@gatewright/runtime/abi";',
      ...[...snapshot.needs, ...partsOf(snapshot)].map(
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
      `  return createPolicyGate<Policy>(snapshot, ${printFeatures(snapshot)}, ...options);`,
      "}",
    ].join("\n"),
  ],
};

/** The kinds of rules besides roles. */
function partsOf({ requirements }: SerializedSnapshot): readonly string[] {
  return requirements.length > 0 ? ["requirements"] : [];
}

function printFeatures(snapshot: SerializedSnapshot): string {
  const features = snapshot.needs.map((part) =>
    part === "rules" ? `rules: rules({ ${partsOf(snapshot).join(", ")} })` : part,
  );
  return `{ ${["hosts", ...features].join(", ")} }`;
}
