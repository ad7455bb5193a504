import { FilterError } from "./filter-error.js";
import type { CompareTest, FilterOperand, FilterTest, FilterValue, TextTest } from "./filter.js";
import { FALSE } from "./sql-part.js";
import type { Sql } from "./sql-part.js";

/** Whether some text of a column can equal the value; only texts can be such that none does. */
export type CanEqual = (value: FilterValue) => boolean;

/** A text with half of a surrogate pair has no UTF-8: a driver would send another character. */
export function isWellFormed(value: FilterValue): boolean {
  return typeof value !== "string" || value.isWellFormed();
}

/**
 * What comes of a test with a text that no column can hold; undefined for every other test. It equals nothing.
 *
 * @throws FilterError `not-expressible` where the text would be ordered or searched.
 */
export function sayUnsayable(
  test: Exclude<FilterTest, { op: "present" }>,
  canEqual: CanEqual,
): Sql | undefined {
  if (test.op === "compare" && test.type === "string") return sayComparison(test, canEqual);
  if (test.op === "includes" && !isSayable(test.item, canEqual)) return FALSE;
  if (test.op === "text") return checkSearch(test, canEqual);
  return undefined;
}

function sayComparison(
  { relation, attribute, to }: CompareTest,
  canEqual: CanEqual,
): Sql | undefined {
  if (isSayable(to, canEqual)) return undefined;
  if (relation === "equal") return FALSE;
  if (relation === "differ") return ["(", { column: attribute }, " IS NOT NULL)"];
  return refuse("the order of a text");
}

function checkSearch({ of, part }: TextTest, canEqual: CanEqual): undefined {
  if (isSayable(of, canEqual) && isSayable(part, canEqual)) return undefined;
  return refuse("a search with a text");
}

function isSayable(operand: FilterOperand, canEqual: CanEqual): boolean {
  return "attribute" in operand || canEqual(operand.value);
}

function refuse(what: string): never {
  const reason = "which holds U+0000 or half of a surrogate pair, as the database cannot hold it";
  throw new FilterError("not-expressible", `${what} of the principal or the policy, ${reason}`);
}
