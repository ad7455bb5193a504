import { durationOfMillis, timestampOfDate } from "./time.js";
import type { ConditionType } from "./types.js";

type Read = (value: unknown) => unknown;

/**
 * What brings a value of the application into the form that conditions compute with: moments and durations,
 * also inside lists and maps. Undefined for all other types, which have one form only.
 */
export function createRead(type: ConditionType): Read | undefined {
  if (type === "timestamp") return timestampOfDate;
  if (type === "duration") return durationOfMillis;
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
