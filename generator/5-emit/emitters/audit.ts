import type { AuditEventModel, AuditFieldModel } from "../../3-model/audit-events-model.js";
import { comment } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { literal } from "../literal.js";
import { auditHelpers, printAuditWriters } from "./audit-writers.js";

/** Only of a policy that declares events. */
export const auditEmitter: Emitter = {
  path: "audit.ts",
  isNeeded: ({ snapshot }) => snapshot.auditSchema !== undefined,
  emit: (context) => [
    [
      ...imports(context),
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/** What each event is told of; what is not declared does not leave the process. */",
      "export interface AuditEvents {",
      ...(context.model.auditEvents?.events ?? []).flatMap((event) => eventType(event, context)),
      "}",
      "",
      ...(context.snapshot.auditSchema ? printAuditWriters(context.snapshot.auditSchema) : []),
      "",
      "/**",
      " * Records the events of this policy, masked as it says, beside the records of the gate.",
      " *",
      " * @throws GateError where the gate is not that of this policy, or a key or function of a mask is missing",
      " */",
      "export function createAudit(gate: Gate<Policy>, options?: AuditOptions): Audit<AuditEvents> {",
      "  return createPolicyAudit<Policy, AuditEvents>(snapshot, gate, { ...options, compiled });",
      "}",
    ].join("\n"),
  ],
};

function imports({ snapshot }: EmitContext): readonly string[] {
  const { auditSchema } = snapshot;
  const helpers = auditSchema === undefined ? [] : auditHelpers(auditSchema);
  const compiled = auditSchema?.events.length === 0 ? [] : ["CompiledEvent"];
  const isMasked = auditSchema?.events.some(({ fields }) => fields.some(({ mask }) => mask !== -1));
  const hidden = isMasked ? ["Raw"] : [];
  const types = ["Audit", "AuditOptions", ...compiled, "CompiledEvents", "Gate", ...hidden];
  const door = "@gatewright/runtime/abi/audit";
  return [
    ...printImport("import", ["createPolicyAudit", ...helpers].toSorted(), door),
    ...printImport("import type", types, door),
  ];
}

/** As a formatter would break it. */
function printImport(keyword: string, names: readonly string[], door: string): readonly string[] {
  const line = `${keyword} { ${names.join(", ")} } from "${door}";`;
  if (line.length <= LINE_WIDTH) return [line];
  return [`${keyword} {`, ...names.map((name) => `  ${name},`), `} from "${door}";`];
}

const LINE_WIDTH = 100;

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
  const plain = fieldTypes[type];
  const more = `${mask === undefined ? "" : ` | Raw<${plain}>`}${optional ? " | undefined" : ""}`;
  return [
    `    /** ${mask === undefined ? "public" : comment(mask)} */`,
    `    readonly ${identifier(name)}${mark}: ${plain}${more};`,
  ];
}

export const fieldTypes: Readonly<Record<AuditFieldModel["type"], string>> = {
  string: "string",
  int: "number",
  double: "number",
  bool: "boolean",
  "list<string>": "readonly string[]",
};
