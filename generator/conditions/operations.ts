import type { ConditionType } from "@gatewright/runtime/abi/conditions";

/** A function of CEL for operands of these types. */
export interface Overload {
  /** The name under which the runtime has it. */
  readonly name: string;
  readonly of: string;
  readonly args: readonly ConditionType[];
  readonly result: ConditionType;
  readonly canFail: boolean;
  /** How it is written in TypeScript: an infix operator, a method, or a function of the runtime. */
  readonly print: Print;
  /** Its cost grows with the shorter operand only, or not at all. */
  readonly isShort?: true;
}

export type Print =
  | { readonly infix: string; readonly level: number }
  | { readonly method: string }
  | { readonly property: string }
  | { readonly prefix: string }
  | { readonly call: string; readonly more?: string; readonly swap?: true }
  /** `compare(a, b) < 0`. */
  | { readonly compare: string; readonly sign: string }
  | "same";

const add = 11;
const multiply = 12;
const relation = 9;

const scalars = ["int", "uint", "double", "timestamp", "duration"] as const;
const signs = [
  ["less", "_<_", "<"],
  ["at-most", "_<=_", "<="],
  ["more", "_>_", ">"],
  ["at-least", "_>=_", ">="],
] as const;

const orders: readonly Overload[] = signs.flatMap(([word, of, sign]) => [
  ...scalars.map((type) => order(type, word, of, { infix: sign, level: relation })),
  order("string", word, of, { compare: "compareText", sign }),
  order("bytes", word, of, { compare: "compareBytes", sign }),
  order("bool", word, of, { infix: sign, level: relation }),
]);

const arithmetic: readonly Overload[] = [
  ...(["int", "uint"] as const).flatMap((type) => {
    const end = type === "int" ? "Int" : "Uint";
    return [
      fails(`${type}.add`, "_+_", [type, type], type, { call: `add${end}` }),
      fails(`${type}.subtract`, "_-_", [type, type], type, { call: `subtract${end}` }),
      fails(`${type}.multiply`, "_*_", [type, type], type, { call: `multiply${end}` }),
      fails(`${type}.divide`, "_/_", [type, type], type, { call: `divide${end}` }),
      fails(`${type}.remainder`, "_%_", [type, type], type, { call: `remainder${end}` }),
    ];
  }),
  fails("int.negate", "-_", ["int"], "int", { call: "negateInt" }),
  safe("double.add", "_+_", ["double", "double"], "double", { infix: "+", level: add }),
  safe("double.subtract", "_-_", ["double", "double"], "double", { infix: "-", level: add }),
  safe("double.multiply", "_*_", ["double", "double"], "double", { infix: "*", level: multiply }),
  safe("double.divide", "_/_", ["double", "double"], "double", { infix: "/", level: multiply }),
  safe("double.negate", "-_", ["double"], "double", { prefix: "-" }),
  safe("string.add", "_+_", ["string", "string"], "string", { infix: "+", level: add }),
  safe("bytes.add", "_+_", ["bytes", "bytes"], "bytes", { call: "joinBytes" }),
  fails("timestamp.add", "_+_", ["timestamp", "duration"], "timestamp", { call: "addToTimestamp" }),
  fails("duration.add-timestamp", "_+_", ["duration", "timestamp"], "timestamp", {
    call: "addToTimestamp",
    swap: true,
  }),
  fails("duration.add", "_+_", ["duration", "duration"], "duration", { call: "addDurations" }),
  fails("timestamp.subtract", "_-_", ["timestamp", "timestamp"], "duration", {
    call: "durationBetween",
  }),
  fails("timestamp.subtract-duration", "_-_", ["timestamp", "duration"], "timestamp", {
    call: "takeFromTimestamp",
  }),
  fails("duration.subtract", "_-_", ["duration", "duration"], "duration", {
    call: "durationBetween",
  }),
];

const texts: readonly Overload[] = [
  safe("string.contains", "contains", ["string", "string"], "bool", { method: "includes" }),
  {
    ...safe("string.starts-with", "startsWith", ["string", "string"], "bool", {
      method: "startsWith",
    }),
    isShort: true,
  },
  {
    ...safe("string.ends-with", "endsWith", ["string", "string"], "bool", { method: "endsWith" }),
    isShort: true,
  },
  safe("string.size", "size", ["string"], "int", { call: "sizeOfText" }),
  safe("bytes.size", "size", ["bytes"], "int", { property: "length" }),
];

