import Database from "better-sqlite3";
import { FilterError, toSql } from "@gatewright/runtime/filter";
import type { Filter, SqlDialect } from "@gatewright/runtime/filter";
import { toPrisma } from "@gatewright/runtime/filter/prisma";
import { describe, expect, it } from "vitest";

const equal = (value: string): Filter<"name"> => {
  return { op: "compare", relation: "equal", type: "string", attribute: "name", to: { value } };
};
const search = (value: string): Filter<"name"> => {
  return { op: "text", relation: "contains", of: { attribute: "name" }, part: { value } };
};
const columns = { name: "name" };
const dialects: readonly SqlDialect[] = ["postgres", "sqlite"];

/** A row for each name, and those that the filter selects. */
function select(filter: Filter<"name">, names: readonly string[]): readonly unknown[] {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE people (name TEXT)");
  for (const name of names) database.prepare("INSERT INTO people VALUES (?)").run(name);
  const { text, values } = toSql(filter, { dialect: "sqlite", columns });
  const found = database
    .prepare(`SELECT name FROM people WHERE ${text}`)
    .pluck()
    .all(...values);
  database.close();
  return found;
}

/** Any of so many searches. */
function many(count: number): Filter<"name"> {
  return { op: "or", of: Array.from({ length: count }, (_, index) => search(`${index}!`)) };
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof FilterError) return error.code;
    throw error;
  }
}

describe("toSql", () => {
  it.each(dialects)("lets a text that %s cannot hold equal nothing", (dialect) => {
    const half = "a\ud83d";
    expect(toSql(equal(half), { dialect, columns })).toEqual({ text: "FALSE", values: [] });
    const among: Filter<"name"> = {
      op: "in",
      type: "string",
      attribute: "name",
      values: [half, "a"],
    };
    expect(toSql(among, { dialect, columns, trusted: ["name"] }).values).toEqual(["a"]);
    const { values, text } = toSql({ op: "not", of: equal(half) }, { dialect, columns });
    expect([text, values]).toEqual(["(FALSE IS NOT TRUE)", []]);
  });

  it.each(dialects)("refuses to search or order by a text that %s cannot hold", (dialect) => {
    expect(codeOf(() => toSql(search("\ud83d"), { dialect, columns }))).toBe("not-expressible");
    const less: Filter<"name"> = { ...equal("\udc00"), relation: "less" } as Filter<"name">;
    expect(codeOf(() => toSql(less, { dialect, columns }))).toBe("not-expressible");
  });

  it("takes U+0000 as the character that it is in SQLite, and as none in PostgreSQL", () => {
    const names = ["a", "a\0", "a\0b", "b"];
    const ends: Filter<"name"> = {
      op: "text",
      relation: "ends-with",
      of: { attribute: "name" },
      part: { value: "b" },
    };
    expect(select(equal("a\0"), names)).toEqual(["a\0"]);
    expect(select(search("\0b"), names)).toEqual(["a\0b"]);
    expect(select(ends, names)).toEqual(["a\0b", "b"]);
    expect(toSql(equal("a\0"), { dialect: "postgres", columns }).text).toBe("FALSE");
    expect(codeOf(() => toSql(search("\0"), { dialect: "postgres", columns }))).toBe(
      "not-expressible",
    );
  });

  it("keeps values out of the text and names in their quotes", () => {
    const value = `'; DROP TABLE people; --"\``;
    const odd = { name: `na"me\`; --` };
    const postgres = toSql(equal(value), { dialect: "postgres", columns: odd, table: 't"' });
    expect(postgres.text).toBe(
      '(("t"""."na""me`; --" = $1::text) AND ("t"""."na""me`; --" COLLATE "C" = $2::text COLLATE "C"))',
    );
    expect(postgres.values).toEqual([value, value]);
    const sqlite = toSql(equal(value), { dialect: "sqlite", columns: odd });
    expect(sqlite).toEqual({ text: '(`na"me``; --` COLLATE BINARY = ?)', values: [value] });
    expect(() => toSql(equal("a"), { dialect: "sqlite", columns: { name: "" } })).toThrow(
      TypeError,
    );
  });

  it("takes no name that is no column for a text", () => {
    expect(() => select(equal("name"), [])).not.toThrow();
    const database = new Database(":memory:");
    database.exec("CREATE TABLE people (title TEXT)");
    const { text, values } = toSql(equal("name"), { dialect: "sqlite", columns });
    expect(() => database.prepare(`SELECT 1 FROM people WHERE ${text}`).all(...values)).toThrow(
      "no such column",
    );
    database.close();
  });

  it("asks for the table where a column would mean another one", () => {
    const tagged: Filter<"tags"> = { op: "includes", attribute: "tags", item: { value: "a" } };
    const options = { dialect: "sqlite", columns: { tags: "Value" } } as const;
    expect(codeOf(() => toSql(tagged, options))).toBe("not-expressible");
    expect(codeOf(() => toSql(tagged, { ...options, table: "people" }))).toBe("none");
  });

  it("refuses an attribute without a column, unless only its presence is asked", () => {
    const fits: Filter<"name"> = {
      op: "fits",
      attribute: "name",
      type: "string",
      isOptional: false,
    };
    const without = { dialect: "postgres", columns: { name: null } } as const;
    expect(toSql(fits, without).text).toBe("TRUE");
    expect(codeOf(() => toSql(equal("a"), without))).toBe("no-column");
    expect(codeOf(() => toSql(equal("a"), { dialect: "postgres", columns: {} as never }))).toBe(
      "no-column",
    );
    const inherited = { ...equal("a"), attribute: "constructor" } as Filter<never>;
    expect(codeOf(() => toSql(inherited, { dialect: "postgres", columns: {} }))).toBe("no-column");
  });

  it("says a thousand parts, and refuses more parameters than a database takes", () => {
    expect(select(many(1000), ["999!", "x"])).toEqual(["999!"]);
    expect(codeOf(() => toSql(many(32_001), { dialect: "postgres", columns }))).toBe("too-large");
  });
});

describe("toPrisma", () => {
  const fields = { name: "name" };

  it("is a plain object", () => {
    const either: Filter<"name"> = { op: "or", of: [equal("a"), search("b")] };
    expect(toPrisma(either, { provider: "postgresql", fields })).toEqual({
      OR: [{ name: { equals: "a" } }, { name: { contains: "b" } }],
    });
    expect(toPrisma({ op: "all" }, { provider: "sqlite", fields: {} })).toEqual({});
    expect(toPrisma({ op: "none" }, { provider: "sqlite", fields: {} })).toEqual({ OR: [] });
  });

  it.each<readonly [string, Filter<"name">, "postgresql" | "sqlite"]>([
    ["a search that LIKE would widen", search("100%"), "postgresql"],
    ["a search in SQLite", search("a"), "sqlite"],
    [
      "an order that depends on a collation",
      { ...equal("a"), relation: "less" } as never,
      "postgresql",
    ],
    [
      "an integer beyond Int",
      { ...equal("a"), type: "int", to: { value: 2 ** 31 } } as never,
      "sqlite",
    ],
    [
      "two fields without references",
      { ...equal("a"), to: { attribute: "name" } } as never,
      "sqlite",
    ],
    [
      "the order of a double that may be NaN",
      { ...equal("a"), type: "double", relation: "more", to: { value: 1 } } as never,
      "postgresql",
    ],
  ])("refuses %s", (_, filter, provider) => {
    expect(codeOf(() => toPrisma(filter, { provider, fields }))).toBe("not-expressible");
  });
});
