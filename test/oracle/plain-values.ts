export type Plain = ReadonlyMap<string, unknown>;

/** What is no map has no entries. */
export function mapOf(value: unknown): Plain {
  return new Map(Object.entries(value ?? {}));
}

/** A single value stands for a list of one. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function listOf(value: unknown): readonly string[] {
  return itemsOf(value).map(String);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
