import type { Column, SQL, sql as drizzleSql } from "drizzle-orm";
import type { Filter } from "./filter.js";
import { columnOf, renderFilter } from "./render-filter.js";
import type { RenderOptions } from "./render-filter.js";

export interface DrizzleOptions<Attribute extends string = string>
  extends RenderOptions<Column, Attribute> {
  /** Drizzle's own `sql`. */
  readonly sql: typeof drizzleSql;
}

/**
 * Says a filter as a condition of Drizzle, for `where`. Its columns are those of your table.
 *
 * ```ts
 * import { sql } from "drizzle-orm";
 * const rows = await db.select().from(orders).where(toDrizzle(found, {
 *   sql,
 *   dialect: "postgres",
 *   columns: { ownerId: orders.ownerId, total: orders.total },
 * }));
 * ```
 *
 * @throws FilterError as `toSql` does.
 */
export function toDrizzle<Attribute extends string>(
  filter: Filter<Attribute>,
  options: DrizzleOptions<Attribute>,
): SQL<boolean> {
  const { sql } = options;
  const parts = renderFilter<Column>(filter, options).map((part) => {
    if (typeof part === "string") return sql.raw(part);
    if ("parameter" in part) return sql.param(part.parameter);
    return columnOf<Column>(options, part.column);
  });
  return sql.join(parts) as SQL<boolean>;
}
