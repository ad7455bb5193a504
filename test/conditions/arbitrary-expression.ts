import fc from "fast-check";
import type { ConditionType } from "../../runtime/abi-conditions.js";

// Left out is what `@bufbuild/cel` 0.6.1 does otherwise than CEL's own implementation in Go, so that it can be asked:
// conversions of an empty text to a number, comparisons of doubles with integers beyond 2^53, the negation of the
// smallest int, quotients of uints beyond int64, the order of U+E000 to U+FFFF and what lies beyond, fractions of a
// second as text, and parts of moments in the years 1 to 99 or in the last nanosecond. `semantics.test.ts` has those.

/** The variables of random expressions. */
export const variables = {
  b: "bool",
  i: "int",
  j: "int",
  u: "uint",
  d: "double",
  s: "string",
  t: "string",
  y: "bytes",
  li: { list: "int" },
  ls: { list: "string" },
  m: { map: ["string", "int"] },
} as const satisfies { readonly [name: string]: ConditionType };

type Kind =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "ints"
  | "texts"
  | "map"
  | "timestamp"
  | "duration";

type Text = fc.Arbitrary<string>;

const names: { readonly [kind in Kind]: readonly string[] } = {
  bool: ["b", "true", "false"],
  int: [
    "i",
    "j",
    "0",
    "1",
    "-1",
    "2",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
  ],
  uint: ["u", "0u", "1u", "9007199254740993u", "18446744073709551615u"],
  double: [
    "d",
    "0.0",
    "-0.0",
    "1.5",
    "1e308",
    "(0.0 / 0.0)",
    "(1.0 / 0.0)",
    "9007199254740993.0",
    "-2.5",
  ],
  string: [
    "s",
    "t",
    "''",
    "'a'",
    "'😀'",
    String.raw`'\u00ff'`,
    "'é'",
    "'12'",
    "'1.5'",
    "'true'",
    "'a-b'",
  ],
  bytes: ["y", "b''", "b'a'", String.raw`b'\xff\x00'`],
  ints: ["li", "[]", "[1]", "[1, 2, 3]"],
  texts: ["ls", "[]", "['a', 'b']", "['😀', '']"],
  map: ["m", "{}", "{'a': 1, 'b': -2}"],
  timestamp: [
    "timestamp('2009-02-13T23:31:30Z')",
    "timestamp('0101-01-01T00:00:00Z')",
    "timestamp('9999-12-31T23:59:59Z')",
    "timestamp('1969-12-31T23:59:59Z')",
    "timestamp('2024-02-29T12:00:00+02:00')",
  ],
  duration: [
    "duration('0s')",
    "duration('1h30m')",
    "duration('-90s')",
    "duration('292h')",
    "duration('9000000000s')",
  ],
};

const patterns = [
  "'a'",
  "'^a*$'",
  "'(a|b)+-'",
  "'[0-9]{2}'",
  String.raw`r'\\bé'`,
  "'(?i)A'",
  "'😀?x|^$'",
  "'.'",
];

/** Well-typed expressions of a kind. `items` are variables of macros over lists of integers. */
export function expressionOf(kind: Kind, depth: number, items: readonly string[] = []): Text {
  const own = kind === "int" ? [...items, ...names.int] : names[kind];
  const leaf = fc.constantFrom(...own);
  if (depth === 0) return leaf;
  const of = (inner: Kind) => expressionOf(inner, depth - 1, items);
  return fc.oneof({ weight: 2, arbitrary: leaf }, ...compound[kind](of, { depth, items }));
}

interface Place {
  readonly depth: number;
  readonly items: readonly string[];
}

/** Texts that are numbers, or nearly. */
const number = fc.constantFrom(
  "'12'",
  "'-3'",
  "'1.5'",
  "'abc'",
  "'9223372036854775808'",
  "'18446744073709551616'",
);

type Compound = (of: (kind: Kind) => Text, place: Place) => readonly Text[];

