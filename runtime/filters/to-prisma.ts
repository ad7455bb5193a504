import { allOf, anyOf, not } from "./combine.js";
import type { Filter, FilterTest } from "./filter.js";
import { allWhere, anyWhere, nothing } from "./prisma-where.js";
import type { PrismaWhere } from "./prisma-where.js";
import { sayPrismaTest } from "./say-prisma.js";
import { applyFacts, isTrustedBy } from "./trust.js";
import type { ColumnFacts } from "./trust.js";

export interface PrismaOptions<Attribute extends string = string> extends ColumnFacts<Attribute> {
  readonly provider: "postgresql" | "sqlite";
  /**
   * The field of each attribute in the Prisma schema; null for one that has none. Then its presence is taken for
   * granted, and a filter that reads it is refused.
   */
  readonly fields: { readonly [Name in Attribute]: string | null };
  /** Attributes whose fields are optional in the Prisma schema, with a `?`. */
  readonly optional?: readonly Attribute[];
  /** `prisma.<model>.fields`, where a condition compares two attributes. */
  readonly references?: Readonly<Record<string, unknown>>;
}

/**
 * Says a filter as a `where` of Prisma. What Prisma cannot say exactly is refused: in PostgreSQL the order of texts,
 * and the order of a double that is not `trusted` to be no NaN; in SQLite searches in texts and lists; in both,
 * searches for a text with `%`, `_` or a backslash, and searches with two attributes. Texts are compared by the
 * database's own equality.
 *
 * ```ts
 * const orders = await prisma.order.findMany({
 *   where: toPrisma(filter(gate, principal, "orders.read"), {
 *     provider: "postgresql",
 *     fields: { ownerId: "ownerId", total: "total" },
 *   }),
 * });
 * ```
 *
 * @throws FilterError `not-expressible` or `no-column`.
 */
export function toPrisma<Where extends object, Attribute extends string = string>(
  filter: Filter<Attribute>,
  options: PrismaOptions<Attribute>,
): Where {
  const { fields, optional = [] } = options;
  const hasField = (name: string) =>
    Object.hasOwn(fields, name) && fields[name as Attribute] !== null;
  const isOptional = (name: string) => optional.some((attribute) => attribute === name);
  // The schema of Prisma has types of its own; but moments it has of every year.
  const isHeld = (name: string) => isTrustedBy(options)(name) && !isOptional(name);
  const known = applyFacts(filter, isHeld, hasField);
  const say = (test: FilterTest, isNegated: boolean) =>
    sayPrismaTest(test, isNegated, { ...options, isOptional, isTrusted: isTrustedBy(options) });
  return sayWhere(pushNot(known), say) as Where;
}

type SayTest = (test: FilterTest, isNegated: boolean) => PrismaWhere;

function sayWhere(filter: Filter, say: SayTest): PrismaWhere {
  switch (filter.op) {
    case "all":
      return {};
    case "none":
      return nothing;
    case "and":
      return allWhere(filter.of.map((part) => sayWhere(part, say)));
    case "or":
      return anyWhere(filter.of.map((part) => sayWhere(part, say)));
    case "not":
      return say(filter.of as FilterTest, true);
    default:
      return say(filter, false);
  }
}

/** Brings `not` down to single tests: what Prisma negates is null where a field is. */
function pushNot(filter: Filter): Filter {
  if (filter.op === "and") return allOf(filter.of.map(pushNot));
  if (filter.op === "or") return anyOf(filter.of.map(pushNot));
  if (filter.op !== "not") return filter;
  const { of } = filter;
  if (of.op === "and") return anyOf(of.of.map((part) => pushNot(not(part))));
  if (of.op === "or") return allOf(of.of.map((part) => pushNot(not(part))));
  return of.op === "not" ? pushNot(of.of) : filter;
}
