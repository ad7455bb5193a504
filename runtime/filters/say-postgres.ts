import type {
  CompareTest,
  FilterOperand,
  FilterTest,
  FilterValue,
  FitsTest,
  InTest,
  ScalarFilterType,
  TextTest,
} from "./filter.js";
import { FALSE, TRUE, joinWith, operandSql, relationSigns } from "./sql-part.js";
import type { DialectOptions, SaySql, Sql, SqlPart, SqlValue } from "./sql-part.js";
import { isWellFormed, sayUnsayable } from "./unsayable-text.js";

const casts: { readonly [type in ScalarFilterType]: string } = {
  string: "::text",
  int: "::bigint",
  double: "::double precision",
  bool: "::boolean",
  timestamp: "::timestamptz",
};

/** Byte by byte, which in UTF-8 is by code points, whatever the collation of the column. */
const BYTES = ' COLLATE "C"';
const NAN = "'NaN'::double precision";
const MAX_SAFE = "9007199254740991";

/** PostgreSQL 13 and later, with UTF8 as its encoding. */
export function createSayPostgres(options: DialectOptions): SaySql {
  return (test) => sayUnsayable(test, canHold) ?? sayTest(test, options);
}

/** A text of PostgreSQL holds no U+0000. */
function canHold(value: SqlValue): boolean {
  return isWellFormed(value) && !(typeof value === "string" && value.includes("\0"));
}

function sayTest(test: Exclude<FilterTest, { op: "present" }>, options: DialectOptions): Sql {
  switch (test.op) {
    case "fits":
      return sayFits(test);
    case "compare":
      return sayCompare(test, options);
    case "in":
      return sayIn(test, options);
    case "includes": {
      const item = textOf(test.item, options);
      return ["(", ...item, BYTES, " = ANY(", { column: test.attribute }, "))"];
    }
    case "text":
      return sayText(test, options);
  }
}

/** A text as the application sees it. */
function textOf(operand: FilterOperand, { storedAs }: DialectOptions): Sql {
  if ("value" in operand) return [{ parameter: operand.value }, casts.string];
  const column = { column: operand.attribute };
  return storedAs(operand.attribute) === undefined ? [column] : ["(", column, "::text)"];
}

function sayFits({ attribute, type, isOptional }: FitsTest): Sql {
  const column = { column: attribute };
  const orMissing: Sql = isOptional ? [column, " IS NULL OR "] : [];
  switch (type) {
    case "int":
      return ["(", ...orMissing, column, ` BETWEEN -${MAX_SAFE} AND ${MAX_SAFE})`];
    case "timestamp": {
      const first = `'0001-01-01T00:00:00Z'${casts.timestamp}`;
      const end = `'10000-01-01T00:00:00Z'${casts.timestamp}`;
      return ["(", ...orMissing, "(", column, ` >= ${first} AND `, column, ` < ${end}))`];
    }
    case "list<string>": {
      // A list of lists is none of texts, and what looks for null in one fails.
      const isFlat = ["WHEN array_ndims(", column, ") > 1 THEN FALSE "];
      const isFull = ["ELSE array_position(", column, ", NULL) IS NULL END)"];
      return ["(CASE WHEN ", column, ` IS NULL THEN ${isOptional} `, ...isFlat, ...isFull];
    }
    default:
      return isOptional ? TRUE : ["(", column, " IS NOT NULL)"];
  }
}

function sayCompare(test: CompareTest, options: DialectOptions): Sql {
  switch (test.type) {
    case "string":
      return sayTextComparison(test, options);
    case "double":
      return sayDouble(test);
    case "timestamp":
      return sayMoment(test);
    default:
      return plain(test);
  }
}

function plain({ relation, type, attribute, to }: CompareTest): Sql {
  const sign = ` ${relationSigns[relation]} `;
  return ["(", { column: attribute }, sign, ...operandSql(to, casts[type]), ")"];
}

function sayTextComparison(test: CompareTest, options: DialectOptions): Sql {
  const { relation, attribute, to } = test;
  const stored = options.storedAs(attribute);
  const isEquality = relation === "equal" && "value" in to;
  if (isEquality && stored === "uuid") return sayUuid(attribute, [to.value]);
  const sign = ` ${relationSigns[relation]} `;
  const [left, right] = [textOf({ attribute }, options), textOf(to, options)];
  const exact: Sql = ["(", ...left, BYTES, sign, ...right, BYTES, ")"];
  if (!isEquality || stored !== undefined) return exact;
  // An index has the collation of its column: the first comparison can use it, the second one is exact.
  return options.isTrusted(attribute) ? plain(test) : joinWith(" AND ", [plain(test), exact]);
}

