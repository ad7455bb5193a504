import type {
  CompareTest,
  FilterOperand,
  FilterTest,
  FilterValue,
  FitsTest,
  InTest,
  IncludesTest,
  TextTest,
} from "./filter.js";
import { FilterError } from "./filter-error.js";
import { isWellFormed } from "./unsayable-text.js";

/** A condition on a model of Prisma. */
export type PrismaWhere = { readonly [name: string]: unknown };

export interface PrismaFacts {
  readonly provider: "postgresql" | "sqlite";
  readonly fields: { readonly [attribute: string]: string | null };
  readonly references?: Readonly<Record<string, unknown>>;
  readonly isOptional: (attribute: string) => boolean;
  readonly isTrusted: (attribute: string) => boolean;
}

const nothing: PrismaWhere = { OR: [] };
const operators = {
  equal: "equals",
  differ: "not",
  less: "lt",
  "at-most": "lte",
  more: "gt",
  "at-least": "gte",
} as const;
const searches = {
  "starts-with": "startsWith",
  "ends-with": "endsWith",
  contains: "contains",
} as const;

/** The years 1 to 9999. */
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;

/** One test, or its negation, which is true where an attribute is missing. */
export function sayPrismaTest(
  test: FilterTest,
  isNegated: boolean,
  facts: PrismaFacts,
): PrismaWhere {
  if (test.op === "present" || test.op === "fits") return sayPresence(test, isNegated, facts);
  const where = sayTest(test, facts);
  if (!isNegated) return where;
  const missing = attributesOf(test)
    .filter(facts.isOptional)
    .map((attribute) => ({ [fieldOf(attribute, facts)]: null }));
  return { OR: [...missing, { NOT: where }] };
}

type Comparable = Exclude<FilterTest, { op: "present" | "fits" }>;

function sayTest(test: Comparable, facts: PrismaFacts): PrismaWhere {
  switch (test.op) {
    case "compare":
      return test.type === "timestamp" ? sayMoment(test, facts) : sayCompare(test, facts);
    case "in":
      return sayIn(test, facts);
    case "includes":
      return sayIncludes(test, facts);
    case "text":
      return sayText(test, facts);
  }
}

function sayPresence(
  test: FitsTest | Extract<FilterTest, { op: "present" }>,
  isNegated: boolean,
  facts: PrismaFacts,
): PrismaWhere {
  const { attribute } = test;
  const field = fieldOf(attribute, facts);
  const isMissing = facts.isOptional(attribute) ? { [field]: null } : nothing;
  if (test.op === "fits" && test.type === "timestamp") {
    const inRange = { [field]: { gte: new Date(FIRST), lte: new Date(LAST) } };
    return test.isOptional ? { OR: [isMissing, inRange] } : inRange;
  }
  if (isNegated) return isMissing;
  const mayBeMissing = !facts.isOptional(attribute) || (test.op === "fits" && test.isOptional);
  return mayBeMissing ? {} : { [field]: { not: null } };
}

function sayCompare(test: CompareTest, facts: PrismaFacts): PrismaWhere {
  const { relation, type, attribute, to } = test;
  const field = fieldOf(attribute, facts);
  const isOrder = relation !== "equal" && relation !== "differ";
  const isPostgres = facts.provider === "postgresql";
  if (isOrder && type === "string" && isPostgres) refuse("the order of texts");
  if ("value" in to && !canHold(to.value, facts)) {
    if (isOrder) refuse("the order of a text with U+0000 or half of a surrogate pair");
    return relation === "equal" ? nothing : isThere(attribute, facts);
  }
  if (type === "double") checkDouble(test, facts);
  return withOptional({ [field]: { [operators[relation]]: valueOf(to, facts) } }, test, facts);
}

/** To PostgreSQL NaN is larger than every number and equals itself. */
function checkDouble({ relation, attribute, to }: CompareTest, facts: PrismaFacts): void {
  if ("value" in to && typeof to.value === "string") refuse("an infinite number");
  if (facts.provider === "sqlite") return;
  const others = "attribute" in to ? [to.attribute] : [];
  const meetsNaN = others.length > 0 || relation === "more" || relation === "at-least";
  if (meetsNaN && ![attribute, ...others].every(facts.isTrusted)) {
    refuse(`the order of \`${attribute}\`, which may be NaN unless it is trusted`);
  }
}

/** `not` of Prisma takes what is missing in one place and not in another, so that it is always asked. */
function withOptional(where: PrismaWhere, test: CompareTest, facts: PrismaFacts): PrismaWhere {
  if (test.relation !== "differ") return where;
  const there = attributesOf(test).filter(facts.isOptional);
  if (there.length === 0) return where;
  return { AND: [where, ...there.map((attribute) => isThere(attribute, facts))] };
}

