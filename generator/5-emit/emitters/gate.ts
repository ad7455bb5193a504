import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { Emitter } from "../emit-context.js";

export const gateEmitter: Emitter = {
  path: "gate.ts",
  emit: ({ model, snapshot }) => [
    [
      'import { createPolicyGate } from "@gatewright/runtime/abi";',
      'import type { Gate, GateArguments } from "@gatewright/runtime/abi";',
      ...[...snapshot.needs, ...partsOf(snapshot), ...credentialPartsOf(snapshot)].map(
        (feature) => `import { ${namesIn(feature)} } from "@gatewright/runtime/abi/${feature}";`,
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
      ...(model.dpop?.replay === "redis"
        ? [" * It needs a `proofStore`, where used proofs are kept."]
        : []),
      ...(model.revocation
        ? [" * It needs `revocations`, which name the tokens that it refuses."]
        : []),
      " *",
      " * @throws GateError where a key is missing or the audit sink cannot be opened",
      " */",
      "export function createGate(...options: GateArguments<Policy>): Gate<Policy> {",
      ...printCall(featuresOf(snapshot)),
      "}",
    ].join("\n"),
  ],
};

/** The kinds of rules besides roles. */
function partsOf(snapshot: SerializedSnapshot): readonly string[] {
  const { clauses, principal, requirements, resources } = snapshot;
  const hasClauses = clauses.length > 0 || resources.length > 0;
  return [
    principal.actor === null ? [] : ["delegation"],
    requirements.length > 0 ? ["requirements"] : [],
    hasClauses ? ["clauses"] : [],
  ].flat();
}

/** What is asked of credentials besides bearer tokens that are JWTs. */
function credentialPartsOf({ issuers, dpop, revocation }: SerializedSnapshot): readonly string[] {
  const isCached = issuers.some(({ cache }) => cache !== undefined);
  return [isCached ? ["cache"] : [], dpop ? ["dpop"] : [], revocation ? ["revocation"] : []].flat();
}

/** What is imported of a part; delegation reads principals as well, and DPoP has challenges of its own. */
function namesIn(part: string): string {
  if (part === "dpop") return "challenged, dpop";
  return part === "delegation" ? "delegated, delegation" : part;
}

function printPart(part: string): string {
  return part === "clauses" ? "clauses: clauses(compiled)" : part;
}

/** As a formatter would break it. */
function printCall(features: readonly string[]): readonly string[] {
  const joined = `{ ${features.join(", ")} }`;
  const line = `  return createPolicyGate<Policy>(snapshot, ${joined}, ...options);`;
  if (line.length <= LINE_WIDTH) return [line];
  const argument = `    ${joined},`;
  const lines = features.map((feature) => `      ${feature},`);
  return [
    "  return createPolicyGate<Policy>(",
    "    snapshot,",
    ...(argument.length <= LINE_WIDTH ? [argument] : ["    {", ...lines, "    },"]),
    "    ...options,",
    "  );",
  ];
}

const LINE_WIDTH = 100;

function featuresOf(snapshot: SerializedSnapshot): readonly string[] {
  const isDelegated = snapshot.principal.actor !== null;
  const isBound = snapshot.dpop !== undefined;
  const isSupplied = snapshot.needs.includes("application");
  const features = snapshot.needs.map((part) => {
    if (part === "application" && isDelegated) return "application: delegated(application)";
    if (part === "cors" && isBound) return "cors: challenged(cors)";
    if (part === "credentials") {
      return `credentials: credentials({ ${credentialPartsOf(snapshot).join(", ")} })`;
    }
    return part === "rules"
      ? `rules: rules({ ${partsOf(snapshot).map(printPart).join(", ")} })`
      : part;
  });
  return [
    "hosts",
    ...(isDelegated && !isSupplied ? ["application: delegated()"] : []),
    ...(isBound && !snapshot.needs.includes("cors") ? ["cors: challenged()"] : []),
    ...features,
  ];
}
