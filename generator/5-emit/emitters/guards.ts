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
      'import { permissionGuard, routeGuard } from "@gatewright/runtime/abi";',
      'import type { GuardTree } from "@gatewright/runtime/abi";',
      'import type { Permission, Policy, RouteId } from "./types.js";',
      "",
      "const permission = (id: Permission) => permissionGuard<Policy>(id);",
      "const route = <Id extends RouteId>(id: Id) => routeGuard<Policy, Id>(id);",
      "",
      "/** Guards by resource and action: they check the permission, wherever they are mounted. */",
      `export const guards = ${block(permissionGuards(context))} as const satisfies GuardTree;`,
      "",
      "/** Guards by route: they check that the policy decides the request by this very route. */",
      `export const routeGuards = ${block(routeGuards(context))} as const satisfies GuardTree;`,
    ].join("\n"),
  ],
};

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
