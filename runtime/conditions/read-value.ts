import { boxedMap } from "./boxed.js";
import type { Boxed } from "./boxed.js";
import { fail } from "./condition-error.js";
import { durationOfMillis, timestampOfDate } from "./time.js";
import type { ConditionType } from "./types.js";

type Read = (value: unknown) => unknown;

/**
 * What brings a value of the application into the form that conditions compute with: moments, durations and values of
 * any type, also inside lists and maps. Undefined for all other types, which have one form only.
 */
export function createRead(type: ConditionType): Read | undefined {
  if (type === "timestamp") return timestampOfDate;
  if (type === "duration") return durationOfMillis;
  if (type === "dyn") return boxValue;
  if (typeof type === "string") return undefined;
  if ("list" in type) {
    const read = createRead(type.list);
    return read === undefined ? undefined : (value) => (value as readonly unknown[]).map(read);
  }
  if (!("map" in type)) return undefined;
  const read = createRead(type.map[1]);
  if (read === undefined) return undefined;
  return (value) => {
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, read(item)]));
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, read(item)]),
    );
  };
}

/** As {@link createRead}, for generated code. */
export function createReader<Value>(type: ConditionType): (value: unknown) => Value {
  const read = createRead(type) ?? ((value: unknown) => value);
  return read as (value: unknown) => Value;
}

/** A value of any type, as JSON has them: its objects are maps, and nothing in it can claim another type. */
export function boxValue(value: unknown): Boxed {
  if (Array.isArray(value)) return value.map(boxValue);
  if (value instanceof Date) return { tag: "timestamp", value: timestampOfDate(value) };
  if (value instanceof Uint8Array || value === null) return value;
  switch (typeof value) {
    case "boolean":
    case "string":
    case "number":
    case "bigint":
      return value;
    case "object":
      return boxedMap(Object.entries(value).map(([key, item]) => [key, boxValue(item)] as const));
    default:
      return fail("wrong-input");
  }
}