const conversions: readonly Overload[] = [
  ...(["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"] as const).map(
    (type) => safe(`${type}.of-${type}`, type, [type], type, "same"),
  ),
  fails("int.of-uint", "int", ["uint"], "int", { call: "intOfUint" }),
  fails("int.of-double", "int", ["double"], "int", { call: "intOfDouble" }),
  fails("int.of-string", "int", ["string"], "int", { call: "intOfText" }),
  safe("int.of-timestamp", "int", ["timestamp"], "int", { call: "secondsOfTimestamp" }),
  fails("uint.of-int", "uint", ["int"], "uint", { call: "uintOfInt" }),
  fails("uint.of-double", "uint", ["double"], "uint", { call: "uintOfDouble" }),
  fails("uint.of-string", "uint", ["string"], "uint", { call: "uintOfText" }),
  safe("double.of-int", "double", ["int"], "double", { call: "Number" }),
  safe("double.of-uint", "double", ["uint"], "double", { call: "Number" }),
  fails("double.of-string", "double", ["string"], "double", { call: "doubleOfText" }),
  safe("string.of-bool", "string", ["bool"], "string", { call: "String" }),
  safe("string.of-int", "string", ["int"], "string", { call: "String" }),
  safe("string.of-uint", "string", ["uint"], "string", { call: "String" }),
  safe("string.of-double", "string", ["double"], "string", { call: "textOfDouble" }),
  fails("string.of-bytes", "string", ["bytes"], "string", { call: "textOfBytes" }),
  safe("string.of-timestamp", "string", ["timestamp"], "string", { call: "textOfTimestamp" }),
  safe("string.of-duration", "string", ["duration"], "string", { call: "textOfDuration" }),
  safe("bytes.of-string", "bytes", ["string"], "bytes", { call: "bytesOfText" }),
  fails("bool.of-string", "bool", ["string"], "bool", { call: "boolOfText" }),
  fails("timestamp.of-string", "timestamp", ["string"], "timestamp", { call: "timestampOfText" }),
  fails("timestamp.of-int", "timestamp", ["int"], "timestamp", { call: "timestampOfInt" }),
  fails("duration.of-string", "duration", ["string"], "duration", { call: "durationOfText" }),
];

const getters = [
  ["getFullYear", "full-year"],
  ["getMonth", "month"],
  ["getDate", "date"],
  ["getDayOfMonth", "day-of-month"],
  ["getDayOfWeek", "day-of-week"],
  ["getDayOfYear", "day-of-year"],
  ["getHours", "hours"],
  ["getMinutes", "minutes"],
  ["getSeconds", "seconds"],
  ["getMilliseconds", "millis"],
] as const;

const calendar: readonly Overload[] = getters.flatMap(([of, part]) => {
  const print = { call: "calendarPart", more: JSON.stringify(part) };
  const inDurations = ["hours", "minutes", "seconds", "millis"].includes(part)
    ? [safe(`duration.${part}`, of, ["duration"], "int", { ...print, call: "partOfDuration" })]
    : [];
  return [
    safe(`timestamp.${part}`, of, ["timestamp"], "int", print),
    fails(`timestamp.${part}-in`, of, ["timestamp", "string"], "int", print),
    ...inDurations,
  ];
});

/** Every function on scalar values; those on lists and maps are chosen by `check-call.ts`. */
export const overloads: readonly Overload[] = [
  ...orders,
  ...arithmetic,
  ...texts,
  ...conversions,
  ...calendar,
];

function order(type: ConditionType & string, word: string, of: string, print: Print): Overload {
  return { ...safe(`${type}.${word}`, of, [type, type], "bool", print), isShort: true };
}

function safe(
  name: string,
  of: string,
  args: readonly ConditionType[],
  result: ConditionType,
  print: Print,
): Overload {
  return { name, of, args, result, canFail: false, print };
}

function fails(
  name: string,
  of: string,
  args: readonly ConditionType[],
  result: ConditionType,
  print: Print,
): Overload {
  return { name, of, args, result, canFail: true, print };
}
