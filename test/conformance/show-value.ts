import type { Boxed } from "../../runtime/abi-conditions.js";

/** A value with its type as text, the same for equal values of the same type only. */
export function showValue(value: Boxed): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      // JSON has no negative zero, so neither have the expected values.
      return `double ${value + 0}`;
    case "bigint":
      return `int ${value}`;
    case "boolean":
      return String(value);
    default:
  }
  if (value === null) return "null";
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (!("tag" in value)) return `[${value.map(showValue).join(", ")}]`;
  if (value.tag !== "map") return `${value.tag} ${value.value}`;
  const entries = [...value.entries.values()].map(
    ([key, item]) => `${showValue(key)}: ${showValue(item)}`,
  );
  return `{${entries.toSorted().join(", ")}}`;
}
