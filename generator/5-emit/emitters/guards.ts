import { partsOf } from "../../conditions/checked.js";
import type { Checked } from "../../conditions/checked.js";
import type { PermissionModel } from "../../3-model/policy-model.js";
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
      `import type { ${typesFor(context)} } from "@gatewright/runtime/abi";`,
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
function typesFor(context: EmitContext): string {
  const used = new Set(context.model.permissions.map((permission) => typeOf(permission, context)));
  const names = [
    used.has("NeedsRoute") ? ["NeedsRoute"] : [],
    used.has("PermissionGuard<Policy>") ? ["PermissionGuard"] : [],
  ].flat();
  return [...names, "RouteGuard"].join(", ");
}

/** A permission guard has no path, so that conditions on parameters of the path need a route's guard. */
function typeOf({ name }: PermissionModel, { model }: EmitContext): string {
  const isOnPath = model.clauses.some(
    ({ permissions, conditions }) =>
      permissions.includes(name) && conditions.some(({ checked }) => readsParams(checked.root)),
  );
  return isOnPath ? "NeedsRoute" : "PermissionGuard<Policy>";
}

function readsParams(node: Checked): boolean {
  const isParams = node.op === "field" && node.name === "params" && node.of.op === "input";
  return (isParams && node.of.name === "request") || partsOf(node).some(readsParams);
}

function guardsType(context: EmitContext): readonly string[] {
  const { model, placeOf } = context;
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
        `    readonly ${identifier(permission.action)}: ${typeOf(permission, context)};`,
      ]),
      "  };",
    ]),
    "}",
  ];
}
