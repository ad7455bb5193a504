import { boxedMap, typeName, typeOfBoxed } from "./boxed.js";
import type { Boxed, BoxedMap, Key } from "./boxed.js";
import { fail } from "./condition-error.js";
import { toInt } from "./int.js";
import type { Int } from "./int.js";
import { isSameType } from "./types.js";
import type { ConditionType } from "./types.js";

type Convert = (value: unknown) => unknown;

const keep: Convert = (value) => value;

/** Every value of a map that does not say its types: string keys are properties, others keys of a `Map`. */
export type PlainMap = ReadonlyMap<Key, unknown> | { readonly [key: string]: unknown };

/** What brings a value of one type into the form of another; only out of `dyn` can it fail. */
export function createConvert<To>(from: ConditionType, to: ConditionType): (value: unknown) => To {
  return chooseConvert(from, to) as (value: unknown) => To;
}

function chooseConvert(from: ConditionType, to: ConditionType): Convert {
  if (from === "never" || isSameType(from, to)) return keep;
  if (to === "dyn") return createBox(from);
  if (from === "dyn") return createUnbox(to);
  if (typeof from === "string" || typeof to === "string") return () => fail("no-such-overload");
  if ("list" in from && "list" in to) {
    const convert = chooseConvert(from.list, to.list);
    return convert === keep ? keep : (value) => asList(value).map(convert);
  }
  if ("map" in from && "map" in to) {
    const [key, item] = [createBox(from.map[0]), chooseConvert(from.map[1], to.map[1])];
    const read = createPairs(from);
    const write = createMap(to.map[0]);
    return (value) => write(read(value).map(([k, v]) => [key(k), item(v)]));
  }
  return () => fail("no-such-overload");
}

function createBox(type: ConditionType): Convert {
  switch (type) {
    case "int":
      return (value) => BigInt(asInt(value));
    case "uint":
    case "timestamp":
    case "duration":
      return (value) => ({ tag: type, value });
    case "type":
      return (value) => ({ tag: "type", value });
    default:
  }
  if (typeof type === "string") return keep;
  if ("list" in type) {
    const box = createBox(type.list);
    return box === keep ? keep : (value) => asList(value).map(box);
  }
  if ("map" in type) {
    const [key, item] = type.map.map(createBox);
    if (key === undefined || item === undefined) return keep;
    const read = createPairs(type);
    return (value) => boxedMap(read(value).map(([k, v]) => [key(k) as Boxed, item(v) as Boxed]));
  }
  return () => fail("no-such-overload");
}

function createUnbox(type: ConditionType): Convert {
  switch (type) {
    case "never":
      return () => fail("no-such-overload");
    case "int":
      return (value) => (typeof value === "bigint" ? toInt(value) : fail("no-such-overload"));
    case "uint":
    case "timestamp":
    case "duration":
    case "type":
      return (value) => {
        const boxed = value as Boxed;
        if (typeOfBoxed(boxed) !== type) return fail("no-such-overload");
        return (boxed as { readonly value: unknown }).value;
      };
    default:
  }
  if (typeof type === "string") {
    return (value) => (typeOfBoxed(value as Boxed) === type ? value : fail("no-such-overload"));
  }
  if ("list" in type) {
    const unbox = type.list === "dyn" ? keep : createUnbox(type.list);
    return (value) => {
      if (!Array.isArray(value)) return fail("no-such-overload");
      return unbox === keep ? value : value.map(unbox);
    };
  }
  if ("map" in type) {
    const [keyType, itemType] = type.map;
    const key = keyType === "dyn" ? keep : createUnbox(keyType);
    const item = itemType === "dyn" ? keep : createUnbox(itemType);
    const write = createMap(keyType);
    return (value) => {
      if (typeOfBoxed(value as Boxed) !== "map") return fail("no-such-overload");
      const pairs = [...(value as BoxedMap).entries.values()];
      for (const [k] of pairs) key(k);
      return write(pairs.map(([k, v]) => [k, item(v)]));
    };
  }
  return () => fail("no-such-overload");
}

/** Entries of a map, its keys in the form of their type. */
export function createPairs(type: {
  readonly map: readonly [ConditionType, ConditionType];
}): (value: unknown) => readonly (readonly [unknown, unknown])[] {
  const [key] = type.map;
  if (key === "dyn" || key === "never") return (value) => [...(value as BoxedMap).entries.values()];
  if (key === "string") return (value) => Object.entries(value as object);
  return (value) => [...(value as ReadonlyMap<unknown, unknown>)];
}

/** Makes a map with keys of this type from entries with boxed keys. */
export function createMap(
  key: ConditionType,
): (pairs: readonly (readonly [unknown, unknown])[]) => unknown {
  if (key === "dyn" || key === "never") {
    return (pairs) => boxedMap(pairs as readonly (readonly [Boxed, Boxed])[]);
  }
  const unbox = createUnbox(key);
  if (key === "string") {
    return (pairs) => record(pairs.map(([k, v]) => [unbox(k) as string, v]));
  }
  return (pairs) => plainMap(pairs.map(([k, v]) => [unbox(k) as Key, v]));
}

/** A map with string keys; `__proto__` is a key like every other. */
export function record<T>(pairs: Iterable<readonly [string, T]>): { readonly [key: string]: T } {
  const result: { [key: string]: T } = Object.create(null);
  for (const [key, value] of pairs) {
    if (key in result) fail("repeated-key");
    result[key] = value;
  }
  return result;
}

/** A map with keys that are integers or booleans. */
export function plainMap<K extends Key, T>(pairs: Iterable<readonly [K, T]>): ReadonlyMap<K, T> {
  const result = new Map<K, T>();
  for (const [key, value] of pairs) {
    if (result.has(key)) fail("repeated-key");
    result.set(key, value);
  }
  return result;
}

/** `type(x)` of a value of a known type. */
export function createTypeName(type: ConditionType): (value: unknown) => string {
  if (type === "dyn" || type === "never") return (value) => typeName(typeOfBoxed(value as Boxed));
  if (typeof type === "string") return () => typeName(type);
  const name = "list" in type ? "list" : "map";
  return () => name;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail("wrong-input");
}

function asInt(value: unknown): Int {
  return typeof value === "number" || typeof value === "bigint" ? value : fail("wrong-input");
}
