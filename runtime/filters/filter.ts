/** What a filter compares; a moment is its milliseconds since 1970, an infinite double is written as text. */
export type FilterValue = string | number | boolean;

/** The declared type of an attribute. */
export type FilterType = "string" | "int" | "double" | "bool" | "timestamp" | "list<string>";

/** An attribute of the row, or a value. */
export type FilterOperand<Attribute extends string = string> =
  | { readonly attribute: Attribute }
  | { readonly value: FilterValue };

/**
 * Which rows a principal may have, as plain JSON: a test that is true or false for each row, never anything
 * between. An attribute is missing where it is undefined or null, and a test of a missing attribute is false,
 * so that `not` of one is true. Comparisons are those of CEL: texts by code points, NaN equal to nothing.
 */
export type Filter<Attribute extends string = string> =
  | { readonly op: "all" }
  | { readonly op: "none" }
  | { readonly op: "and" | "or"; readonly of: readonly Filter<Attribute>[] }
  | { readonly op: "not"; readonly of: Filter<Attribute> }
  | FilterTest<Attribute>;

/** A test of attributes. */
export type FilterTest<Attribute extends string = string> =
  | FitsTest<Attribute>
  | { readonly op: "present"; readonly attribute: Attribute }
  | CompareTest<Attribute>
  | InTest<Attribute>
  | IncludesTest<Attribute>
  | TextTest<Attribute>;

/**
 * The attribute is a value of its declared type, or missing where it is optional. A row that does not fit its
 * declaration is decided against, as `can` does.
 */
export interface FitsTest<Attribute extends string = string> {
  readonly op: "fits";
  readonly attribute: Attribute;
  readonly type: FilterType;
  readonly isOptional: boolean;
}

/** As in `attribute relation to`; of doubles as IEEE 754 has them, of bools false is less than true. */
export type FilterRelation = "equal" | "differ" | "less" | "at-most" | "more" | "at-least";

/** The attribute, and what it is compared with, are there and in this relation. */
export interface CompareTest<Attribute extends string = string> {
  readonly op: "compare";
  readonly relation: FilterRelation;
  /** Of both sides; never a list. */
  readonly type: ScalarFilterType;
  readonly attribute: Attribute;
  readonly to: FilterOperand<Attribute>;
}

/** The types whose values are compared. */
export type ScalarFilterType = Exclude<FilterType, "list<string>">;

/** The attribute equals one of the values; there are at least two. */
export interface InTest<Attribute extends string = string> {
  readonly op: "in";
  readonly type: ScalarFilterType;
  readonly attribute: Attribute;
  readonly values: readonly FilterValue[];
}

/** The attribute is a list of texts that holds the item. */
export interface IncludesTest<Attribute extends string = string> {
  readonly op: "includes";
  readonly attribute: Attribute;
  readonly item: FilterOperand<Attribute>;
}

/** As in `of relation part`. */
export type TextRelation = "starts-with" | "ends-with" | "contains";

/** One text in another one, compared exactly. */
export interface TextTest<Attribute extends string = string> {
  readonly op: "text";
  readonly relation: TextRelation;
  readonly of: FilterOperand<Attribute>;
  readonly part: FilterOperand<Attribute>;
}
