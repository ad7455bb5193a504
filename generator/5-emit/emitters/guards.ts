import type { PermissionModel, PolicyModel } from "../../3-model/policy-model.js";
import { commentList } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { rolesHolding } from "../roles-holding.js";

// Types alone for each guard, and one call for the values: a compiler checks ten thousand calls for seconds.

export const guardsEmitter: Emitter = {
  path: "guards.ts",
  emit: (context) => [
    [
      'import { permissionGuards, routeGuardsOf } from "@gatewright/runtime/abi/guards";',
      `import type { ${typesFor(context.model)} } from "@gatewright/runtime/abi";`,
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy, Routes } from "./types.js";',
      "",
      ...guardsType(context),
      "",
      "/** Guards by resource and action: they check the permission, wherever they are mounted. */",
      "export const guards: Guards = permissionGuards<Policy, Guards>(snapshot);",
      "",
      "export type RouteGuards = { readonly [Id in keyof Routes]: RouteGuard<Policy, Id> };",
      "",
      "/** Guards by route: they check that the policy decides the request by this very route. */",
      "export const routeGuards: RouteGuards = routeGuardsOf<RouteGuards>(snapshot);",
    ].join("\n"),
  ],
};

/** A strict compiler refuses what is imported for nothing. */
function typesFor({ permissions }: PolicyModel): string {
  return permissions.length === 0 ? "RouteGuard" : "PermissionGuard, RouteGuard";
}

function guardsType({ model, placeOf }: EmitContext): readonly string[] {
  const groups = new Map<string, PermissionModel[]>();
  for (const permission of model.permissions) {
    const group = groups.get(permission.resource);
    if (group === undefined) groups.set(permission.resource, [permission]);
    else group.push(permission);
  }
  if (groups.size === 0) return ["export type Guards = Readonly<Record<never, never>>;"];
  return [
    "export interface Guards {",
    ...[...groups].flatMap(([resource, permissions]) => [
      `  readonly ${identifier(resource)}: {`,
      ...permissions.flatMap((permission) => [
        `    /** ${placeOf(permission.at)}; ${commentList(rolesHolding(permission), "no role")} */`,
        `    readonly ${identifier(permission.action)}: PermissionGuard<Policy>;`,
      ]),
      "  };",
    ]),
    "}",
  ];
}
