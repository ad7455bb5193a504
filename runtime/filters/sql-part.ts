import type { Filter, FilterOperand, FilterTest } from "./filter.js";

/** A piece of SQL: text, the column of an attribute, or a parameter. No value ever stands in a text. */
export type SqlPart = string | ColumnPart | { readonly parameter: SqlValue };

export interface ColumnPart {
  /** The attribute. */
  readonly column: string;
  /** Names that mean something else where it stands, unless that of its table comes first. */
  readonly hiddenBy?: readonly string[];
}

export type SqlValue = string | number | boolean;

/** A condition of SQL that is true for rows that pass, and false or null for all others. */
export type Sql = readonly SqlPart[];

/** How one database says a test. */
export type SaySql = (test: Exclude<FilterTest, { op: "present" }>) => Sql;

export interface DialectOptions {
  /** Whether the values of an attribute are known to be of its type, and texts to have a usual collation. */
  readonly isTrusted: (attribute: string) => boolean;
  readonly storedAs: (attribute: string) => StoredText | undefined;
}

/** What a text is in PostgreSQL where its column is no text. */
export type StoredText = "uuid" | "enum";

export const TRUE: Sql = ["TRUE"];
export const FALSE: Sql = ["FALSE"];

/** Items at one level: databases bound the depth of an expression, and read `a OR b OR c` one into another. */
const MAX_WIDTH = 50;

/** Says a filter in SQL. It is one expression, in parentheses where something may stand beside it. */
export function saySql(filter: Filter, say: SaySql): Sql {
  switch (filter.op) {
    case "all":
      return TRUE;
    case "none":
      return FALSE;
    case "and":
    case "or": {
      const parts = filter.of.map((part) => saySql(part, say));
      return joinWith(filter.op === "and" ? " AND " : " OR ", parts);
    }
    case "not":
      // Null counts as false: what is not true is what the negation takes.
      return ["(", ...saySql(filter.of, say), " IS NOT TRUE)"];
    case "present":
      return ["(", { column: filter.attribute }, " IS NOT NULL)"];
    default:
      return say(filter);
  }
}

/** Balanced, so that a thousand parts are ten levels deep. */
export function joinWith(separator: string, parts: readonly Sql[]): Sql {
  if (parts.length > MAX_WIDTH) {
    const middle = Math.ceil(parts.length / 2);
    const halves = [parts.slice(0, middle), parts.slice(middle)];
    return joinWith(
      separator,
      halves.map((half) => joinWith(separator, half)),
    );
  }
  return ["(", ...parts.flatMap((part, index) => (index === 0 ? part : [separator, ...part])), ")"];
}

export function operandSql(operand: FilterOperand, cast = ""): Sql {
  if ("attribute" in operand) return [{ column: operand.attribute }];
  return [{ parameter: operand.value }, cast];
}

export const relationSigns = {
  equal: "=",
  differ: "<>",
  less: "<",
  "at-most": "<=",
  more: ">",
  "at-least": ">=",
} as const;
