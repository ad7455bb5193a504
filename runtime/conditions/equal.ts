import { typeOfBoxed } from "./boxed.js";
import type { Boxed, BoxedMap } from "./boxed.js";
import { equalBytes, compareBytes } from "./bytes.js";
import { fail } from "./condition-error.js";
import { toInt } from "./int.js";
import type { Int } from "./int.js";
import { compareText } from "./text.js";
import { isPlain } from "./types.js";
import type { ConditionType } from "./types.js";

type Equal = (a: unknown, b: unknown) => boolean;

/** Equality of two values of the same type. */
export function createEqual(type: ConditionType): Equal {
  if (isPlain(type)) return (a, b) => a === b;
  if (type === "bytes") return (a, b) => equalBytes(a as Uint8Array, b as Uint8Array);
  if (typeof type === "string") return (a, b) => equalBoxed(a as Boxed, b as Boxed);
  if ("list" in type) {
    const equal = createEqual(type.list);
    return (a, b) => equalLists(a as readonly unknown[], b as readonly unknown[], equal);
  }
  if (!("map" in type)) return () => fail("no-such-overload");
  const equal = createEqual(type.map[1]);
  const [key] = type.map;
  if (key === "string") {
    return (a, b) => equalRecords(a as Readonly<Record<string, unknown>>, b as object, equal);
  }
  if (key === "dyn" || key === "never") {
    return (a, b) =>
      equalMaps((a as BoxedMap).entries, (b as BoxedMap).entries, (one, other) => {
        return equal((one as readonly unknown[])[1], (other as readonly unknown[])[1]);
      });
  }
  return (a, b) =>
    equalMaps(a as ReadonlyMap<unknown, unknown>, b as ReadonlyMap<unknown, unknown>, equal);
}

function equalLists(a: readonly unknown[], b: readonly unknown[], equal: Equal): boolean {
  return a.length === b.length && a.every((item, index) => equal(item, b[index]));
}

function equalRecords(a: Readonly<Record<string, unknown>>, b: object, equal: Equal): boolean {
  const keys = Object.keys(a);
  const other = b as Readonly<Record<string, unknown>>;
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && equal(a[key], other[key]))
  );
}

function equalMaps(
  a: ReadonlyMap<unknown, unknown>,
  b: ReadonlyMap<unknown, unknown>,
  equal: Equal,
): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!b.has(key) || !equal(value, b.get(key))) return false;
  }
  return true;
}

/** Equality across types: numbers by what they are worth, values of other different types never. */
export function equalBoxed(a: Boxed, b: Boxed): boolean {
  const one = numberOf(a);
  const other = numberOf(b);
  if (one !== undefined && other !== undefined) return compareNumbers(one, other) === 0;
  const type = typeOfBoxed(a);
  if (type !== typeOfBoxed(b)) return false;
  switch (type) {
    case "bytes":
      return equalBytes(a as Uint8Array, b as Uint8Array);
    case "list":
      return equalLists(a as readonly Boxed[], b as readonly Boxed[], (x, y) => {
        return equalBoxed(x as Boxed, y as Boxed);
      });
    case "map":
      return equalMaps((a as BoxedMap).entries, (b as BoxedMap).entries, (x, y) => {
        return equalBoxed((x as readonly Boxed[])[1] ?? null, (y as readonly Boxed[])[1] ?? null);
      });
    case "timestamp":
    case "duration":
    case "type":
      return (a as { readonly value: unknown }).value === (b as { readonly value: unknown }).value;
    default:
      return a === b;
  }
}

/** Below zero, zero or above, as `a` stands before, at or behind `b`; NaN where they have no order. */
export function compareBoxed(a: Boxed, b: Boxed): number {
  const one = numberOf(a);
  const other = numberOf(b);
  if (one !== undefined && other !== undefined) return compareNumbers(one, other);
  const type = typeOfBoxed(a);
  if (type !== typeOfBoxed(b)) return fail("no-such-overload");
  switch (type) {
    case "string":
      return compareText(a as string, b as string);
    case "bytes":
      return compareBytes(a as Uint8Array, b as Uint8Array);
    case "bool":
      return Number(a) - Number(b);
    case "timestamp":
    case "duration":
      return compareInts(
        (a as { readonly value: Int }).value,
        (b as { readonly value: Int }).value,
      );
    default:
      return fail("no-such-overload");
  }
}

/** An int or uint is compared with a double as the double that is nearest to it, as CEL's own implementation does. */
function compareNumbers(a: Numeric, b: Numeric): number {
  const isLossy = a.isDouble !== b.isDouble;
  const one = isLossy ? Number(a.value) : a.value;
  const other = isLossy ? Number(b.value) : b.value;
  if (one < other) return -1;
  if (one > other) return 1;
  return one === other ? 0 : Number.NaN;
}

interface Numeric {
  readonly value: Int;
  readonly isDouble: boolean;
}

function numberOf(value: Boxed): Numeric | undefined {
  if (typeof value === "number") return { value, isDouble: true };
  if (typeof value === "bigint") return { value: toInt(value), isDouble: false };
  if (typeof value !== "object" || value === null || !("tag" in value)) return undefined;
  return value.tag === "uint" ? { value: value.value, isDouble: false } : undefined;
}

function compareInts(a: Int, b: Int): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
