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
import { allWhere, anyWhere, nothing, notWhere } from "./prisma-where.js";
import type { PrismaWhere } from "./prisma-where.js";
import { isWellFormed } from "./unsayable-text.js";

export interface PrismaFacts {
  readonly provider: "postgresql" | "sqlite";
  readonly fields: { readonly [attribute: string]: string | null };
  readonly references?: Readonly<Record<string, unknown>>;
  readonly isOptional: (attribute: string) => boolean;
  readonly isTrusted: (attribute: string) => boolean;
}

const operators = {
  equal: "equals",
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
  // A list that is null is read as an empty one.
  const isNull = test.op === "includes" ? { equals: null } : null;
  const missing: readonly PrismaWhere[] = attributesOf(test)
    .filter((attribute) => test.op === "includes" || facts.isOptional(attribute))
    .map((attribute) => ({ [fieldOf(attribute, facts)]: isNull }));
  return anyWhere([...missing, notWhere(where)]);
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
    return test.isOptional ? anyWhere([isMissing, inRange]) : inRange;
  }
  if (isNegated) return isMissing;
  const mayBeMissing = !facts.isOptional(attribute) || (test.op === "fits" && test.isOptional);
  return mayBeMissing ? {} : { [field]: { not: null } };
}

function sayCompare(test: CompareTest, facts: PrismaFacts): PrismaWhere {
  const { relation, type, attribute, to } = test;
  const isOrder = relation !== "equal" && relation !== "differ";
  const isPostgres = facts.provider === "postgresql";
  if (isOrder && type === "string" && isPostgres) refuse("the order of texts");
  if (isOrder && type === "bool") refuse("the order of true and false");
  if ("value" in to && !canHold(to.value, facts)) {
    if (isOrder) refuse("the order of a text with U+0000 or half of a surrogate pair");
    return relation === "equal" ? nothing : isThere(attribute, facts);
  }
  if (type === "double") checkDouble(test, facts);
  if (type === "int" && "value" in to) checkInts([to.value]);
  return compare(test, valueOf(to, facts), facts);
}

/** A field of type Int is compared with nothing larger than itself can be. */
function checkInts(values: readonly FilterValue[]): void {
  if (values.some((value) => Number(value) !== (Number(value) | 0))) {
    refuse("an integer of more than 32 bits");
  }
}

/** `not` of Prisma takes no other field, and what is missing in one place and not in another. */
function compare(test: CompareTest, value: unknown, facts: PrismaFacts): PrismaWhere {
  const field = fieldOf(test.attribute, facts);
  if (test.relation !== "differ") return { [field]: { [operators[test.relation]]: value } };
  const optional = attributesOf(test).filter(facts.isOptional);
  const isOther = { NOT: { [field]: { equals: value } } };
  return allWhere([isOther, ...optional.map((attribute) => isThere(attribute, facts))]);
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

/** Fields of PostgreSQL may hold microseconds, of which the application sees milliseconds, cut off. */
function sayMoment(test: CompareTest, facts: PrismaFacts): PrismaWhere {
  const { relation, attribute, to } = test;
  const field = fieldOf(attribute, facts);
  if ("attribute" in to) {
    if (facts.provider === "postgresql") refuse("two moments, which may differ in microseconds");
    return compare(test, valueOf(to, facts), facts);
  }
  const from = new Date(Number(to.value));
  if (facts.provider === "sqlite") return compare(test, from, facts);
  // No field is later than the last moment, and Prisma takes no year above 9999.
  const next = Number(to.value) < LAST ? new Date(Number(to.value) + 1) : undefined;
  switch (relation) {
    case "less":
      return { [field]: { lt: from } };
    case "at-least":
      return { [field]: { gte: from } };
    case "at-most":
      return next === undefined ? isThere(attribute, facts) : { [field]: { lt: next } };
    case "more":
      return next === undefined ? nothing : { [field]: { gte: next } };
    case "equal":
      return { [field]: next === undefined ? { gte: from } : { gte: from, lt: next } };
    case "differ": {
      const isBefore = { [field]: { lt: from } };
      return next === undefined ? isBefore : { OR: [isBefore, { [field]: { gte: next } }] };
    }
  }
}

function sayIn(test: InTest, facts: PrismaFacts): PrismaWhere {
  const { attribute, type, values } = test;
  if (type === "timestamp" || type === "bool") {
    const tests = values.map((value) =>
      sayTest({ op: "compare", relation: "equal", type, attribute, to: { value } }, facts),
    );
    return anyWhere(tests);
  }
  if (type === "double" && values.some((value) => typeof value === "string")) {
    refuse("an infinite number");
  }
  if (type === "int") checkInts(values);
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
  const own = "attribute" in test ? [{ attribute: test.attribute }] : [test.of, test.part];
  const others = "to" in test ? [test.to] : [];
  const named = [...own, ...others].flatMap((part) => ("attribute" in part ? part.attribute : []));
  return [...new Set(named)];
}

function refuse(what: string): never {
  throw new FilterError("not-expressible", `Prisma cannot say exactly ${what}`);
}
