import { shortCutOf } from "../../masks/mask.js";
import type { Mask, ShortCut } from "../../masks/mask.js";
import type { AuditFieldType, SerializedAuditField } from "../../serialized-audit.js";

/** A field of an event, ready to be written. */
export interface EventField {
  readonly name: string;
  /** Its place among the fields of its event. */
  readonly index: number;
  readonly type: AuditFieldType;
  readonly optional: boolean;
  readonly maxLength: number;
  readonly mask: Mask | undefined;
  readonly shortCut: ShortCut | undefined;
  /** What the context of its mask calls it. */
  readonly id: string;
  /** What stands before its value where it is the first, and where it is not. */
  readonly firstKey: string;
  readonly nextKey: string;
}

export type Misfit = "type" | "too-long";

export function buildEventField(
  field: SerializedAuditField,
  { index, id, mask }: Pick<EventField, "index" | "id" | "mask">,
): EventField {
  const { name, type, optional, maxLength } = field;
  const key = `${JSON.stringify(name)}:`;
  const shortCut = mask && shortCutOf(mask);
  return {
    name,
    index,
    type,
    optional,
    maxLength,
    mask,
    shortCut,
    id,
    firstKey: `{${key}`,
    nextKey: `,${key}`,
  };
}

/** Why a value does not fit its field; of a list, only of a copy can that be said. */
export function misfitOf({ type, maxLength }: EventField, value: unknown): Misfit | undefined {
  if (typeof value === "string") {
    if (type !== "string") return "type";
    return value.length > maxLength ? "too-long" : undefined;
  }
  if (typeof value === "number") {
    if (type === "double") return Number.isFinite(value) ? undefined : "type";
    return type === "int" && Number.isSafeInteger(value) ? undefined : "type";
  }
  if (typeof value === "boolean") return type === "bool" ? undefined : "type";
  return type === "list<string>" ? misfitOfList(value, maxLength) : "type";
}

function misfitOfList(value: unknown, maxLength: number): Misfit | undefined {
  if (!Array.isArray(value)) return "type";
  if (value.length > MAX_ITEMS) return "too-long";
  for (const item of value) {
    if (typeof item !== "string") return "type";
    if (item.length > maxLength) return "too-long";
  }
  return undefined;
}

/** A list is part of one record, and a record is of one event. */
export const MAX_ITEMS = 100;

/**
 * A list of its items as they are now, or of as many as show that it is too long; other values as they are. By index:
 * what iterates over a list can be the list's own, and need not end.
 */
export function copyList(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const length = Math.min(value.length, MAX_ITEMS + 1);
  const items: unknown[] = [];
  for (let index = 0; index < length; index += 1) items.push(value[index]);
  return items;
}
