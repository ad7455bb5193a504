import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { StrategyModel } from "../../3-model/authentication-model.js";
import type { PolicyModel } from "../../3-model/policy-model.js";
import type { Emitter } from "../emit-context.js";

export const gateEmitter: Emitter = {
  path: "gate.ts",
  emit: ({ model, snapshot }) => [
    [
      'import { createPolicyGate } from "@gatewright/runtime/abi";',
      'import type { Gate, GateArguments } from "@gatewright/runtime/abi";',
      ...[...snapshot.needs, ...partsOf(snapshot), ...credentialsOf(snapshot)]
        .map((part) => doorOf(part, snapshot))
        .map((door) => `import { ${namesIn(door)} } from "@gatewright/runtime/abi/${door}";`),
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
      ...suppliedStrategies(model).map((line) => ` * ${line}`),
      ...(model.dpop?.replay === "redis"
        ? [" * It needs a `proofStore`, where used proofs are kept."]
        : []),
      ...(model.revocation
        ? [" * It needs `revocations`, which name the tokens that it refuses."]
        : []),
      ...(model.auditLog
        ? [" * It needs the `auditLog` that `openAuditLog` opens, where its records go."]
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

function suppliedStrategies({ authentication }: PolicyModel): readonly string[] {
  const hasKind = (kind: StrategyModel["kind"]) =>
    authentication.strategies.some((strategy) => strategy.kind === kind);
  return [
    hasKind("application") ? ["It needs `authenticators`, for strategies of the application."] : [],
    hasKind("opaque") ? ["It needs `tokenStores`, where opaque tokens are kept."] : [],
  ].flat();
}

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

/** What is imported of a part; delegation reads principals as well, and DPoP has challenges of its own. */
function namesIn(part: string): string {
  if (part === "scopes") return "scoped";
  if (part === "audit-log") return "auditLog";
  if (part === "dpop") return "challenged, dpop";
  return part === "delegation" ? "delegated, delegation" : part;
}

/** What is asked of credentials besides bearer tokens that are JWTs. */
function credentialsOf(snapshot: SerializedSnapshot): readonly string[] {
  const { authentication, dpop, issuers, revocation } = snapshot;
  const hasNested = issuers.some(({ encryption }) => encryption !== undefined);
  return [
    issuers.some(({ keys }) => keys.kind === "ring" && keys.strategy === "per-token")
      ? ["derived"]
      : [],
    hasNested ? ["nested"] : [],
    authentication.strategies.length > 0 ? ["strategies"] : [],
    issuers.some(({ cache }) => cache !== undefined) ? ["cache"] : [],
    dpop ? ["dpop"] : [],
    revocation ? ["revocation"] : [],
  ].flat();
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
  const readers: readonly string[] = ["application", "scopes"];
  const features = snapshot.needs
    .filter((part) => !readers.includes(part))
    .map((part) => printFeature(part, snapshot));
  const isChallenged = snapshot.dpop !== undefined && !snapshot.needs.includes("cors");
  return [
    "hosts",
    ...readerOf(snapshot),
    ...(isChallenged ? ["cors: challenged()"] : []),
    ...features,
  ];
}

function printFeature(part: string, snapshot: SerializedSnapshot): string {
  if (part === "rules") return `rules: rules({ ${partsOf(snapshot).map(printPart).join(", ")} })`;
  if (part === "cors" && snapshot.dpop !== undefined) return "cors: challenged(cors)";
  if (part === "credentials") {
    return `credentials: credentials({ ${credentialsOf(snapshot).join(", ")} })`;
  }
  if (part === "auditLog") return part;
  const door = doorOf(part, snapshot);
  return door === part ? part : `${part}: ${door}`;
}

/** How principals are read: by the application, if at all, within what else a token says of them. */
function readerOf({ needs, principal }: SerializedSnapshot): readonly string[] {
  const supplied = needs.includes("application") ? "application" : "";
  const reader = principal.actor === null ? supplied : `delegated(${supplied})`;
  if (needs.includes("scopes")) return [`...scoped(${reader})`];
  if (reader === "") return [];
  return [reader === "application" ? reader : `application: ${reader}`];
}

/** Who opens rings opens keys in files and variables too. */
function doorOf(part: string, { issuers }: SerializedSnapshot): string {
  if (part === "auditLog") return "audit-log";
  return part === "keys" && issuers.some(({ keys }) => keys.kind === "ring") ? "ring" : part;
}
