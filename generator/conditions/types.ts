import type { ConditionType } from "@gatewright/runtime/abi/conditions";

export function isSameType(a: ConditionType, b: ConditionType): boolean {
  return a === b || keyOf(a) === keyOf(b);
}

function keyOf(type: ConditionType): string {
  if (typeof type === "string") return type;
  if ("list" in type) return `list(${keyOf(type.list)})`;
  return "map" in type ? `map(${type.map.map(keyOf).join()})` : typeText(type);
}

/** The type as a message shows it. */
export function typeText(type: ConditionType): string {
  if (typeof type === "string") return type === "never" ? "dyn" : type;
  if ("list" in type) return `list(${typeText(type.list)})`;
  if ("map" in type) return `map(${type.map.map(typeText).join(", ")})`;
  const names = Object.entries(type.fields).map(([name, { type: of, optional }]) => {
    return `${name}${optional === true ? "?" : ""}: ${typeText(of)}`;
  });
  return `{ ${names.toSorted().join(", ")} }`;
}

/** The type that values of both fit in, where CEL compares them; undefined where it does not. */
export function commonType(a: ConditionType, b: ConditionType): ConditionType | undefined {
  if (a === "never") return b;
  if (b === "never") return a;
  if (a === "dyn" || b === "dyn") return isValue(a) && isValue(b) ? "dyn" : undefined;
  if (isSameType(a, b)) return holdsNever(a) ? merge(a, b) : a;
  return merge(a, b);
}

function merge(a: ConditionType, b: ConditionType): ConditionType | undefined {
  if (typeof a === "string" || typeof b === "string") return a === b ? a : undefined;
  if ("list" in a && "list" in b) {
    const item = commonType(a.list, b.list);
    return item === undefined ? undefined : { list: item };
  }
  if ("map" in a && "map" in b) {
    const [key, value] = [commonType(a.map[0], b.map[0]), commonType(a.map[1], b.map[1])];
    return key === undefined || value === undefined ? undefined : { map: [key, value] };
  }
  return isSameType(a, b) ? a : undefined;
}

function holdsNever(type: ConditionType): boolean {
  if (typeof type === "string") return type === "never";
  if ("list" in type) return holdsNever(type.list);
  return "map" in type && type.map.some(holdsNever);
}

/** The type of the items of a literal: their common one, else `dyn`. */
export function itemType(types: readonly ConditionType[]): ConditionType {
  return types.reduce<ConditionType>((all, type) => commonType(all, type) ?? "dyn", "never");
}

/** Whether it can be compared, kept in a list and given away; attributes as a whole cannot. */
export function isValue(type: ConditionType): boolean {
  if (typeof type === "string") return true;
  if ("list" in type) return isValue(type.list);
  return "map" in type && type.map.every(isValue);
}

export function isDynamic(type: ConditionType): boolean {
  return type === "dyn" || type === "never";
}

/** Whether the size of a value depends on the request. */
export function hasSize(type: ConditionType): boolean {
  return typeof type !== "string" || ["string", "bytes", "dyn", "never"].includes(type);
}

/** Whether `===` says whether two values are equal. */
export function isPlain(type: ConditionType): boolean {
  return typeof type === "string" && type !== "bytes" && !isDynamic(type);
}

/** Whether a value of it, or in it, can be of any type. */
export function holdsDynamic(type: ConditionType): boolean {
  if (typeof type === "string") return isDynamic(type);
  if ("list" in type) return holdsDynamic(type.list);
  return "map" in type && type.map.some(holdsDynamic);
}
