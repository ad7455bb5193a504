import type { SinkKind } from "../../3-model/audit-log-model.js";
import type { Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";

/** Only of a policy with an audit log. */
export const auditLogEmitter: Emitter = {
  path: "audit-log.ts",
  isNeeded: ({ snapshot }) => snapshot.audit.log !== undefined,
  emit: ({ model }) => {
    const sinks = model.auditLog?.sinks ?? [];
    const kinds = [...new Set(sinks.map(({ kind }) => kind))].toSorted();
    const supplied = sinks.filter(({ kind }) => needs[kind] !== undefined);
    const isNeeded = supplied.some(({ kind }) => needs[kind]?.isNeeded);
    return [
      [
        'import { openPolicyAuditLog } from "@gatewright/runtime/abi/audit-log";',
        'import type { AuditLog, AuditLogOptions } from "@gatewright/runtime/abi/audit-log";',
        ...kinds.map(
          (kind) => `import { opener as ${kind} } from "@gatewright/runtime/abi/sinks/${kind}";`,
        ),
        ...suppliedTypes(supplied.map(({ kind }) => kind)),
        'import { snapshot } from "./snapshot.js";',
        "",
        "/** What the sinks of this policy need of the application. */",
        "export interface AuditSinks {",
        ...supplied.map(({ name, kind }) => {
          const { key, type, isNeeded: isNeededHere } = needs[kind] ?? never;
          const inner = `{ readonly ${key}${isNeededHere ? "" : "?"}: ${type} }`;
          return `  readonly ${identifier(name)}${isNeededHere ? "" : "?"}: ${inner};`;
        }),
        "}",
        "",
        "/**",
        " * Opens the audit log of this policy, which `createGate` takes; `gate.shutdown()` closes it.",
        " *",
        " * @throws GateError where a secret or what a sink needs is missing",
        " * @throws SpoolError where another process has the folder, or it cannot be used",
        " */",
        "export function openAuditLog(",
        `  options${isNeeded ? "" : "?"}: Omit<AuditLogOptions, "sinks"> & { readonly sinks${isNeeded ? "" : "?"}: AuditSinks },`,
        "): Promise<AuditLog> {",
        `  return openPolicyAuditLog(snapshot, { ${kinds.join(", ")} }, { ...options });`,
        "}",
      ].join("\n"),
    ];
  },
};

interface Need {
  readonly key: string;
  readonly type: string;
  readonly isNeeded: boolean;
}

const never: Need = { key: "", type: "never", isNeeded: false };

/** What a sink takes of the application. */
const needs: Readonly<Partial<Record<SinkKind, Need>>> = {
  nats: { key: "jetStream", type: "JetStream", isNeeded: true },
  postgres: { key: "pool", type: "PostgresPool", isNeeded: true },
  sqlite: { key: "driver", type: "SqliteDriver", isNeeded: false },
  stdout: { key: "stream", type: "LineStream", isNeeded: false },
};

function suppliedTypes(kinds: readonly SinkKind[]): readonly string[] {
  return [...new Set(kinds)]
    .toSorted()
    .map(
      (kind) =>
        `import type { ${needs[kind]?.type} } from "@gatewright/runtime/abi/sinks/${kind}";`,
    );
}
