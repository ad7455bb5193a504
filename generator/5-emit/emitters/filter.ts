import type { ClauseModel } from "../../3-model/policy-model.js";
import { findUnfilterable } from "../../conditions/find-unfilterable.js";
import { comment } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { literal } from "../literal.js";

/** Only of a policy with a resource of which conditions or a tenant decide. */
export const filterEmitter: Emitter = {
  path: "filter.ts",
  isNeeded: ({ snapshot }) => snapshot.resources.length > 0,
  emit: (context) => {
    const found = singlePermissions(context).map((permission) => ({
      ...permission,
      obstacles: obstaclesOf(permission.name, context),
    }));
    const filterable = found.filter(({ obstacles }) => obstacles.length === 0);
    const others = found.filter(({ obstacles }) => obstacles.length > 0);
    const isRead = filterable.some(({ resource }) => resource !== undefined);
    return [
      [
        'import { createFilter } from "@gatewright/runtime/abi/filter";',
        'import type { FilterFor } from "@gatewright/runtime/abi/filter";',
        'import { compiled } from "./conditions.js";',
        `import type { ${isRead ? "Policy, Resources" : "Policy"} } from "./types.js";`,
        "",
        ...(others.length === 0
          ? [
              "/** Permissions about a single resource, with the attributes that their filters may read. */",
            ]
          : [
              "/**",
              " * Permissions about a single resource, with the attributes that their filters may read.",
              " * No filter can be made of:",
              ...others.flatMap(({ obstacles }) => obstacles),
              " */",
            ]),
        ...(filterable.length === 0
          ? ["export type Filterable = Readonly<Record<never, never>>;"]
          : [
              "export interface Filterable {",
              ...filterable.map(({ name, resource }) => {
                const attributes =
                  resource === undefined ? "never" : `keyof Resources[${literal(resource)}]`;
                return `  readonly ${literal(name)}: ${attributes};`;
              }),
              "}",
            ]),
        "",
        "/** The rows for which a principal has a permission, by the policy in force of a gate. */",
        "export const filter: FilterFor<Policy, Filterable> = createFilter<Policy, Filterable>(compiled);",
      ].join("\n"),
    ];
  },
};

interface SinglePermission {
  readonly name: string;
  /** Undefined where no attribute of it decides. */
  readonly resource: string | undefined;
}

function singlePermissions({ model, snapshot }: EmitContext): readonly SinglePermission[] {
  const loaded = new Set(snapshot.resources.map(({ name }) => name));
  const collections = new Map(model.resources.map(({ name, collection }) => [name, collection]));
  return model.permissions
    .filter(({ resource, action }) => collections.get(resource)?.includes(action) === false)
    .map(({ name, resource }) => ({ name, resource: loaded.has(resource) ? resource : undefined }));
}

/** Why no filter can be made of a permission, a line for each condition that cannot become one. */
function obstaclesOf(permission: string, { model, placeOf }: EmitContext): readonly string[] {
  const conditions = new Set(
    model.clauses
      .filter(({ permissions }: ClauseModel) => permissions.includes(permission))
      .flatMap((clause) => clause.conditions),
  );
  return [...conditions].flatMap(({ checked, spanOf }) => {
    const found = findUnfilterable(checked.root);
    if (found === undefined) return [];
    return ` * - ${comment(permission)} (${placeOf(spanOf(found))}): ${found.reason}`;
  });
}
