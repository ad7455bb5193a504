import { fail } from "./condition-error.js";
import type { Int } from "./int.js";

/**
 * A value of type `dyn`: it says its type itself. A number is a double, a bigint an int; what JavaScript has no
 * type of its own for is tagged.
 */
export type Boxed =
  | boolean
  | string
  | number
  | bigint
  | null
  | Uint8Array
  | readonly Boxed[]
  | { readonly tag: "uint"; readonly value: Int }
  | { readonly tag: "timestamp"; readonly value: Int }
  | { readonly tag: "duration"; readonly value: Int }
  | { readonly tag: "type"; readonly value: string }
  | BoxedMap;

/** By key as a number where it is one, since 1, 1u and 1.0 are the same key. */
export interface BoxedMap {
  readonly tag: "map";
  readonly entries: ReadonlyMap<Key, readonly [key: Boxed, value: Boxed]>;
}

export type Key = string | boolean | Int;

export type BoxedType =
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
  | "list"
  | "map";

export function typeOfBoxed(value: Boxed): BoxedType {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "number":
      return "double";
    case "bigint":
      return "int";
    default:
  }
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  return "tag" in value ? value.tag : "list";
}

/** The key that a value is, also as a double that is an integer; undefined for what no key can be equal to. */
export function toKey(value: Boxed): Key | undefined {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "number":
      if (!Number.isInteger(value)) return undefined;
      return Number.isSafeInteger(value) ? value + 0 : BigInt(value);
    default:
  }
  return value !== null && "tag" in value && value.tag === "uint" ? value.value : undefined;
}

export function boxedMap(pairs: Iterable<readonly [Boxed, Boxed]>): BoxedMap {
  const entries = new Map<Key, readonly [Boxed, Boxed]>();
  for (const pair of pairs) {
    const key = toKey(pair[0]);
    if (key === undefined || typeof pair[0] === "number") return fail("no-such-overload");
    if (entries.has(key)) fail("repeated-key");
    entries.set(key, pair);
  }
  return { tag: "map", entries };
}

const typeNames: { readonly [type in BoxedType]: string } = {
  bool: "bool",
  int: "int",
  uint: "uint",
  double: "double",
  string: "string",
  bytes: "bytes",
  null: "null_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
  type: "type",
  list: "list",
  map: "map",
};

/** The name that `type()` gives. */
export function typeName(type: BoxedType): string {
  return typeNames[type];
}
