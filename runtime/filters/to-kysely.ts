import type { RawBuilder, SqlBool, Sql as KyselySql } from "kysely";
import type { Filter } from "./filter.js";
import { qualifiedName, renderFilter } from "./render-filter.js";
import type { RenderOptions } from "./render-filter.js";

export interface KyselyOptions<Attribute extends string = string>
  extends RenderOptions<string, Attribute> {
  /** Kysely's own `sql`. */
  readonly sql: KyselySql;
  /** The name or alias of the table, put before its columns. */
  readonly table?: string;
}

/**
 * Says a filter as an expression of Kysely, for `where`.
 *
 * ```ts
 * import { sql } from "kysely";
 * const rows = await db.selectFrom("orders").selectAll().where(toKysely(found, {
 *   sql,
 *   dialect: "postgres",
 *   columns: { ownerId: "owner_id", total: "total" },
 * })).execute();
 * ```
 *
 * @throws FilterError as `toSql` does.
 */
export function toKysely<Attribute extends string>(
  filter: Filter<Attribute>,
  options: KyselyOptions<Attribute>,
): RawBuilder<SqlBool> {
  const { sql } = options;
  const parts = renderFilter(filter, options).map((part) => {
    if (typeof part === "string") return sql.raw(part);
    if ("parameter" in part) return sql.val(part.parameter);
    return sql.id(...qualifiedName(options, part));
  });
  return sql.join<SqlBool>(parts, sql.raw(""));
}
