import type { Filter } from "./filter.js";
import { FilterError } from "./filter-error.js";
import { createSayPostgres } from "./say-postgres.js";
import { createSaySqlite } from "./say-sqlite.js";
import { saySql } from "./sql-part.js";
import type { ColumnPart, Sql, StoredText } from "./sql-part.js";
import { applyFacts, isTrustedBy } from "./trust.js";
import type { ColumnFacts } from "./trust.js";

/** A database whose answers were compared with those of `can`. */
export type SqlDialect = "postgres" | "sqlite";

export interface RenderOptions<Column, Attribute extends string = string>
  extends ColumnFacts<Attribute> {
  readonly dialect: SqlDialect;
  /**
   * The column of each attribute; null for one that has none. Then its presence is taken for granted, and a filter
   * that reads it is refused.
   */
  readonly columns: { readonly [Name in Attribute]: Column | null };
  /**
   * Texts whose columns in PostgreSQL are of type `uuid` or of an enum. They are compared as the texts that the
   * application sees: a uuid by an index of its column where it is equal to a value, an enum without one.
   */
  readonly storedAs?: { readonly [Name in Attribute]?: StoredText };
}

/** SQLite takes 32 766 parameters in a statement, PostgreSQL 65 535; the rest is for the query around it. */
const MAX_PARAMETERS = 32_000;

const dialects = { postgres: createSayPostgres, sqlite: createSaySqlite } as const;

export function renderFilter<Column>(filter: Filter, options: RenderOptions<Column>): Sql {
  const { columns, dialect } = options;
  const isTrusted = isTrustedBy(options);
  const hasColumn = (name: string) => Object.hasOwn(columns, name) && columns[name] !== null;
  const storedAs = (name: string) =>
    Object.hasOwn(options.storedAs ?? {}, name) ? options.storedAs?.[name] : undefined;
  const say = dialects[dialect]({ isTrusted, storedAs });
  const sql = saySql(applyFacts(filter, isTrusted, hasColumn), say);
  const count = sql.filter((part) => typeof part === "object" && "parameter" in part).length;
  if (count > MAX_PARAMETERS) {
    throw new FilterError("too-large", `the filter has more than ${MAX_PARAMETERS} parameters`);
  }
  return sql;
}

export function columnOf<Column>({ columns }: RenderOptions<Column>, attribute: string): Column {
  const column = Object.hasOwn(columns, attribute) ? columns[attribute] : undefined;
  if (column !== undefined && column !== null) return column;
  throw new FilterError("no-column", `the attribute \`${attribute}\` has no column`);
}

/** The column of an attribute with that of its table before it, where one is given. */
export function qualifiedName(
  options: RenderOptions<string> & { readonly table?: string },
  { column: attribute, hiddenBy = [] }: ColumnPart,
): readonly [name: string] | readonly [table: string, name: string] {
  const { table } = options;
  const name = columnOf<string>(options, attribute);
  if (table !== undefined) return [table, name];
  if (!hiddenBy.includes(name.toLowerCase())) return [name];
  const reason = "it would mean a column of `json_each`; say which `table` it is of";
  throw new FilterError("not-expressible", `the column \`${name}\`: ${reason}`);
}
