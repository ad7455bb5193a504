import { entryAt, hasBoxedKey, itemAt, valueAt, boxedAt } from "./access.js";
import type { Boxed, BoxedMap, Key } from "./boxed.js";
import { createPairs, createTypeName } from "./convert.js";
import { createEqual } from "./equal.js";
import { isPlain, isSameType } from "./types.js";
import type { ConditionType } from "./types.js";

/** A function chosen for the types of its arguments. */
export interface Chosen {
  readonly result: ConditionType;
  readonly run: (a: never, b: never) => unknown;
}

/** Functions on values of any type; undefined for types that they do not take. */
export const collections: {
  readonly [name: string]: (args: readonly ConditionType[]) => Chosen | undefined;
} = {
  equal: ([a, b]) => (comparable(a, b) ? { result: "bool", run: createEqual(a) } : undefined),
  differ([a, b]) {
    if (!comparable(a, b)) return undefined;
    const equal = createEqual(a);
    return { result: "bool", run: (one: unknown, other: unknown) => !equal(one, other) };
  },
  type: ([a]) => (a === undefined ? undefined : { result: "type", run: createTypeName(a) }),
  "list.size": ([a]) =>
    isList(a) ? { result: "int", run: (list: readonly unknown[]) => list.length } : undefined,
  "list.add": ([a, b]) =>
    isList(a) && comparable(a, b)
      ? { result: a, run: (one: readonly unknown[], two: readonly unknown[]) => [...one, ...two] }
      : undefined,
  "list.at": ([a, b]) =>
    isList(a) && b === "int" ? { result: a.list, run: itemAt<unknown> } : undefined,
  "list.has"([a, b]) {
    if (!isList(b) || !comparable(b.list, a)) return undefined;
    if (isPlain(b.list) && b.list !== "double") {
      return {
        result: "bool",
        run: (item: unknown, list: readonly unknown[]) => list.includes(item),
      };
    }
    const equal = createEqual(b.list);
    const run = (item: unknown, list: readonly unknown[]) =>
      list.some((other) => equal(other, item));
    return { result: "bool", run };
  },
  "map.size"([a]) {
    if (!isMap(a)) return undefined;
    const pairs = createPairs(a);
    return { result: "int", run: (map: unknown) => pairs(map).length };
  },
  "map.keys"([a]) {
    if (!isMap(a)) return undefined;
    const pairs = createPairs(a);
    return { result: { list: a.map[0] }, run: (map: unknown) => pairs(map).map(([key]) => key) };
  },
  "map.at"([a, b]) {
    if (!isMap(a) || !comparable(a.map[0], b)) return undefined;
    const [key, result] = a.map;
    if (key === "string") return { result, run: valueAt<unknown> };
    if (key !== "dyn" && key !== "never") return { result, run: entryAt<unknown> };
    return { result, run: (map: BoxedMap, at: Boxed) => boxedAt(map, at) };
  },
  "map.has"([a, b]) {
    if (!isMap(b) || !comparable(b.map[0], a)) return undefined;
    const [key] = b.map;
    if (key === "string") {
      return { result: "bool", run: (name: string, map: object) => Object.hasOwn(map, name) };
    }
    if (key !== "dyn" && key !== "never") {
      return { result: "bool", run: hasEntry };
    }
    return { result: "bool", run: (item: Boxed, map: BoxedMap) => hasBoxedKey(map, item) };
  },
};

function hasEntry(key: Key, map: ReadonlyMap<Key, unknown>): boolean {
  return map.has(key);
}

/** Equal types that values can be compared in; attributes as a whole are no values. */
function comparable(
  a: ConditionType | undefined,
  b: ConditionType | undefined,
): a is ConditionType {
  return a !== undefined && b !== undefined && isSameType(a, b) && isValue(a);
}

export function isValue(type: ConditionType): boolean {
  if (typeof type === "string") return true;
  if ("list" in type) return isValue(type.list);
  return "map" in type && type.map.every(isValue);
}

function isList(type: ConditionType | undefined): type is { readonly list: ConditionType } {
  return typeof type === "object" && "list" in type;
}

function isMap(
  type: ConditionType | undefined,
): type is { readonly map: readonly [ConditionType, ConditionType] } {
  return typeof type === "object" && "map" in type;
}
