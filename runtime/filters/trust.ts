import { all, allOf, anyOf, not } from "./combine.js";
import type { Filter, FilterOperand } from "./filter.js";
import { FilterError } from "./filter-error.js";

/** What is known of the columns of a table. */
export interface ColumnFacts<Attribute extends string = string> {
  /**
   * Attributes of which nothing but a value of the declared type can stand in their columns: NOT NULL where the
   * policy does not call them optional, integers within 2^53, moments in the years 1 to 9999, texts whose equality
   * is exact (as it is without a nondeterministic collation, and without NOCASE). Nothing is asked about them.
   */
  readonly trusted?: readonly Attribute[] | "all";
}

export function isTrustedBy({ trusted = [] }: ColumnFacts): (attribute: string) => boolean {
  return (attribute) => trusted === "all" || trusted.includes(attribute);
}

/**
 * Leaves out what is known to be so.
 *
 * @throws FilterError `no-column` for an attribute that is read and has no column.
 */
export function applyFacts(
  filter: Filter,
  isTrusted: (attribute: string) => boolean,
  hasColumn: (attribute: string) => boolean,
): Filter {
  const apply = (part: Filter): Filter => {
    switch (part.op) {
      case "all":
      case "none":
        return part;
      case "and":
        return allOf(part.of.map(apply));
      case "or":
        return anyOf(part.of.map(apply));
      case "not":
        return not(apply(part.of));
      case "fits":
        if (isTrusted(part.attribute) || !hasColumn(part.attribute)) return all;
        return part;
      default:
        for (const attribute of attributesOf(part)) {
          if (!hasColumn(attribute)) {
            throw new FilterError("no-column", `the attribute \`${attribute}\` has no column`);
          }
        }
        return part;
    }
  };
  return apply(filter);
}

type Test = Exclude<Filter, { op: "all" | "none" | "and" | "or" | "not" }>;

function attributesOf(test: Test): readonly string[] {
  switch (test.op) {
    case "compare":
      return [test.attribute, ...named(test.to)];
    case "includes":
      return [test.attribute, ...named(test.item)];
    case "text":
      return [...named(test.of), ...named(test.part)];
    default:
      return [test.attribute];
  }
}

function named(operand: FilterOperand): readonly string[] {
  return "attribute" in operand ? [operand.attribute] : [];
}
