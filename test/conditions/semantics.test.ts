import { describe, expect, it } from "vitest";
import type { ConditionType } from "../../runtime/abi-conditions.js";
import { compileAll } from "../conformance/both-ends.js";

const variables = {
  none: { list: "string" },
  d: "double",
  text: "string",
  i: "int",
  at: "timestamp",
  took: "duration",
  any: "dyn",
  it: {
    fields: {
      any: { type: "dyn" },
      all: { type: { list: "dyn" } },
      times: { type: { list: "timestamp" } },
    },
  },
} as const satisfies { readonly [name: string]: ConditionType };

const inputs = {
  none: [],
  d: Number.NaN,
  text: "a-b-😀",
  i: 7,
  at: new Date("2024-02-29T23:30:00.250Z"),
  took: 1500,
  any: 7n,
  it: {
    any: { tag: "uint", value: 1, inner: { list: [1, "a", null] } },
    all: [new Date(0), { tag: "type", value: "int" }],
    times: [new Date(0), new Date(1000)],
  },
};

/** Expressions with what they evaluate to; where the oracle of the random ones is wrong, too. */
const cases: readonly (readonly [text: string, value: string])[] = [
  // Numbers.
  ["9007199254740991 + 2", "int 9007199254740993"],
  ["9007199254740993 - 9007199254740992", "int 1"],
  ["3037000500 * 3037000500", "error overflow"],
  ["-9223372036854775808 / -1", "error overflow"],
  ["-(-9223372036854775808)", "error overflow"],
  ["18446744073709551615u % 18446744073709551614u", "uint 1"],
  ["18188943658816141639u % 18446744073709551615u", "uint 18188943658816141639"],
  ["18446744073709551615u / 1u", "uint 18446744073709551615"],
  ["1u - 2u", "error overflow"],
  ["-7 / 2", "int -3"],
  ["-7 % 2", "int -1"],
  ["0 * -5", "int 0"],
  ["string(0 * -5)", '"0"'],
  ["d == d", "false"],
  ["d != d", "true"],
  ["d < 1.0 || d >= 1.0", "false"],
  ["[d] == [d]", "false"],
  ["d in [d]", "false"],
  ["0.0 == -0.0", "true"],
  ["1.0 / -0.0 < 0.0", "true"],
  ["int('')", "error invalid-value"],
  ["int(' 1')", "error invalid-value"],
  ["int('0x10')", "error invalid-value"],
  ["uint('-1')", "error invalid-value"],
  ["double('1e400')", "double Infinity"],
  ["int(1e19)", "error overflow"],
  ["int(d)", "error overflow"],
  // Texts are counted and ordered by code points.
  ["size('😀é')", "int 2"],
  [String.raw`'\uFFFD' < '😀'`, "true"],
  ["text.matches('^[a-z](-[a-z])+-.$')", "true"],
  ["text.matches('^..$')", "false"],
  ["'' < 'a'", "true"],
  // Values that say their types.
  ["any + 1 == 8", "true"],
  ["any == 7.0", "true"],
  ["any == 7u", "true"],
  ["any == '7'", "false"],
  ["any < '7'", "error no-such-overload"],
  ["type(any) == int", "true"],
  ["has(any.a)", "error no-such-overload"],
  // Attributes of any type are what JSON holds; none of it can claim a type.
  ["it.any.tag == 'uint' && type(it.any) == map", "true"],
  ["it.any == 1u", "false"],
  ["it.any.inner.list[1] == 'a' && it.any.inner.list[0] == 1.0", "true"],
  ["has(it.any.inner.missing)", "false"],
  ["it.any.missing == 1", "error no-such-key"],
  ["it.all[0] == timestamp(0) && type(it.all[1]) == map", "true"],
  ["it.times[1] - it.times[0] == duration('1s')", "true"],
  // Errors that do not decide are absorbed.
  ["1 / 0 == 1 || true", "true"],
  ["1 / 0 == 1 && false", "false"],
  ["false || 1 / 0 == 1", "error divide-by-zero"],
  ["[1, 0].exists(x, 1 / x == 1)", "true"],
  ["[0, 1].exists(x, 1 / x == 1)", "true"],
  ["[0, 2].exists(x, 1 / x == 1)", "error divide-by-zero"],
  ["[0, 2].all(x, 1 / x == 1)", "false"],
  ["[1, 0].exists_one(x, 1 / x == 1)", "error divide-by-zero"],
  ["none.all(x, x == 'a')", "true"],
  ["none.exists(x, x == 'a')", "false"],
  ["[1, 2, 3].map(x, x > 1, x * 2)", "[int 4, int 6]"],
  // Maps.
  ["{'a': 1}['b']", "error no-such-key"],
  ["{'__proto__': 1}['__proto__']", "int 1"],
  ["'constructor' in {'a': 1}", "false"],
  ["has({'a': 1}.toString)", "false"],
  ["{1: 'a', 1u: 'b'}", "error repeated-key"],
  ["{1: 'a'}[1]", '"a"'],
  ["{true: 1} == {true: 1}", "true"],
  ["{'b': 1}.map(k, k)", '["b"]'],
  // Time.
  ["string(duration('-1.5s'))", '"-1.5s"'],
  ["string(timestamp('1969-12-31T23:59:59.5Z'))", '"1969-12-31T23:59:59.5Z"'],
  ["timestamp('0001-01-01T00:00:00Z').getFullYear()", "int 1"],
  ["timestamp('9999-12-31T23:59:59.999999999Z').getMilliseconds()", "int 999"],
  ["timestamp('2023-02-29T00:00:00Z')", "error invalid-value"],
  ["timestamp('2023-02-28T24:00:00Z')", "error invalid-value"],
  ["at.getDayOfMonth()", "int 28"],
  ["at.getDate('Asia/Tokyo')", "int 1"],
  ["at.getHours('-01:30')", "int 22"],
  ["at.getHours('Nowhere/City')", "error invalid-value"],
  ["at + took == timestamp('2024-02-29T23:30:01.750Z')", "true"],
  ["took > duration('1s') && took < duration('1501ms')", "true"],
];