const all: readonly Kind[] = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "ints",
  "texts",
  "map",
  "timestamp",
  "duration",
];
const ordered: readonly Kind[] = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "timestamp",
  "duration",
];

const compound: { readonly [kind in Kind]: Compound } = {
  bool: (of, place) => [
    fc.oneof(...all.map((kind) => infix(of(kind), ["==", "!="]))),
    fc.oneof(...ordered.map((kind) => infix(of(kind), ["<", "<=", ">", ">="]))),
    infix(of("bool"), ["&&", "||"]),
    infix(of("bool"), ["&&", "||"]),
    of("bool").map((a) => `!(${a})`),
    choice(of, "bool"),
    join(of("int"), of("ints"), (a, b) => `((${a}) in (${b}))`),
    join(of("string"), of("texts"), (a, b) => `((${a}) in (${b}))`),
    join(of("string"), of("map"), (a, b) => `((${a}) in (${b}))`),
    join(of("string"), of("string"), (a, b) => `(${a}).contains(${b})`),
    join(of("string"), of("string"), (a, b) => `(${a}).startsWith(${b})`),
    join(of("string"), of("string"), (a, b) => `(${a}).endsWith(${b})`),
    join(of("string"), fc.constantFrom(...patterns), (a, b) => `(${a}).matches(${b})`),
    of("map").map((a) => `has((${a}).a)`),
    mixed(of, ["==", "!=", "<", ">="]),
    of("string").map((a) => `bool(${a})`),
    macro(of, place, "bool", ["all", "exists", "exists_one"]),
  ],
  int: (of) => [
    infix(of("int"), ["+", "-", "*", "/", "%"]),
    of("int").map((a) => `(-((${a}) / 2))`),
    fc
      .oneof(...(["string", "bytes", "ints", "texts", "map"] as const).map(of))
      .map((a) => `size(${a})`),
    fc.oneof(...(["uint", "double", "timestamp"] as const).map(of), number).map((a) => `int(${a})`),
    join(of("ints"), of("int"), (a, b) => `(${a})[${b}]`),
    join(of("map"), of("string"), (a, b) => `(${a})[${b}]`),
    of("timestamp").map((a) => `(${a}).getFullYear()`),
    of("timestamp").map((a) => `(${a}).getDayOfYear()`),
    of("timestamp").map((a) => `(${a}).getHours('+05:30')`),
    of("timestamp").map((a) => `(${a}).getMilliseconds()`),
    of("duration").map((a) => `(${a}).getMinutes()`),
    choice(of, "int"),
  ],
  uint: (of) => [
    infix(of("uint"), ["+", "-", "*", "%"]),
    join(of("uint"), of("uint"), (a, b) => `((${a}) / ((${b}) + 3u))`),
    fc.oneof(...(["int", "double"] as const).map(of), number).map((a) => `uint(${a})`),
    choice(of, "uint"),
  ],
  double: (of) => [
    infix(of("double"), ["+", "-", "*", "/"]),
    of("double").map((a) => `(-(${a}))`),
    fc.oneof(of("int"), of("uint")).map((a) => `double(${a})`),
    choice(of, "double"),
  ],
  string: (of) => [
    infix(of("string"), ["+"]),
    fc.oneof(of("int"), of("uint"), of("timestamp"), of("duration")).map((a) => `string(${a})`),
    of("bytes").map((a) => `string(${a})`),
    join(of("texts"), of("int"), (a, b) => `(${a})[${b}]`),
    choice(of, "string"),
  ],
  bytes: (of) => [
    infix(of("bytes"), ["+"]),
    of("string").map((a) => `bytes(${a})`),
    choice(of, "bytes"),
  ],
  ints: (of, place) => [
    infix(of("ints"), ["+"]),
    fc.tuple(of("int"), of("int")).map(([a, b]) => `[${a}, ${b}]`),
    macro(of, place, "bool", ["filter"]),
    macro(of, place, "int", ["map"]),
    choice(of, "ints"),
  ],
  texts: (of) => [
    infix(of("texts"), ["+"]),
    of("string").map((a) => `[${a}]`),
    of("map").map((a) => `(${a}).map(k, k)`),
  ],
  map: (of) => [join(of("string"), of("int"), (a, b) => `{${a}: ${b}}`), choice(of, "map")],
  timestamp: (of) => [
    join(of("timestamp"), of("duration"), (a, b) => `((${a}) + (${b}))`),
    join(of("timestamp"), of("duration"), (a, b) => `((${a}) - (${b}))`),
    choice(of, "timestamp"),
  ],
  duration: (of) => [
    infix(of("duration"), ["+", "-"]),
    infix(of("timestamp"), ["-"]),
    choice(of, "duration"),
  ],
};

