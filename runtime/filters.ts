// For applications: what a filter is, and how it is said in SQL. Query builders have doors of their own.

export type {
  CompareTest,
  Filter,
  FilterOperand,
  FilterRelation,
  FilterTest,
  FilterType,
  FilterValue,
  FitsTest,
  InTest,
  IncludesTest,
  ScalarFilterType,
  TextRelation,
  TextTest,
} from "./filters/filter.js";
export { FilterError } from "./filters/filter-error.js";
export type { FilterErrorCode } from "./filters/filter-error.js";
export type { RenderOptions, SqlDialect } from "./filters/render-filter.js";
export { toSql } from "./filters/to-sql.js";
export type { StoredText } from "./filters/sql-part.js";
export type { SqlCondition, SqlOptions } from "./filters/to-sql.js";
export type { ColumnFacts } from "./filters/trust.js";
