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
import { FALSE, relationSigns } from "./sql-part.js";
import type { DialectOptions, SaySql, Sql, SqlPart } from "./sql-part.js";
import { isWellFormed, sayUnsayable } from "./unsayable-text.js";

const BYTES = " COLLATE BINARY";
/** Columns of `json_each`, also those that it does not show: within it they stand before those of the row. */
const hiddenBy = "key value type atom id parent fullkey path json root rowid".split(" ");
/** A name that no table of an application has. */
const ITEMS = "gatewright_items";
const MAX_SAFE = "9007199254740991";
/** The years 1 to 9999. */
const MOMENTS = "-62135596800000 AND 253402300799999";

/**
 * SQLite 3.38 and later, with UTF-8 as its encoding. A bool is 0 or 1, a moment its milliseconds since 1970 as an
 * integer, a list a JSON array as text.
 */
export function createSaySqlite(options: DialectOptions): SaySql {
  return (test) => sayUnsayable(test, isWellFormed) ?? sayTest(test, options);
}

function sayTest(test: Exclude<FilterTest, { op: "present" }>, options: DialectOptions): Sql {
  switch (test.op) {
    case "fits":
      return sayFits(test);
    case "compare":
      return sayCompare(test, options);
    case "in":
      return sayIn(test, options);
    case "includes":
      return sayIncludes(test.attribute, test.item);
    case "text":
      return sayText(test);
  }
}

/** A column of SQLite may hold values of any type. */
function sayFits({ attribute, type, isOptional }: FitsTest): Sql {
  const column = { column: attribute };
  const isMissing: Sql = isOptional ? [column, " IS NULL OR "] : [];
  const isOf = (stored: string): Sql => ["typeof(", column, `) = '${stored}'`];
  switch (type) {
    case "string":
      return ["(", ...isMissing, ...isOf("text"), ")"];
    case "double":
      return ["(", ...isMissing, ...isOf("real"), ")"];
    case "bool":
      return ["(", ...isMissing, "(", ...isOf("integer"), " AND ", column, " IN (0, 1)))"];
    case "int":
    case "timestamp": {
      const range = type === "timestamp" ? MOMENTS : `-${MAX_SAFE} AND ${MAX_SAFE}`;
      return ["(", ...isMissing, "(", ...isOf("integer"), " AND ", column, ` BETWEEN ${range}))`];
    }
    case "list<string>": {
      const hasOther = [
        "EXISTS (SELECT 1 FROM json_each(",
        { column: attribute, hiddenBy },
        `) AS ${ITEMS} WHERE ${ITEMS}.type <> 'text')`,
      ];
      const isList = ["json_type(", column, ") = 'array' AND NOT ", ...hasOther];
      return ["(", ...isMissing, ...whereValid(attribute, isList), ")"];
    }
  }
}

/** What is no JSON makes functions that read it fail, and only CASE says in which order things are done. */
function whereValid(attribute: string, sql: Sql): Sql {
  return ["CASE WHEN json_valid(", { column: attribute }, ") THEN ", ...sql, " ELSE FALSE END"];
}

function sayCompare(
  { relation, type, attribute, to }: CompareTest,
  { isTrusted }: DialectOptions,
): Sql {
  const collation = type === "string" && !isTrusted(attribute) ? [BYTES] : [];
  const sign = ` ${relationSigns[relation]} `;
  return ["(", { column: attribute }, ...collation, sign, ...operand(to, type), ")"];
}

function sayIn({ attribute, type, values }: InTest, { isTrusted }: DialectOptions): Sql {
  const list = values.filter(isWellFormed).flatMap((value) => [", ", parameterOf(value, type)]);
  if (list.length === 0) return FALSE;
  const collation = type === "string" && !isTrusted(attribute) ? [BYTES] : [];
  return ["(", { column: attribute }, ...collation, " IN (", ...list.slice(1), "))"];
}

function sayIncludes(attribute: string, item: FilterOperand): Sql {
  const items = [
    `(SELECT ${ITEMS}.value FROM json_each(`,
    { column: attribute, hiddenBy },
    `) AS ${ITEMS} WHERE ${ITEMS}.type = 'text')`,
  ];
  const isIn = [...operand(item), BYTES, " IN ", ...items];
  return ["(", ...whereValid(attribute, isIn), ")"];
}

function sayText({ relation, of, part }: TextTest): Sql {
  const [text, searched] = [operand(of), operand(part)];
  switch (relation) {
    case "starts-with":
      return ["(instr(", ...text, ", ", ...searched, ") = 1)"];
    case "contains":
      return ["(instr(", ...text, ", ", ...searched, ") > 0)"];
    case "ends-with": {
      // As bytes: `substr` of a text ends at U+0000. Of no bytes it is null.
      const [whole, end] = [asBytes(text), asBytes(searched)];
      const start = ["length(", ...whole, ") - length(", ...end, ")"];
      const found = ["ifnull(substr(", ...whole, ", 1 + ", ...start, "), x'')"];
      return ["(", ...start, " >= 0 AND ", ...found, " = ", ...end, ")"];
    }
  }
}

function asBytes(text: Sql): Sql {
  return ["CAST(", ...text, " AS BLOB)"];
}

function operand(of: FilterOperand, type: ScalarFilterType = "string"): Sql {
  return "attribute" in of ? [{ column: of.attribute }] : [parameterOf(of.value, type)];
}

/** SQLite has no booleans, and infinite doubles are written as text. */
function parameterOf(value: FilterValue, type: ScalarFilterType): SqlPart {
  return { parameter: type === "bool" || type === "double" ? Number(value) : value };
}
