/**
 * Reads values that came out of JSON or YAML. Names in them are the document's, so nothing here looks
 * up a prototype: `__proto__` and `constructor` are names like others.
 */
export type PlainMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueIn(value: unknown, name: string): unknown {
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Undefined where the value is no map: another thing than an empty one. */
export function entriesIn(value: unknown): readonly (readonly [string, unknown])[] {
  return isMap(value) ? Object.entries(value) : [];
}

export function textIn(value: unknown, name: string): string | undefined {
  const found = valueIn(value, name);
  return typeof found === "string" ? found : undefined;
}

export function itemsIn(value: unknown, name: string): readonly unknown[] {
  const found = valueIn(value, name);
  return Array.isArray(found) ? found : [];
}
