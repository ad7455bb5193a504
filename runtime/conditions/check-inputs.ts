import type { ConditionFields, ConditionType } from "./types.js";

/** The first and last millisecond of CEL's timestamps, years 1 to 9999. */
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;

/**
 * The first attribute of a value that does not fit its declared type, as a path such as `owner.id`, or undefined
 * where all fit. Conditions trust their inputs, so a principal or a loaded resource is checked once, before the
 * first of them: two attributes that are both undefined would be equal.
 */
export function checkInputs(fields: ConditionFields, value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "";
  for (const [name, { type, optional }] of Object.entries(fields)) {
    const item: unknown = Reflect.get(value, name);
    if (item === undefined || item === null) {
      if (optional !== true && type !== "null") return name;
      continue;
    }
    const wrong = findMisfit(type, item, 0);
    if (wrong !== undefined) return wrong === "" ? name : `${name}.${wrong}`;
  }
  return undefined;
}

function findMisfit(type: ConditionType, value: unknown, depth: number): string | undefined {
  if (depth > 32) return "";
  if (typeof type === "string") return fits(type, value) ? undefined : "";
  if ("fields" in type) return checkInputs(type.fields, value);
  const items = itemsOf(type, value);
  const of = "list" in type ? type.list : type.map[1];
  return items === undefined || items.some((item) => findMisfit(of, item, depth + 1) !== undefined)
    ? ""
    : undefined;
}

function itemsOf(type: ConditionType, value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return typeof type === "object" && "list" in type ? value : undefined;
  if (typeof type !== "object" || !("map" in type)) return undefined;
  if (type.map[0] !== "string") return value instanceof Map ? [...value.values()] : undefined;
  return typeof value === "object" && value !== null && !(value instanceof Map)
    ? Object.values(value)
    : undefined;
}

function fits(type: ConditionType & string, value: unknown): boolean {
  switch (type) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isSafeInteger(value);
    case "uint":
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case "double":
      return typeof value === "number";
    case "string":
    case "type":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "null":
      return value === null;
    case "timestamp":
      return value instanceof Date && value.getTime() >= FIRST && value.getTime() <= LAST;
    case "duration":
      return typeof value === "number" && Number.isFinite(value);
    case "dyn":
      return true;
    default:
      return false;
  }
}
