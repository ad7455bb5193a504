/** RFC 8785 as it says it: members sorted by code unit, all else as ECMAScript has it. */
export function canonicalize(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const names = Object.keys(value).toSorted((one, other) => (one < other ? -1 : 1));
  const members = names.map(
    (name) => `${JSON.stringify(name)}:${canonicalize(Reflect.get(value, name))}`,
  );
  return `{${members.join(",")}}`;
}
