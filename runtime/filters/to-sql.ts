import type { Filter } from "./filter.js";
import { qualifiedName, renderFilter } from "./render-filter.js";
import type { RenderOptions } from "./render-filter.js";
import type { SqlValue } from "./sql-part.js";

export interface SqlOptions<Attribute extends string = string>
  extends RenderOptions<string, Attribute> {
  /** The name or alias of the table, put before its columns. */
  readonly table?: string;
  /** The number of the first parameter in PostgreSQL, where the query around it has some of its own; 1 unless given. */
  readonly firstParameter?: number;
}

/** A condition for WHERE, and the values of its parameters in order. */
export interface SqlCondition {
  /** In parentheses where something may stand beside it. */
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/**
 * Says a filter in SQL: parameters are `$1` and on in PostgreSQL and `?` in SQLite, and no value ever stands in the
 * text. It selects exactly the rows that `can` allows, or there is an error.
 *
 * ```ts
 * const { text, values } = toSql(filter(gate, principal, "orders.read"), {
 *   dialect: "postgres",
 *   columns: { ownerId: "owner_id", total: "total" },
 * });
 * await pool.query(`SELECT * FROM orders WHERE ${text} ORDER BY id`, [...values]);
 * ```
 *
 * @throws FilterError `no-column`, `not-expressible` or `too-large`.
 */
export function toSql<Attribute extends string>(
  filter: Filter<Attribute>,
  options: SqlOptions<Attribute>,
): SqlCondition {
  const { dialect, firstParameter = 1 } = options;
  const quote = quotes[dialect];
  const values: SqlValue[] = [];
  const text = renderFilter(filter, options).map((part) => {
    if (typeof part === "string") return part;
    if ("column" in part) {
      const names = qualifiedName(options, part);
      return names.map((name) => quoteName(name, quote)).join(".");
    }
    values.push(part.parameter);
    return dialect === "sqlite" ? "?" : `$${firstParameter + values.length - 1}`;
  });
  return { text: text.join(""), values };
}

/** SQLite may take a name in double quotes that is no column for a text, and compare that. */
const quotes = { postgres: '"', sqlite: "`" } as const;

function quoteName(name: string, quote: string): string {
  if (name === "" || name.includes("\0")) {
    throw new TypeError("a name of a column or table is empty or holds U+0000");
  }
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
