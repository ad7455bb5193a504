import type { PermissionModel, RouteModel } from "../../3-model/policy-model.js";
import { commentList } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { printCallProperty } from "../print-value.js";
import { rolesHolding } from "../roles-holding.js";

export const guardsEmitter: Emitter = {
  path: "guards.ts",
  emit: (context) => [
    [
      ...wiring(context),
      "/** Guards by resource and action: they check the permission, wherever they are mounted. */",
      `export const guards = ${block(permissionGuards(context))} as const satisfies GuardTree;`,
      "",
      "/** Guards by route: they check that the policy decides the request by this very route. */",
      `export const routeGuards = ${block(routeGuards(context))} as const satisfies GuardTree;`,
    ].join("\n"),
  ],
};

/** Imports and local helpers, as far as the policy has use for them: a strict compiler refuses the others. */
function wiring({ model }: EmitContext): readonly string[] {
  const hasPermissions = model.permissions.length > 0;
  const hasRoutes = model.routes.length > 0;
  const values = [hasPermissions ? "permissionGuard" : [], hasRoutes ? "routeGuard" : []].flat();
  const types = [hasPermissions ? "Permission" : [], "Policy", hasRoutes ? "RouteId" : []].flat();
  const hasAny = values.length > 0;
  return [
    ...(hasAny ? [`import { ${values.join(", ")} } from "@gatewright/runtime/abi/guards";`] : []),
    'import type { GuardTree } from "@gatewright/runtime/abi";',
    ...(hasAny ? [`import type { ${types.join(", ")} } from "./types.js";`] : []),
    "",
    ...(hasPermissions
      ? ["const permission = (id: Permission) => permissionGuard<Policy>(id);"]
      : []),
    ...(hasRoutes
      ? ["const route = <Id extends RouteId>(id: Id) => routeGuard<Policy, Id>(id);"]
      : []),
    ...(hasAny ? [""] : []),
  ];
}

function block(lines: readonly string[]): string {
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n}`;
}

function permissionGuards({ model, placeOf }: EmitContext): readonly string[] {
  const groups = new Map<string, PermissionModel[]>();
  for (const permission of model.permissions) {
    const group = groups.get(permission.resource);
    if (group === undefined) groups.set(permission.resource, [permission]);
    else group.push(permission);
  }
  return [...groups].flatMap(([resource, permissions]) => [
    `  ${identifier(resource)}: {`,
    ...permissions.flatMap((permission) => [
      `    /** ${placeOf(permission.at)}; ${commentList(rolesHolding(permission), "no role")} */`,
      printCallProperty(permission.action, { callee: "permission", argument: permission.name }, 4),
    ]),
    "  },",
  ]);
}

function routeGuards({ model, placeOf }: EmitContext): readonly string[] {
  return model.routes.flatMap((route) => [
    `  /** ${placeOf(route.at)}; ${needOf(route)} */`,
    printCallProperty(route.id, { callee: "route", argument: route.id }, 2),
  ]);
}

function needOf(route: RouteModel): string {
  if (route.access !== "permissions") return route.access;
  return `needs ${commentList(route.permissions, "nothing")}`;
}