function infix(part: Text, signs: readonly string[]): Text {
  return fc
    .tuple(part, fc.constantFrom(...signs), part)
    .map(([a, sign, b]) => `((${a}) ${sign} (${b}))`);
}

/** Values of different numeric types, compared at evaluation. */
function mixed(of: (kind: Kind) => Text, signs: readonly string[]): Text {
  const small = fc
    .tuple(fc.constantFrom("int", "uint"), of("int"))
    .map(([type, a]) => `${type}((${a}) % 1000)`);
  const value = fc.oneof(small, of("double")).map((a) => `dyn(${a})`);
  return infix(value, signs);
}

function join(a: Text, b: Text, print: (a: string, b: string) => string): Text {
  return fc.tuple(a, b).map(([one, other]) => print(one, other));
}

function choice(of: (kind: Kind) => Text, kind: Kind): Text {
  return fc.tuple(of("bool"), of(kind), of(kind)).map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`);
}

function macro(
  of: (kind: Kind) => Text,
  { depth, items }: Place,
  body: Kind,
  macros: readonly string[],
): Text {
  const name = `x${depth}`;
  const inner = expressionOf(body, depth - 1, [...items, name]);
  return fc
    .tuple(of("ints"), fc.constantFrom(...macros), inner)
    .map(([list, called, test]) => `(${list}).${called}(${name}, ${test})`);
}

/** Values for the variables. An int is what an application has: a number, or a bigint where that is not exact. */
export const inputs = fc.record({
  b: fc.boolean(),
  i: intOf(-(2n ** 63n), 2n ** 63n - 1n),
  j: intOf(-(2n ** 63n), 2n ** 63n - 1n),
  u: intOf(0n, 2n ** 64n - 1n),
  d: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, 0, Number.POSITIVE_INFINITY, 2 ** 63)),
  s: textValue(),
  t: textValue(),
  y: fc.uint8Array({ maxLength: 4 }),
  li: fc.array(intOf(-(2n ** 63n), 2n ** 63n - 1n), { maxLength: 4 }),
  ls: fc.array(textValue(), { maxLength: 3 }),
  m: fc.dictionary(fc.constantFrom("a", "b", "", "__proto__", "😀"), intOf(-3n, 3n), {
    maxKeys: 3,
  }),
});

export type Inputs = typeof inputs extends fc.Arbitrary<infer Value> ? Value : never;

function intOf(min: bigint, max: bigint): fc.Arbitrary<number | bigint> {
  const edges = [min, max, 0n, 1n, 2n ** 53n - 1n, 2n ** 53n].filter(
    (value) => value >= min && value <= max,
  );
  return fc
    .oneof(
      fc.bigInt({ min, max }),
      fc.bigInt({ min: min > -9n ? min : -9n, max: max < 9n ? max : 9n }),
      fc.constantFrom(...edges),
    )
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
}

function textValue(): fc.Arbitrary<string> {
  return fc
    .oneof(
      fc.string({ maxLength: 5 }),
      fc.string({ unit: "grapheme", maxLength: 4 }),
      fc.constantFrom("", "a", "ab", "😀", "12", "\u00ff"),
    )
    .filter((text) => !/[\ue000-\uffff]/.test(text));
}
