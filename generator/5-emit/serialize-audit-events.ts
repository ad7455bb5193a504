import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { AuditEventsModel, MaskModel } from "../3-model/audit-events-model.js";
import type { PolicyModel } from "../3-model/policy-model.js";
import { createPlaceOf } from "../diagnostics/position.js";
import { serializeOptions, serializeSecret } from "./serialize-masks.js";

type SerializedSchema = NonNullable<SerializedSnapshot["auditSchema"]>;

/** No member at all where the policy declares no events. */
export function serializeAuditEvents({
  auditEvents,
  sources,
}: PolicyModel): Pick<SerializedSnapshot, "auditSchema"> {
  if (auditEvents === undefined) return {};
  const { events, masks, secret } = auditEvents;
  const placeOf = createPlaceOf(sources);
  const numbers = new Map(masks.map(({ name }, number) => [name, number]));
  const schema: SerializedSchema = {
    events: events.map(({ name: type, category, at, fields }) => ({
      type,
      category,
      at: placeOf(at),
      fields: fields.map(({ name, type: kind, optional, maxLength, mask }) => {
        // An index that leads nowhere hides the value; -1 would show it.
        const number = mask === undefined ? -1 : (numbers.get(mask) ?? masks.length);
        return { name, type: kind, optional, maxLength, mask: number };
      }),
    })),
    masks: masks.map((mask) => ({ name: mask.name, options: optionsOf(mask, auditEvents) })),
    secret: serializeSecret(secret),
  };
  return { auditSchema: schema };
}

type SerializedOptions = SerializedSchema["masks"][number]["options"];

function optionsOf(mask: MaskModel, { events }: AuditEventsModel): SerializedOptions {
  const isInteger = events
    .flatMap(({ fields }) => fields)
    .some((field) => field.mask === mask.name && field.type === "int");
  return serializeOptions(mask, isInteger ? "integer" : "other");
}
