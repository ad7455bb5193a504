import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { orderDesk } from "./order-desk.js";

/** Each mistake as its code, the part of the condition that is marked, and the suggestion. */
function mistakesOf(text: string): readonly (readonly string[])[] {
  const { mistakes } = checkCondition(text, { declarations: orderDesk });
  return mistakes.map(({ code, start, end, help = "" }) => [code, text.slice(start, end), help]);
}

function pattern(text: string): readonly string[] | undefined {
  return mistakesOf(`principal.id.matches(${text})`)[0]?.slice(0, 2);
}

function code(text: string): string | undefined {
  return mistakesOf(text)[0]?.[0];
}

describe("names and types", () => {
  it("accepts what fits the declarations", () => {
    for (const text of [
      "resource.ownerId == principal.id",
      "'admin' in principal.roles || principal.level >= 3",
      "resource.lines.all(line, line.price < 10.0 && line.sku.startsWith('a'))",
      "request.time < timestamp('2030-01-01T00:00:00Z') + duration('1h')",
    ]) {
      expect(mistakesOf(text)).toEqual([]);
    }
  });

  it("suggests the attribute, the claim and the name that are meant", () => {
    expect(mistakesOf("resource.ownerld == principal.id && principal.levl > 3")).toEqual([
      ["condition-unknown-attribute", "ownerld", "did you mean `ownerId`?"],
      ["condition-unknown-attribute", "levl", "did you mean `level`?"],
    ]);
    expect(mistakesOf("user.id == 'a' || resorce.ownerId == 'b'")).toEqual([
      ["condition-unknown-name", "user", "did you mean `principal`?"],
      ["condition-unknown-name", "resorce", "did you mean `resource`?"],
    ]);
    expect(mistakesOf("principal.id.startWith('a')")).toEqual([
      ["condition-unknown-function", "startWith", "did you mean `startsWith`?"],
    ]);
  });

  it("reports comparisons of different types", () => {
    expect(mistakesOf("principal.level == '3'")).toEqual([
      ["condition-types-differ", "principal.level == '3'", ""],
    ]);
    expect(mistakesOf("resource.total > 100")).toEqual([
      ["condition-types-differ", "resource.total > 100", "write `100.0`"],
    ]);
    expect(mistakesOf("3 in principal.roles")).toEqual([
      ["condition-types-differ", "3 in principal.roles", ""],
    ]);
    expect(mistakesOf("resource == principal")[0]?.[0]).toBe("condition-types-differ");
    expect(mistakesOf("resource.ownerId == null")[0]?.[2]).toContain("has()");
  });

  it("wants a bool, in the whole and in every test", () => {
    expect(mistakesOf("principal.id")).toEqual([["condition-not-bool", "principal.id", ""]]);
    expect(mistakesOf("principal.id && true")[0]?.slice(0, 2)).toEqual([
      "condition-types-differ",
      "principal.id",
    ]);
    expect(mistakesOf("principal.roles.exists(r, r)")[0]?.slice(0, 2)).toEqual([
      "condition-types-differ",
      "r",
    ]);
  });
});

describe("names that objects inherit", () => {
  it("are no attributes, even where they are declared", () => {
    const declarations = {
      variables: { it: { fields: { constructor: { type: "string" }, id: { type: "string" } } } },
    } as const;
    const { mistakes } = checkCondition("it.constructor == it.id", { declarations });
    expect(mistakes.map(({ code }) => code)).toEqual(["condition-unknown-attribute"]);
  });
});

describe("attributes that may be missing", () => {
  const guard = "guard it with `has(principal.tenant) && …`";

  it.each([
    "has(principal.tenant) && principal.tenant == resource.tenant",
    "!has(principal.tenant) || principal.tenant == resource.tenant",
    "has(principal.tenant) ? principal.tenant == 'a' : false",
    "!has(principal.tenant) ? false : principal.tenant == 'a'",
    "!(!has(principal.tenant) || principal.level < 3) && principal.tenant == 'a'",
    "has(principal.org) && has(principal.org.lead) && principal.org.lead == principal.id",
    "has(request.headers.`x-tenant`) && request.headers['x-tenant'] == resource.tenant",
    "resource.lines.exists(line, has(line.note) && line.note == 'x')",
    "has(principal.tenant) && principal.roles.exists(r, r == principal.tenant)",
    "resource.lines.map(line, has(line.note), line.note).size() > 0",
  ])("can be read behind a guard: %s", (text) => {
    expect(mistakesOf(text)).toEqual([]);
  });

  it.each([
    "principal.tenant == resource.tenant",
    "principal.tenant == 'a' && has(principal.tenant)",
    "has(principal.tenant) || principal.tenant == 'a'",
    "!has(principal.tenant) && principal.tenant == 'a'",
    "(has(principal.tenant) || principal.level > 3) && principal.tenant == 'a'",
    "has(principal.tenant) ? true : principal.tenant == 'a'",
    "(has(principal.tenant) ? true : false) && principal.tenant == 'a'",
  ])("cannot be read otherwise: %s", (text) => {
    expect(mistakesOf(text)).toEqual([["condition-missing-guard", "principal.tenant", guard]]);
  });

  it("are named as they are written behind a dot", () => {
    expect(mistakesOf("request.headers['x-tenant'] == 'a'")[0]?.[2]).toBe(
      "guard it with `has(request.headers.`x-tenant`) && …`",
    );
  });

  it("are those of one variable, not of another of the same name", () => {
    const text = "resource.lines.all(l, has(l.note)) && resource.lines.all(l, l.note == 'x')";
    expect(mistakesOf(text).map(([code, at]) => [code, at])).toEqual([
      ["condition-missing-guard", "l.note"],
    ]);
    const nested =
      "resource.lines.exists(l, has(l.note) && resource.lines.exists(m, m.note == 'x'))";
    expect(mistakesOf(nested).map(([, at]) => at)).toEqual(["m.note"]);
  });
});

