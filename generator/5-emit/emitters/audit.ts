import type { AuditEventModel, AuditFieldModel } from "../../3-model/audit-events-model.js";
import { comment } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { literal } from "../literal.js";

/** Only of a policy that declares events. */
export const auditEmitter: Emitter = {
  path: "audit.ts",
  isNeeded: ({ snapshot }) => snapshot.auditSchema !== undefined,
  emit: (context) => [
    [
      'import { createPolicyAudit } from "@gatewright/runtime/abi/audit";',
      'import type { Audit, AuditOptions, Gate } from "@gatewright/runtime/abi/audit";',
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/** What each event is told of; what is not declared does not leave the process. */",
      "export interface AuditEvents {",
      ...(context.model.auditEvents?.events ?? []).flatMap((event) => eventType(event, context)),
      "}",
      "",
      "/**",
      " * Records the events of this policy, masked as it says, beside the records of the gate.",
      " *",
      " * @throws GateError where the gate is not that of this policy, or a key or function of a mask is missing",
      " */",
      "export function createAudit(gate: Gate<Policy>, options?: AuditOptions): Audit<AuditEvents> {",
      "  return createPolicyAudit<Policy, AuditEvents>(snapshot, gate, options);",
      "}",
    ].join("\n"),
  ],
};

function eventType(event: AuditEventModel, { placeOf }: EmitContext): readonly string[] {
  const told = event.description === undefined ? "" : ` ${comment(event.description)}`;
  return [
    `  /** ${placeOf(event.at)}${told} */`,
    ...(event.fields.length === 0
      ? [`  readonly ${literal(event.name)}: Readonly<Record<never, never>>;`]
      : [`  readonly ${literal(event.name)}: {`, ...event.fields.flatMap(fieldType), "  };"]),
  ];
}

function fieldType({ name, type, optional, mask }: AuditFieldModel): readonly string[] {
  const mark = optional ? "?" : "";
  const more = optional ? " | undefined" : "";
  return [
    `    /** ${mask === undefined ? "public" : comment(mask)} */`,
    `    readonly ${identifier(name)}${mark}: ${fieldTypes[type]}${more};`,
  ];
}

const fieldTypes: Readonly<Record<AuditFieldModel["type"], string>> = {
  string: "string",
  int: "number",
  double: "number",
  bool: "boolean",
  "list<string>": "readonly string[]",
};
