import type { Filter, FilterValue, InTest, ScalarFilterType } from "./filter.js";

export const all: Filter = { op: "all" };
export const none: Filter = { op: "none" };

/** True where each part is; parts that decide nothing are left out. */
export function allOf(parts: readonly Filter[]): Filter {
  return combine("and", parts);
}

/** True where some part is; tests of one attribute for equality become one. */
export function anyOf(parts: readonly Filter[]): Filter {
  return combine("or", parts);
}

export function not(filter: Filter): Filter {
  switch (filter.op) {
    case "all":
      return none;
    case "none":
      return all;
    case "not":
      return filter.of;
    default:
      return { op: "not", of: filter };
  }
}

/** The attribute is one of the values. */
export function oneOf(
  attribute: string,
  type: ScalarFilterType,
  values: readonly FilterValue[],
): Filter {
  const [value, ...more] = new Set(values);
  if (value === undefined) return none;
  if (more.length > 0) return { op: "in", type, attribute, values: [value, ...more] };
  return { op: "compare", relation: "equal", type, attribute, to: { value } };
}

function combine(op: "and" | "or", parts: readonly Filter[]): Filter {
  const [neutral, decisive] = op === "and" ? [all, none] : [none, all];
  const flat = parts.flatMap((part) => (part.op === op ? part.of : [part]));
  if (flat.some((part) => part.op === decisive.op)) return decisive;
  const counted = flat.filter((part) => part.op !== neutral.op);
  const merged = op === "or" ? mergeEqualities(counted) : counted;
  const byText = new Map(merged.map((part) => [JSON.stringify(part), part]));
  const distinct = [...byText.values()];
  if (op === "or" && distinct.some((part) => completes(part, byText))) return all;
  const [only, ...more] = distinct;
  if (only === undefined) return neutral;
  return more.length === 0 ? only : { op, of: distinct };
}

/** Whether what a part leaves out is taken by others beside it, as in `not a or not b or (a and b)`. */
function completes(part: Filter, others: ReadonlyMap<string, Filter>): boolean {
  const needed = part.op === "and" ? part.of : [part];
  return needed.every((one) => others.has(JSON.stringify(not(one))));
}

/** `a = 1 or a = 2` is `a in (1, 2)`, where the first of them stands. */
function mergeEqualities(parts: readonly Filter[]): readonly Filter[] {
  const merged = new Map<string, Filter>();
  const found = new Map<string, FilterValue[]>();
  for (const part of parts) {
    const values = valuesOf(part);
    if (values === undefined) {
      merged.set(`#${merged.size}`, part);
      continue;
    }
    const { attribute, type } = values;
    const key = `${type}.${attribute}`;
    const known = found.get(key) ?? [];
    known.push(...values.values);
    found.set(key, known);
    merged.set(key, part);
  }
  return [...merged].map(([key, part]) => {
    const { attribute, type } = valuesOf(part) ?? {};
    const values = found.get(key);
    if (attribute === undefined || type === undefined || values === undefined) return part;
    return oneOf(attribute, type, values);
  });
}

function valuesOf(part: Filter): Omit<InTest, "op"> | undefined {
  if (part.op === "in") return part;
  if (part.op !== "compare" || part.relation !== "equal" || !("value" in part.to)) return undefined;
  return { attribute: part.attribute, type: part.type, values: [part.to.value] };
}
