/**
 * The type of an expression, as plain JSON. `never` is what an empty list or map holds: no value has it,
 * so it goes with every other type. `dyn` is a value that carries its type along.
 */
export type ConditionType =
  | ScalarType
  | { readonly list: ConditionType }
  | { readonly map: readonly [key: ConditionType, value: ConditionType] }
  | { readonly fields: ConditionFields };

export type ScalarType =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null"
  | "timestamp"
  | "duration"
  | "type"
  | "dyn"
  | "never";

/** The attributes of an input such as `principal`. */
export type ConditionFields = { readonly [name: string]: ConditionField };

export interface ConditionField {
  readonly type: ConditionType;
  /** It may be undefined or null; `has()` tells. */
  readonly optional?: true;
}

export const scalarTypes: readonly ScalarType[] = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "null",
  "timestamp",
  "duration",
  "type",
  "dyn",
  "never",
];

export function isSameType(a: ConditionType, b: ConditionType): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string") return false;
  if ("list" in a) return "list" in b && isSameType(a.list, b.list);
  if ("map" in a) {
    return "map" in b && isSameType(a.map[0], b.map[0]) && isSameType(a.map[1], b.map[1]);
  }
  if (!("fields" in b)) return false;
  const names = Object.keys(a.fields);
  return (
    names.length === Object.keys(b.fields).length &&
    names.every((name) => {
      const one = a.fields[name];
      const other = Object.hasOwn(b.fields, name) ? b.fields[name] : undefined;
      return (
        one !== undefined &&
        other !== undefined &&
        one.optional === other.optional &&
        isSameType(one.type, other.type)
      );
    })
  );
}

/** Whether a value of it, or in it, can be of any type. */
export function holdsDynamic(type: ConditionType): boolean {
  if (typeof type === "string") return type === "dyn" || type === "never";
  if ("list" in type) return holdsDynamic(type.list);
  return "map" in type && type.map.some(holdsDynamic);
}

/** Whether `===` says whether two values of it are equal. */
export function isPlain(type: ConditionType): boolean {
  return typeof type === "string" && type !== "bytes" && type !== "dyn" && type !== "never";
}
