import { floorDivide } from "../conditions/time.js";
import { all, none, not } from "./combine.js";
import type { Filter, FilterRelation, FilterValue, ScalarFilterType } from "./filter.js";

/** A comparison as two tests of a row whose attribute is there. */
export interface Comparison {
  readonly holds: Filter;
  readonly fails: Filter;
}

interface Compared {
  readonly attribute: string;
  readonly relation: FilterRelation;
  readonly type: ScalarFilterType;
}

const opposites: { readonly [relation in FilterRelation]: FilterRelation } = {
  equal: "differ",
  differ: "equal",
  less: "at-least",
  "at-most": "more",
  more: "at-most",
  "at-least": "less",
};

/**
 * Compares an attribute with a value of a condition, which may be one that no attribute can have: NaN, an integer
 * beyond the safe ones, a moment between two milliseconds. Undefined for what is no value of the type.
 */
export function compareWith(compared: Compared, value: unknown): Comparison | undefined {
  const { relation, type } = compared;
  if (!isOfType(type, value)) return undefined;
  if (typeof value === "bigint" && type === "int") return always(compared, value > 0n);
  if (type === "timestamp") return compareMoment(compared, BigInt(value as number | bigint));
  if (Number.isNaN(value)) return fixed(relation === "differ");
  return compareConstant(compared, toValue(type, value));
}

/** The value as filters write it; undefined where no attribute of the type equals it. */
export function toConstant(type: ScalarFilterType, value: unknown): FilterValue | undefined {
  if (!isOfType(type, value) || Number.isNaN(value)) return undefined;
  if (type === "timestamp") {
    const nanos = BigInt(value as number | bigint);
    return nanos % NANOS === 0n ? Number(nanos / NANOS) : undefined;
  }
  return typeof value === "bigint" ? undefined : toValue(type, value);
}

/** A test of two attributes, or of one with a constant. */
export function opposite(test: Filter): Filter {
  if (test.op !== "compare") return not(test);
  const isEquality = test.relation === "equal" || test.relation === "differ";
  // A double that is NaN is neither less nor at least.
  if (test.type === "double" && !isEquality) return not(test);
  return { ...test, relation: opposites[test.relation] };
}

const NANOS = 1_000_000n;

function isOfType(type: ScalarFilterType, value: unknown): boolean {
  switch (type) {
    case "int":
    case "timestamp":
      return typeof value === "bigint" || Number.isSafeInteger(value);
    case "double":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
  }
}

function toValue(type: ScalarFilterType, value: unknown): FilterValue {
  // JSON has no infinite numbers, and no -0, which equals 0.
  if (type === "double" && !Number.isFinite(value)) return String(value);
  return typeof value === "number" ? value + 0 : (value as FilterValue);
}

function fixed(holds: boolean): Comparison {
  return holds ? { holds: all, fails: none } : { holds: none, fails: all };
}

/** With an integer that is larger, or smaller, than every attribute. */
function always({ relation }: Compared, isLarger: boolean): Comparison {
  if (relation === "equal" || relation === "differ") return fixed(relation === "differ");
  return fixed((relation === "less" || relation === "at-most") === isLarger);
}

/** Attributes are whole milliseconds; the value may lie between two. */
function compareMoment(compared: Compared, nanos: bigint): Comparison {
  const { relation } = compared;
  const floor = floorDivide(nanos, NANOS);
  const isWhole = floor * NANOS === nanos;
  if (!isWhole && (relation === "equal" || relation === "differ")) {
    return fixed(relation === "differ");
  }
  const takesNext = !isWhole && (relation === "less" || relation === "at-least");
  return compareConstant(compared, Number(takesNext ? floor + 1n : floor));
}

function compareConstant(compared: Compared, value: FilterValue): Comparison {
  const { attribute, relation, type } = compared;
  const holds: Filter = { op: "compare", relation, type, attribute, to: { value } };
  return { holds, fails: opposite(holds) };
}
