import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";
import type { ShapeModel, ValueModel } from "../3-model/responses-model.js";
import { createPlaceOf } from "../diagnostics/position.js";
import { serializeOptions, serializeSecret } from "./serialize-masks.js";

type Serialized = NonNullable<SerializedSnapshot["responses"]>;
type SerializedShape = Serialized["schemas"][number]["shape"];

/** Whether some route masks what it sends. */
export function masksResponses({ responses, routes }: PolicyModel): boolean {
  return responses !== undefined && routes.some(({ response }) => response !== undefined);
}

/** No member at all where no route masks its responses. */
export function serializeResponses(model: PolicyModel): Pick<SerializedSnapshot, "responses"> {
  const { responses } = model;
  if (responses === undefined || !masksResponses(model)) return {};
  const placeOf = createPlaceOf(model.sources);
  const numberOf = new Map(responses.schemas.map(({ name }, number) => [name, number]));
  const roleNumbers = new Map(model.roles.map(({ name }, number) => [name, number]));
  const masks: Serialized["masks"][number][] = [];
  const byName = new Map(responses.masks.map((mask) => [mask.name, mask]));
  // One mask hashes texts and another numbers, though the policy calls both by one name.
  const maskNumbers = new Map<string, number>();
  const schemas = responses.schemas.map(({ name, at, shape }) => {
    return { name, at: placeOf(at), shape: serializeShape(shape) };
  });
  const routes = model.routes.flatMap(({ response }, route) => {
    const schema = numberOf.get(response ?? "");
    return schema === undefined ? [] : [{ route, schema }];
  });
  return { responses: { schemas, routes, masks, secret: serializeSecret(responses.secret) } };

  function serializeShape(shape: ShapeModel): SerializedShape {
    const { kind, optional } = shape;
    if (kind === "value") {
      const plainFor = shape.plainFor.flatMap((role) => roleNumbers.get(role) ?? []);
      return { kind, optional, type: shape.type, mask: maskNumber(shape), plainFor };
    }
    const { list } = shape;
    if (kind === "schema") {
      return { kind, optional, list, schema: numberOf.get(shape.schema) ?? 0 };
    }
    const fields = shape.fields.map(({ name, shape: inner }) => {
      return { name, shape: serializeShape(inner) };
    });
    return { kind, optional, list, fields };
  }

  function maskNumber({ mask: name, type }: ValueModel): number {
    if (name === undefined) return -1;
    const kind = type === "int" ? "integer" : "other";
    const mask = byName.get(name);
    // An index that leads nowhere hides the value; -1 would show it.
    if (mask === undefined) return Number.MAX_SAFE_INTEGER;
    const options = serializeOptions(mask, kind);
    const key = JSON.stringify([name, options]);
    const known = maskNumbers.get(key);
    if (known !== undefined) return known;
    masks.push({ name, options });
    maskNumbers.set(key, masks.length - 1);
    return masks.length - 1;
  }
}
