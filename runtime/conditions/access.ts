import { toKey, typeOfBoxed } from "./boxed.js";
import type { Boxed, BoxedMap, Key } from "./boxed.js";
import { fail } from "./condition-error.js";
import type { Int } from "./int.js";

/** An optional attribute where nothing tells that it is there. */
export function required<T>(value: T | null | undefined): T {
  return value ?? fail("missing");
}

export function itemAt<T>(items: readonly T[], index: Int): T {
  const at = Number(index);
  if (at < 0 || at >= items.length) fail("out-of-bounds");
  return items[at] as T;
}

export function valueAt<T>(map: { readonly [key: string]: T }, key: string): T {
  return Object.hasOwn(map, key) ? (map[key] as T) : fail("no-such-key");
}

export function hasKey(map: { readonly [key: string]: unknown }, key: string): boolean {
  return Object.hasOwn(map, key);
}

export function entryAt<T>(map: ReadonlyMap<Key, T>, key: Key): T {
  return map.has(key) ? (map.get(key) as T) : fail("no-such-key");
}

/** The value of a map that says the types of its keys. */
export function boxedAt(map: BoxedMap, key: Boxed): Boxed {
  const found = toKey(key);
  const entry = found === undefined ? undefined : map.entries.get(found);
  return entry === undefined ? fail("no-such-key") : entry[1];
}

export function hasBoxedKey(map: BoxedMap, key: Boxed): boolean {
  const found = toKey(key);
  return found !== undefined && map.entries.has(found);
}

/** `of[index]` where the types are known only now. A double that is an integer is an index too. */
export function indexBoxed(of: Boxed, index: Boxed): Boxed {
  const type = typeOfBoxed(of);
  if (type === "map") return boxedAt(of as BoxedMap, index);
  if (type !== "list") return fail("no-such-overload");
  if (typeof index === "string" || typeof index === "boolean") return fail("no-such-overload");
  const at = toKey(index);
  if (at === undefined) return fail("no-such-overload");
  return itemAt(of as readonly Boxed[], at as Int);
}
