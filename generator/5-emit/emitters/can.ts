import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { Emitter } from "../emit-context.js";
import { literal } from "../literal.js";

export const canEmitter: Emitter = {
  path: "can.ts",
  emit: ({ snapshot }) => {
    const read = resourcesRead(snapshot);
    const hasClauses = snapshot.clauses.length > 0 || snapshot.resources.length > 0;
    const types = read.length > 0 ? "Policy, Resources" : "Policy";
    return [
      [
        'import { createCan } from "@gatewright/runtime/abi/can";',
        'import type { Can } from "@gatewright/runtime/abi/can";',
        ...(hasClauses
          ? [
              'import { createClauseJudge } from "@gatewright/runtime/abi/clauses";',
              'import { compiled } from "./conditions.js";',
            ]
          : []),
        `import type { ${types} } from "./types.js";`,
        "",
        "/** The resource that a decision about a permission reads. */",
        ...(read.length === 0
          ? ["export type PermissionResources = Readonly<Record<never, never>>;"]
          : [
              "export interface PermissionResources {",
              ...read.map(
                ([permission, resource]) =>
                  `  readonly ${literal(permission)}: Resources[${literal(resource)}];`,
              ),
              "}",
            ]),
        "",
        "/** Whether a principal has a permission, by the policy in force of a gate. */",
        ...(hasClauses
          ? [`${declaration}(`, "  createClauseJudge(compiled),", ");"]
          : [`${declaration}();`]),
      ].join("\n"),
    ];
  },
};

const declaration =
  "export const can: Can<Policy, PermissionResources> = createCan<Policy, PermissionResources>";

/** Permissions about a single resource that has a tenant, or that a condition of theirs reads. */
function resourcesRead({
  clauses,
  conditions,
  permissions,
  resources,
}: SerializedSnapshot): readonly (readonly [permission: string, resource: string])[] {
  return resources.flatMap(({ name, tenant, permissions: own }) =>
    own
      .filter(
        (permission) =>
          tenant !== null ||
          clauses.some(
            (clause) =>
              clause.permissions.includes(permission) &&
              clause.conditions.some((index) => (conditions[index]?.resource ?? -1) !== -1),
          ),
      )
      .map((permission) => [permissions[permission]?.name ?? "", name] as const),
  );
}