/** The one way that PostgreSQL writes a uuid; it would read others, that the application never sees. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function sayUuid(attribute: string, values: readonly FilterValue[]): Sql {
  const list = values
    .filter((value) => uuid.test(String(value)))
    .flatMap((parameter) => [", ", { parameter }, "::uuid"]);
  return list.length === 0 ? FALSE : ["(", { column: attribute }, " IN (", ...list.slice(1), "))"];
}

/** To PostgreSQL NaN equals itself and is larger than every number, to CEL it is nothing of this. */
function sayDouble(test: CompareTest): Sql {
  const { relation, attribute, to } = test;
  const isNumber = (name: string): Sql => ["(", { column: name }, ` <> ${NAN})`];
  const isNaN: Sql = ["(", { column: attribute }, ` = ${NAN})`];
  if ("value" in to) {
    const canMeetNaN = relation === "more" || relation === "at-least";
    return canMeetNaN ? joinWith(" AND ", [plain(test), isNumber(attribute)]) : plain(test);
  }
  if (relation === "differ") {
    const isThere: Sql = ["(", { column: to.attribute }, " IS NOT NULL)"];
    return joinWith(" OR ", [plain(test), joinWith(" AND ", [isNaN, isThere])]);
  }
  return joinWith(" AND ", [plain(test), isNumber(attribute), isNumber(to.attribute)]);
}

/** The application sees milliseconds, cut off; a column holds microseconds. */
function sayMoment({ relation, attribute, to }: CompareTest): Sql {
  const column = { column: attribute };
  const sign = relationSigns[relation];
  if ("attribute" in to) {
    const left = ["(date_trunc('milliseconds', ", column, `) ${sign} date_trunc('milliseconds', `];
    return [...left, { column: to.attribute }, "))"];
  }
  const from: Sql = [{ parameter: momentText(Number(to.value)) }, casts.timestamp];
  const next: Sql = [{ parameter: momentText(Number(to.value) + 1) }, casts.timestamp];
  switch (relation) {
    case "less":
      return ["(", column, " < ", ...from, ")"];
    case "at-least":
      return ["(", column, " >= ", ...from, ")"];
    case "at-most":
      return ["(", column, " < ", ...next, ")"];
    case "more":
      return ["(", column, " >= ", ...next, ")"];
    case "equal":
      return ["(", column, " >= ", ...from, " AND ", column, " < ", ...next, ")"];
    case "differ":
      return ["(", column, " < ", ...from, " OR ", column, " >= ", ...next, ")"];
  }
}

/** ISO 8601 as PostgreSQL reads it: the year 10000 has no sign. */
function momentText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/^\+0*/, "");
}

function sayIn({ attribute, type, values }: InTest, options: DialectOptions): Sql {
  if (type === "timestamp") {
    const tests = values.map((value) =>
      sayMoment({ op: "compare", relation: "equal", type, attribute, to: { value } }),
    );
    return joinWith(" OR ", tests);
  }
  const stored = type === "string" ? options.storedAs(attribute) : undefined;
  if (stored === "uuid") return sayUuid(attribute, values);
  const parameters = values.filter(canHold).map((parameter): SqlPart => ({ parameter }));
  if (parameters.length === 0) return FALSE;
  const list = parameters.flatMap((part, index) => [index === 0 ? "" : ", ", part, casts[type]]);
  const found = ["(", { column: attribute }, " IN (", ...list, "))"];
  if (type !== "string") return found;
  const exact = ["(", ...textOf({ attribute }, options), BYTES, " IN (", ...list, "))"];
  if (stored !== undefined) return exact;
  return options.isTrusted(attribute) ? found : joinWith(" AND ", [found, exact]);
}

function sayText({ relation, of, part }: TextTest, options: DialectOptions): Sql {
  const [text, searched] = [textOf(of, options), textOf(part, options)];
  switch (relation) {
    case "starts-with":
      return ["starts_with(", ...text, BYTES, ", ", ...searched, BYTES, ")"];
    case "contains":
      return ["(strpos(", ...text, BYTES, ", ", ...searched, BYTES, ") > 0)"];
    case "ends-with": {
      const end = ["right(", ...text, ", length(", ...searched, "))", BYTES];
      return ["(", ...end, " = ", ...searched, BYTES, ")"];
    }
  }
}
