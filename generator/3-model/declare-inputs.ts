import type { ConditionFields, ConditionType } from "@gatewright/runtime/abi/conditions";
import type { ConditionDeclarations } from "../conditions/scope.js";
import type { AttributeType, RouteModel } from "./policy-model.js";
import type { ParamType } from "./segment-model.js";
import type { ClauseScope } from "./resolve-clauses.js";

/**
 * What a condition may read: the principal, the request, and the resource where there is one. A parameter
 * of the path is there for sure where every route that needs the permission has it.
 */
export function declareInputs(
  scope: ClauseScope,
  resource: string | undefined,
  permissions: readonly string[],
): ConditionDeclarations {
  const attributes = scope.resources.find(({ name }) => name === resource)?.attributes;
  return {
    variables: {
      principal: { fields: principalFields(scope) },
      request: { fields: requestFields(scope, permissions) },
      ...(attributes === undefined ? {} : { resource: { fields: fieldsOf(attributes) } }),
    },
  };
}

function principalFields({ principal }: ClauseScope): ConditionFields {
  return {
    id: { type: "string" },
    issuer: { type: "string" },
    roles: { type: { list: "string" } },
    ...(principal.tenant === undefined && principal.from === "claims"
      ? {}
      : { tenant: { type: "string", optional: true } as const }),
    ...(principal.actor === undefined
      ? {}
      : { actor: { type: actorType, optional: true } as const }),
    ...(principal.scopes === undefined ? {} : { scopes: { type: { list: "string" } } as const }),
    claims: { type: { fields: fieldsOf(principal.claims) } },
  };
}

const actorType: ConditionType = {
  fields: {
    id: { type: "string" },
    issuer: { type: "string" },
    roles: { type: { list: "string" } },
  },
};

function requestFields(
  { request, routes }: ClauseScope,
  permissions: readonly string[],
): ConditionFields {
  return {
    method: { type: "string" },
    path: { type: "string" },
    params: { type: { fields: paramFields(routes, permissions) } },
    headers: { type: texts(request.headers) },
    query: { type: texts(request.query) },
    ip: { type: "string", optional: true },
    time: { type: "timestamp" },
  };
}

/** Each may be missing. */
function texts(names: readonly string[]): ConditionType {
  return {
    fields: Object.fromEntries(names.map((name) => [name, { type: "string", optional: true }])),
  };
}

/** Of a name that stands for two types, nothing can be said. */
function paramFields(
  routes: readonly RouteModel[],
  permissions: readonly string[],
): ConditionFields {
  const meeting = routes.filter((route) =>
    route.permissions.some((permission) => permissions.includes(permission)),
  );
  const counts = new Map<string, { readonly types: Set<ConditionType>; routes: number }>();
  for (const { segments } of meeting) {
    for (const segment of segments) {
      if (segment.kind !== "param") continue;
      const found = counts.get(segment.name) ?? { types: new Set(), routes: 0 };
      found.types.add(paramTypes[segment.type]);
      found.routes += 1;
      counts.set(segment.name, found);
    }
  }
  return Object.fromEntries(
    [...counts].flatMap(([name, { types, routes: count }]) => {
      const [type, other] = types;
      if (type === undefined || other !== undefined) return [];
      return [[name, count === meeting.length ? { type } : { type, optional: true as const }]];
    }),
  );
}

/** Attributes or claims as conditions read them. */
export function fieldsOf(
  declared: readonly {
    readonly name: string;
    readonly type: AttributeType;
    readonly optional: boolean;
  }[],
): ConditionFields {
  return Object.fromEntries(
    declared.map(({ name, type, optional }) => [
      name,
      { type: typeOf(type), ...(optional ? { optional: true as const } : {}) },
    ]),
  );
}

function typeOf(type: AttributeType): ConditionType {
  return type === "list<string>" ? { list: "string" } : type;
}

const paramTypes: Readonly<Record<ParamType, ConditionType>> = {
  string: "string",
  int: "int",
  uuid: "string",
};
