import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { serializeCondition } from "../conditions/serialize-condition.js";
import { fieldsOf } from "../3-model/declare-inputs.js";
import type { PolicyModel, ResourceModel } from "../3-model/policy-model.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import { roleMasks } from "./role-masks.js";

type ClauseParts = Pick<
  SerializedSnapshot,
  "clauses" | "conditions" | "certain" | "resources" | "request"
>;

/** Everything that is decided behind the role check. */
export function serializeClauses(
  model: PolicyModel,
  placeOf: (span: SourceSpan) => string,
): ClauseParts {
  const numberOf = numbersOf(model.permissions);
  const roleNumber = numbersOf(model.roles);
  const loaded = listLoaded(model);
  const resourceNumber = numbersOf(loaded);
  const isConditional = model.clauses.some(({ effect }) => effect === "grant");
  return {
    clauses: model.clauses.map(({ effect, permissions, roles, conditions, role, at, missing }) => ({
      effect,
      permissions: permissions.map(numberOf),
      roles: roles.map(roleNumber),
      conditions: conditions.map(({ index }) => index),
      role,
      at: placeOf(at),
      missing,
    })),
    conditions: model.conditions.map(({ name, text, at, resource, checked }) => ({
      name: name ?? null,
      text,
      at: placeOf(at),
      resource: resource === undefined ? -1 : resourceNumber(resource),
      tree: serializeCondition(checked),
    })),
    certain: isConditional ? roleMasks(model, ({ certainTo }) => certainTo) : "",
    resources: loaded.map((resource) => ({
      name: resource.name,
      permissions: model.permissions.flatMap((permission, number) =>
        permission.resource === resource.name && !resource.collection.includes(permission.action)
          ? number
          : [],
      ),
      tenant: resource.tenant ?? null,
      absent: resource.absent,
      fields: fieldsOf(resource.attributes),
    })),
    request: { headers: model.request.headers, query: model.request.query },
  };
}

/** Resources with a tenant, or whose attributes some condition of a clause reads. */
export function listLoaded(model: PolicyModel): readonly ResourceModel[] {
  const read = new Set(
    model.clauses.flatMap(({ conditions }) => conditions.map(({ resource }) => resource)),
  );
  return model.resources.filter(({ name, tenant }) => tenant !== undefined || read.has(name));
}

function numbersOf(named: readonly { readonly name: string }[]): (name: string) => number {
  const numbers = new Map(named.map(({ name }, number) => [name, number]));
  return (name) => numbers.get(name) ?? -1;
}
