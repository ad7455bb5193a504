import { Buffer } from "node:buffer";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { getPrismaClient } from "@prisma/client/runtime/client";

/** A field of a model: its name, type and whether it may be null. */
export interface PrismaField {
  readonly name: string;
  readonly type: "String" | "Int" | "Float" | "Boolean" | "DateTime";
  readonly attribute?: string;
  readonly isOptional?: boolean;
  readonly isList?: boolean;
}