describe("what expressions mean, on both back ends", async () => {
  const compiled = await compileAll(cases.map(([text]) => ({ text, declarations: { variables } })));

  it.each(cases.map(([text, value], index) => [text, value, index] as const))(
    "%s is %s",
    (_, value, index) => {
      const result = compiled[index];
      if (result?.ends === undefined) throw new Error(result?.refusal);
      expect([result.ends.closure(inputs), result.ends.emitted(inputs)]).toEqual([value, value]);
    },
  );
});

describe("the cost of an evaluation", async () => {
  const lists = { variables: { a: { list: "string" }, b: { list: "string" } } } as const;
  const texts = [
    "a.exists(x, b.exists(y, x == y))",
    "a.exists(x, x in b)",
    "a.exists(x, x in b) || true",
    "a.exists(x, x == 'z') || b.exists(y, y == 'z')",
    "a.map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).size() > 0",
    "a.all(x, a.all(y, a.all(z, x + y + z != '')))",
    "a.all(x, x.matches('^(a|aa)+$'))",
  ];
  const compiled = await compileAll(texts.map((text) => ({ text, declarations: lists })));
  const answers = (
    text: string,
    sample: { readonly a: readonly string[]; readonly b: readonly string[] },
  ) => {
    const ends = compiled[texts.indexOf(text)]?.ends;
    return [ends?.closure(sample), ends?.emitted(sample)];
  };
  const many = Array.from({ length: 10_000 }, (_, index) => `item ${index}`);
  const few = many.slice(0, 20);
  const [nested = "", inside = "", , linear = "", doubling = "", cubic = "", pattern = ""] = texts;

  it("is bounded for macros within macros", () => {
    for (const text of [nested, inside]) {
      expect(answers(text, { a: many, b: few.map((item) => `${item}!`) })).toEqual([
        "error too-costly",
        "error too-costly",
      ]);
      expect(answers(text, { a: few, b: ["x"] })).toEqual(["false", "false"]);
    }
    expect(answers(cubic, { a: many, b: [] })).toEqual(["error too-costly", "error too-costly"]);
  });

  it("is a limit that nothing outvotes", () => {
    expect(answers(`${inside} || true`, { a: many, b: few.map((item) => `${item}!`) })).toEqual([
      "error too-costly",
      "error too-costly",
    ]);
  });

  it("is not limited where it is linear", () => {
    expect(answers(linear, { a: many, b: many })).toEqual(["false", "false"]);
  });

  it("is bounded for texts that grow from macro to macro", () => {
    expect(answers(doubling, { a: ["x".repeat(5000)], b: [] })).toEqual([
      "error too-costly",
      "error too-costly",
    ]);
    expect(answers(doubling, { a: ["x"], b: [] })).toEqual(["true", "true"]);
  });

  it("is linear for patterns that other engines take exponential time for", () => {
    const long = `${"a".repeat(20_000)}b`;
    expect(answers(pattern, { a: [long], b: [] })).toEqual(["false", "false"]);
  });
});
