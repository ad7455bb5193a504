import { hasBoxedKey, indexBoxed } from "./access.js";
import { typeName, typeOfBoxed } from "./boxed.js";
import type { Boxed, BoxedMap } from "./boxed.js";
import { fail } from "./condition-error.js";
import { createConvert } from "./convert.js";
import { compareBoxed, equalBoxed } from "./equal.js";
import { operations } from "./operations.js";

type Dynamic = (...args: readonly Boxed[]) => Boxed;

const scalars = new Map<string, Dynamic>(
  operations.map(({ of, args, result, run }) => {
    const unbox = args.map((type) => createConvert("dyn", type));
    const box = createConvert(result, "dyn");
    const call = run as (...values: readonly unknown[]) => unknown;
    const dynamic: Dynamic = (...values) =>
      box(call(...values.map((value, index) => unbox[index]?.(value)))) as Boxed;
    return [`${of}(${args.join()})`, dynamic];
  }),
);

const special: { readonly [name: string]: Dynamic } = {
  "_==_": (a = null, b = null) => equalBoxed(a, b),
  "_!=_": (a = null, b = null) => !equalBoxed(a, b),
  "_<_": (a = null, b = null) => compareBoxed(a, b) < 0,
  "_<=_": (a = null, b = null) => compareBoxed(a, b) <= 0,
  "_>_": (a = null, b = null) => compareBoxed(a, b) > 0,
  "_>=_": (a = null, b = null) => compareBoxed(a, b) >= 0,
  "_[_]": (a = null, b = null) => indexBoxed(a, b),
  // The attribute of a value that can only be a map.
  "_._": (a = null, b = null) => (isMap(a) ? indexBoxed(a, b) : fail("no-such-overload")),
  has: (a = null, b = null) => (isMap(a) ? hasBoxedKey(a, b) : fail("no-such-overload")),
  "@in"(a = null, b = null) {
    if (isMap(b)) return hasBoxedKey(b, a);
    return isList(b) ? b.some((item) => equalBoxed(item, a)) : fail("no-such-overload");
  },
  size(a = null) {
    if (isList(a)) return BigInt(a.length);
    return isMap(a) ? BigInt(a.entries.size) : callScalar("size", [a]);
  },
  "_+_": (a = null, b = null) =>
    isList(a) && isList(b) ? [...a, ...b] : callScalar("_+_", [a, b]),
  type: (a = null) => ({ tag: "type", value: typeName(typeOfBoxed(a)) }),
  // What a macro walks: the items of a list, the keys of a map.
  range(a = null) {
    if (isList(a)) return a;
    return isMap(a) ? [...a.entries.values()].map(([key]) => key) : fail("no-such-overload");
  },
};

const names = new Set([...operations.map(({ of }) => of), ...Object.keys(special)]);

/** Calls a function of CEL on values that say their types. */
export function callDynamic(name: string, ...args: readonly Boxed[]): Boxed {
  const own = Object.hasOwn(special, name) ? special[name] : undefined;
  return own === undefined ? callScalar(name, args) : own(...args);
}

export function isDynamicName(name: string): boolean {
  return names.has(name);
}

function callScalar(name: string, args: readonly Boxed[]): Boxed {
  const found = scalars.get(`${name}(${args.map(typeOfBoxed).join()})`);
  return found === undefined ? fail("no-such-overload") : found(...args);
}

function isMap(value: Boxed): value is BoxedMap {
  return typeOfBoxed(value) === "map";
}

function isList(value: Boxed): value is readonly Boxed[] {
  return Array.isArray(value);
}