/** Fields of PostgreSQL may hold microseconds, of which the application sees milliseconds, cut off. */
function sayMoment(test: CompareTest, facts: PrismaFacts): PrismaWhere {
  const { relation, attribute, to } = test;
  const field = fieldOf(attribute, facts);
  if ("attribute" in to) {
    if (facts.provider === "postgresql") refuse("two moments, which may differ in microseconds");
    return withOptional({ [field]: { [operators[relation]]: valueOf(to, facts) } }, test, facts);
  }
  const from = new Date(Number(to.value));
  if (facts.provider === "sqlite") {
    return withOptional({ [field]: { [operators[relation]]: from } }, test, facts);
  }
  const next = new Date(Number(to.value) + 1);
  const isLast = Number(to.value) >= LAST;
  const before = isLast ? isThere(attribute, facts) : { [field]: { lt: next } };
  const after = isLast ? nothing : { [field]: { gte: next } };
  switch (relation) {
    case "less":
      return { [field]: { lt: from } };
    case "at-least":
      return { [field]: { gte: from } };
    case "at-most":
      return before;
    case "more":
      return after;
    case "equal":
      return { AND: [{ [field]: { gte: from } }, before] };
    case "differ":
      return { OR: [{ [field]: { lt: from } }, after] };
  }
}

function sayIn(test: InTest, facts: PrismaFacts): PrismaWhere {
  const { attribute, type, values } = test;
  if (type === "timestamp") {
    return {
      OR: values.map((value) =>
        sayMoment({ op: "compare", relation: "equal", type, attribute, to: { value } }, facts),
      ),
    };
  }
  if (type === "double" && values.some((value) => typeof value === "string")) {
    refuse("an infinite number");
  }
  const held = values.filter((value) => canHold(value, facts));
  return { [fieldOf(attribute, facts)]: { in: held } };
}

function sayIncludes({ attribute, item }: IncludesTest, facts: PrismaFacts): PrismaWhere {
  if (facts.provider === "sqlite") refuse("a list in SQLite");
  if ("attribute" in item) return refuse("an attribute in a list of the row");
  if (!canHold(item.value, facts)) return nothing;
  return { [fieldOf(attribute, facts)]: { has: item.value } };
}

/** Prisma searches with LIKE, and escapes nothing in it; that of SQLite takes no notice of case. */
function sayText({ relation, of, part }: TextTest, facts: PrismaFacts): PrismaWhere {
  if (facts.provider === "sqlite") refuse("a search in a text in SQLite");
  if (!("attribute" in of) || "attribute" in part) return refuse("a search for an attribute");
  if (!canHold(part.value, facts) || /[%_\\]/.test(String(part.value))) {
    refuse("a search for a text with `%`, `_`, a backslash, U+0000 or half of a surrogate pair");
  }
  return { [fieldOf(of.attribute, facts)]: { [searches[relation]]: part.value } };
}

function isThere(attribute: string, facts: PrismaFacts): PrismaWhere {
  return facts.isOptional(attribute) ? { [fieldOf(attribute, facts)]: { not: null } } : {};
}

function canHold(value: FilterValue, { provider }: PrismaFacts): boolean {
  const isText = typeof value === "string";
  return isWellFormed(value) && !(isText && provider === "postgresql" && value.includes("\0"));
}

function valueOf(operand: FilterOperand, facts: PrismaFacts): unknown {
  if ("value" in operand) return operand.value;
  const field = fieldOf(operand.attribute, facts);
  const { references = {} } = facts;
  if (Object.hasOwn(references, field)) return references[field];
  return refuse(`a comparison with the field \`${field}\`, without \`references\``);
}

function fieldOf(attribute: string, { fields }: PrismaFacts): string {
  const field = Object.hasOwn(fields, attribute) ? fields[attribute] : undefined;
  if (field !== undefined && field !== null) return field;
  throw new FilterError("no-column", `the attribute \`${attribute}\` has no field`);
}

function attributesOf(test: Comparable): readonly string[] {
  const operands = "to" in test ? [test.to] : [];
  const more = operands.flatMap((operand) => ("attribute" in operand ? [operand.attribute] : []));
  if ("attribute" in test) return [test.attribute, ...more];
  return [test.of, test.part].flatMap((part) => ("attribute" in part ? [part.attribute] : []));
}

function refuse(what: string): never {
  throw new FilterError("not-expressible", `Prisma cannot say exactly ${what}`);
}
