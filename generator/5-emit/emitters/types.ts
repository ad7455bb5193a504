import type { StrategyModel } from "../../3-model/authentication-model.js";
import type {
  ClaimType,
  PermissionReference,
  RoleModel,
  RouteModel,
} from "../../3-model/policy-model.js";
import type { ParamType } from "../../3-model/segment-model.js";
import { comment, commentList } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { literal } from "../literal.js";
import { printFields } from "../print-fields.js";
import { printUnion } from "../print-value.js";

export const typesEmitter: Emitter = {
  path: "types.ts",
  emit: (context) => {
    const { model, placeOf } = context;
    return [
      [
        "/**",
        " * Roles of the policy:",
        ...model.roles.flatMap((role) => [
          ` * - ${comment(role.name)} (${placeOf(role.at)})`,
          ...wildcardsOf(role, context),
        ]),
        " */",
        printUnion(
          "export type Role",
          model.roles.map(({ name }) => name),
        ),
        "",
        "/**",
        " * Permissions, as `resource.action`:",
        ...model.permissions.map(({ name, at }) => ` * - ${comment(name)} (${placeOf(at)})`),
        " */",
        printUnion(
          "export type Permission",
          model.permissions.map(({ name }) => name),
        ),
        "",
        ...claimsType(context),
        "",
        ...principalType(context),
        "",
        "/** The routes by id, with how they are guarded and their decoded parameters. */",
        ...(model.routes.length === 0
          ? ["export type Routes = Readonly<Record<never, never>>;"]
          : [
              "export interface Routes {",
              ...model.routes.flatMap((route) => routeType(route, context)),
              "}",
            ]),
        "",
        "/** `METHOD pattern` */",
        "export type RouteId = keyof Routes;",
        "",
        ...resourcesType(context),
        "/** What the runtime's types know about this policy. */",
        "export interface Policy {",
        "  readonly role: Role;",
        "  readonly permission: Permission;",
        "  readonly principal: Principal;",
        `  readonly principalFrom: ${literal(model.principal.from)};`,
        "  readonly routes: Routes;",
        ...(context.snapshot.resources.length > 0 ? ["  readonly resources: Resources;"] : []),
        ...strategiesType(context, "authenticators", "application"),
        ...strategiesType(context, "tokenStores", "opaque"),
        ...(model.auditLog ? ['  readonly audit: "log";'] : []),
        ...(model.dpop ? [`  readonly proofs: ${literal(model.dpop.replay)};`] : []),
        ...(model.revocation ? [`  readonly revocation: ${literal(model.revocation.store)};`] : []),
        "}",
      ].join("\n"),
    ];
  },
};

/** The strategies for which the application passes something. */
function strategiesType(
  { model }: EmitContext,
  member: string,
  kind: StrategyModel["kind"],
): readonly string[] {
  const names = model.authentication.strategies.flatMap((strategy) =>
    strategy.kind === kind ? [strategy.name] : [],
  );
  if (names.length === 0) return [];
  const union = printUnion(`  readonly ${member}:`, names);
  return [union.replace(": =", ":").replaceAll("\n", "\n  ")];
}

/** What a role's `resource.*` stands for. */
function wildcardsOf({ grants, denies }: RoleModel, { placeOf }: EmitContext): readonly string[] {
  const lines = (verb: string, references: readonly PermissionReference[]) =>
    references
      .filter(({ text }) => text.endsWith(".*"))
      .map(
        ({ text, at, permissions }) =>
          ` *   - ${verb} ${comment(text)} (${placeOf(at)}): ${commentList(permissions, "nothing")}`,
      );
  return [...lines("grants", grants), ...lines("denies", denies)];
}

function claimsType({ model, placeOf }: EmitContext): readonly string[] {
  const { claims } = model.principal;
  const doc = "/** The claims that `principal.claims` declares. */";
  if (claims.length === 0) return [doc, "export type Claims = Readonly<Record<never, never>>;"];
  return [
    doc,
    "export interface Claims {",
    ...claims.flatMap((claim) => [
      `  /** ${placeOf(claim.at)} */`,
      `  readonly ${identifier(claim.name)}${claim.optional ? "?" : ""}: ${claimTypes[claim.type]};`,
    ]),
    "}",
  ];
}

function principalType({ model, placeOf }: EmitContext): readonly string[] {
  const { at, scopes } = model.principal;
  return [
    `/** Who a request acts for${at === undefined ? "" : ` (${placeOf(at)})`}. */`,
    "export interface Principal {",
    "  readonly id: string;",
    "  readonly issuer: string;",
    "  readonly roles: readonly Role[];",
    "  readonly tenant: string | undefined;",
    ...(model.principal.actor === undefined
      ? []
      : [
          "  /** Who acts for it, where the token says so (RFC 8693, section 4.1). */",
          "  readonly actor?: {",
          "    readonly id: string;",
          "    readonly issuer: string;",
          "    readonly roles: readonly Role[];",
          "  };",
        ]),
    ...(scopes === undefined ? [] : ["  readonly scopes: readonly string[];"]),
    "  readonly claims: Claims;",
    "}",
  ];
}

/** Of the resources that the application loads. */
function resourcesType({ model, snapshot, placeOf }: EmitContext): readonly string[] {
  if (snapshot.resources.length === 0) return [];
  const places = new Map(model.resources.map(({ name, at }) => [name, placeOf(at)]));
  return [
    "/** Attributes of the resources that conditions read, as their loaders return them. */",
    "export interface Resources {",
    ...snapshot.resources.flatMap(({ name, fields }) => [
      `  /** ${places.get(name) ?? ""} */`,
      `  readonly ${identifier(name)}: ${printFields(fields, 2)};`,
    ]),
    "}",
    "",
  ];
}

function routeType(route: RouteModel, { placeOf }: EmitContext): readonly string[] {
  const access = route.identityOptional ? "public-optional" : route.access;
  const needs = route.access === "permissions" ? `; ${commentList(route.permissions, "")}` : "";
  const params = route.segments.flatMap((segment) => {
    if (segment.kind === "param") {
      return [`      readonly ${identifier(segment.name)}: ${paramTypes[segment.type]};`];
    }
    return segment.kind === "rest" ? ['      readonly "**": string;'] : [];
  });
  return [
    `  /** ${placeOf(route.at)}${needs} */`,
    `  readonly ${literal(route.id)}: {`,
    `    readonly access: ${literal(access)};`,
    ...(params.length === 0
      ? ["    readonly params: Readonly<Record<never, never>>;"]
      : ["    readonly params: {", ...params, "    };"]),
    ...(route.upgrade ? [`    readonly upgrade: ${literal(route.upgrade.protocol)};`] : []),
    "  };",
  ];
}

const claimTypes: Readonly<Record<ClaimType, string>> = {
  string: "string",
  int: "number",
  double: "number",
  bool: "boolean",
  "list<string>": "readonly string[]",
};

const paramTypes: Readonly<Record<ParamType, string>> = {
  string: "string",
  int: "number",
  uuid: "string",
};
