import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { Emitter } from "../emit-context.js";

export const barrelEmitter: Emitter = {
  path: "index.ts",
  emit: ({ snapshot }) => [
    [
      ...(snapshot.auditSchema
        ? [
            'export { createAudit } from "./audit.js";',
            'export type { AuditEvents } from "./audit.js";',
          ]
        : []),
      ...(snapshot.audit.log
        ? [
            'export { openAuditLog } from "./audit-log.js";',
            'export type { AuditSinks } from "./audit-log.js";',
          ]
        : []),
      'export { can } from "./can.js";',
      ...(snapshot.resources.length > 0 ? ['export { resources } from "./conditions.js";'] : []),
      ...(snapshot.resources.length > 0 ? ['export { filter } from "./filter.js";'] : []),
      'export { createGate } from "./gate.js";',
      'export { guards, routeGuards } from "./guards.js";',
      ...(snapshot.issuers.some(({ keys }) => keys.kind === "ring")
        ? ['export { createIssuer } from "./issuer.js";']
        : []),
      'export { permissions } from "./permissions.js";',
      ...(snapshot.responses
        ? [
            'export { createResponseMasks } from "./responses.js";',
            'export type { RawResponses, ResponseMasks, Responses } from "./responses.js";',
          ]
        : []),
      ...(snapshot.sessions ? ['export { createSessions } from "./sessions.js";'] : []),
      'export { snapshot } from "./snapshot.js";',
      ...printTypes(typesOf(snapshot)),
    ].join("\n"),
  ],
};

/** As a formatter would break it. */
function printTypes(names: readonly string[]): readonly string[] {
  const line = `export type { ${names.join(", ")} } from "./types.js";`;
  if (line.length <= LINE_WIDTH) return [line];
  return ["export type {", ...names.map((name) => `  ${name},`), '} from "./types.js";'];
}

const LINE_WIDTH = 100;

function typesOf({ resources }: SerializedSnapshot): readonly string[] {
  const names = ["Claims", "Permission", "Policy", "Principal"];
  const more = resources.length > 0 ? ["Resources"] : [];
  return [...names, ...more, "Role", "RouteId", "Routes"];
}
