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
      ...(snapshot.needs.includes("rules") && partsOf(snapshot).includes("clauses")
        ? ['import { compiled } from "./conditions.js";']
        : []),
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
function partsOf({ clauses, requirements, resources }: SerializedSnapshot): readonly string[] {
  const hasClauses = clauses.length > 0 || resources.length > 0;
  return [requirements.length > 0 ? ["requirements"] : [], hasClauses ? ["clauses"] : []].flat();
}

function printPart(part: string): string {
  return part === "clauses" ? "clauses: clauses(compiled)" : part;
}

function printFeatures(snapshot: SerializedSnapshot): string {
  const features = snapshot.needs.map((part) =>
    part === "rules" ? `rules: rules({ ${partsOf(snapshot).map(printPart).join(", ")} })` : part,
  );
  return `{ ${["hosts", ...features].join(", ")} }`;
}