describe("syntax", () => {
  it("reports several mistakes at once, each in its place", () => {
    const text = "resource.ownerId = principal.id and principal.levl === 3 && foo(1";
    expect(mistakesOf(text).map(([code, at]) => [code, at])).toEqual([
      ["condition-syntax", "="],
      ["condition-syntax", "and"],
      ["condition-unknown-attribute", "levl"],
      ["condition-syntax", "==="],
      ["condition-unknown-function", "foo"],
      ["condition-syntax", "("],
    ]);
  });

  it("marks a wrong escape, an open quote and a number that is none", () => {
    expect(mistakesOf(String.raw`principal.id == 'a\qb'`)[0]?.[1]).toBe(String.raw`\q`);
    expect(mistakesOf("principal.id == 'abc")[0]).toEqual(["condition-syntax", "'abc", ""]);
    expect(mistakesOf("principal.level == 12abc")[0]?.[1]).toBe("12abc");
    expect(mistakesOf("principal.level == 9223372036854775808")[0]?.[1]).toBe(
      "9223372036854775808",
    );
  });

  it.each([
    ["google.protobuf.Int32Value{value: 1} == 1", "google.protobuf.Int32Value{"],
    ["principal.?id == 'a'", ".?"],
    ["math.greatest(1, 2) == 2", "math.greatest"],
    ["principal.id.lowerAscii() == 'a'", "lowerAscii"],
    ["principal.roles.exists(i, r, r == 'a')", "principal.roles.exists(i, r, r == 'a')"],
    ["resource[principal.id] == 'a'", "principal.id"],
  ])("refuses by name what is outside the subset: %s", (text, part) => {
    expect(mistakesOf(text)[0]?.slice(0, 2)).toEqual(["condition-unsupported", part]);
  });

  it("refuses patterns that are no text, are wrong, or need more than linear time", () => {
    expect(pattern("principal.id")).toEqual(["condition-pattern", "principal.id"]);
    expect(pattern("'a(b'")).toEqual(["condition-pattern", "("]);
    expect(pattern(String.raw`r'(a)\1'`)).toEqual(["condition-pattern", String.raw`\1`]);
    expect(pattern("'a(?=b)'")).toEqual(["condition-pattern", "(?="]);
    expect(pattern("'(((a{1000}){1000}){1000}){1000}'")?.[0]).toBe("condition-pattern");
    expect(pattern("'((((){1000}){1000}){1000}){1000}'")?.[0]).toBe("condition-pattern");
  });

  it("bounds length and depth", () => {
    expect(code(`'${"a".repeat(20_000)}' == ''`)).toBe("condition-too-large");
    expect(code(`${"(".repeat(5000)}true${")".repeat(5000)}`)).toBe("condition-too-large");
    expect(code(`${"!".repeat(5000)}true`)).toBe("condition-too-large");
    expect(code("[".repeat(9000))).toBe("condition-too-large");
    expect(code(Array.from({ length: 900 }, () => "true").join(" && "))).toBeUndefined();
  });

  it("never throws, and marks places inside the text", () => {
    const words =
      "principal resource . id has ( ) [ ] { } , : ? == && || ! - + in 'a' \"b 1 2.0 0x .exists( x r'\\ ` // \n \\ 😀 matches('(')".split(
        " ",
      );
    const text = fc
      .array(fc.constantFrom(...words), { maxLength: 25 })
      .map((parts) => parts.join(" "));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (condition) => {
        for (const { start, end, message } of checkCondition(condition, { declarations: orderDesk })
          .mistakes) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(condition.length);
          expect(message).not.toMatch(/\n/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
