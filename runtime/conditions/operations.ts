import { bytesOfText, compareBytes, joinBytes, textOfBytes } from "./bytes.js";
import { calendarPart } from "./calendar.js";
import type { CalendarPart } from "./calendar.js";
import * as int from "./int.js";
import type { Int } from "./int.js";
import * as numbers from "./numbers.js";
import { compareText, sizeOfText } from "./text.js";
import * as time from "./time.js";
import type { ConditionType } from "./types.js";

/** A function on values of known types. `of` is its name in CEL, under which values that say their types find it. */
export interface Operation {
  readonly name: string;
  readonly of: string;
  readonly args: readonly ConditionType[];
  readonly result: ConditionType;
  readonly run: (a: never, b: never) => unknown;
}

const identities = (["bool", "int", "uint", "double", "string", "bytes"] as const).map((type) =>
  operation(`${type}.of-${type}`, type, [type], type, (value: unknown) => value),
);

/** JavaScript's own order is right for all of these, also between a number and a bigint. */
const numeric = (["int", "uint", "double", "timestamp", "duration"] as const).flatMap((type) => [
  operation(`${type}.less`, "_<_", [type, type], "bool", (a: Int, b: Int) => a < b),
  operation(`${type}.at-most`, "_<=_", [type, type], "bool", (a: Int, b: Int) => a <= b),
  operation(`${type}.more`, "_>_", [type, type], "bool", (a: Int, b: Int) => a > b),
  operation(`${type}.at-least`, "_>=_", [type, type], "bool", (a: Int, b: Int) => a >= b),
]);

const orders = [
  ...numeric,
  ...order("string", compareText),
  ...order("bytes", compareBytes),
  ...order("bool", (a: boolean, b: boolean) => Number(a) - Number(b)),
];

const arithmetic = [
  operation("int.add", "_+_", ["int", "int"], "int", int.addInt),
  operation("int.subtract", "_-_", ["int", "int"], "int", int.subtractInt),
  operation("int.multiply", "_*_", ["int", "int"], "int", int.multiplyInt),
  operation("int.divide", "_/_", ["int", "int"], "int", int.divideInt),
  operation("int.remainder", "_%_", ["int", "int"], "int", int.remainderInt),
  operation("int.negate", "-_", ["int"], "int", int.negateInt),
  operation("uint.add", "_+_", ["uint", "uint"], "uint", int.addUint),
  operation("uint.subtract", "_-_", ["uint", "uint"], "uint", int.subtractUint),
  operation("uint.multiply", "_*_", ["uint", "uint"], "uint", int.multiplyUint),
  operation("uint.divide", "_/_", ["uint", "uint"], "uint", int.divideUint),
  operation("uint.remainder", "_%_", ["uint", "uint"], "uint", int.remainderUint),
  operation("double.add", "_+_", ["double", "double"], "double", (a: number, b: number) => a + b),
  operation(
    "double.subtract",
    "_-_",
    ["double", "double"],
    "double",
    (a: number, b: number) => a - b,
  ),
  operation(
    "double.multiply",
    "_*_",
    ["double", "double"],
    "double",
    (a: number, b: number) => a * b,
  ),
  operation(
    "double.divide",
    "_/_",
    ["double", "double"],
    "double",
    (a: number, b: number) => a / b,
  ),
  operation("double.negate", "-_", ["double"], "double", (a: number) => -a),
  operation("string.add", "_+_", ["string", "string"], "string", (a: string, b: string) => a + b),
  operation("bytes.add", "_+_", ["bytes", "bytes"], "bytes", joinBytes),
  operation("timestamp.add", "_+_", ["timestamp", "duration"], "timestamp", time.addToTimestamp),
  operation(
    "duration.add-timestamp",
    "_+_",
    ["duration", "timestamp"],
    "timestamp",
    (a: Int, b: Int) => {
      return time.addToTimestamp(b, a);
    },
  ),
  operation("duration.add", "_+_", ["duration", "duration"], "duration", time.addDurations),
  operation(
    "timestamp.subtract",
    "_-_",
    ["timestamp", "timestamp"],
    "duration",
    time.durationBetween,
  ),
  operation(
    "timestamp.subtract-duration",
    "_-_",
    ["timestamp", "duration"],
    "timestamp",
    time.takeFromTimestamp,
  ),
  operation("duration.subtract", "_-_", ["duration", "duration"], "duration", time.durationBetween),
];

const texts = [
  operation("string.contains", "contains", ["string", "string"], "bool", (a: string, b: string) =>
    a.includes(b),
  ),
  operation(
    "string.starts-with",
    "startsWith",
    ["string", "string"],
    "bool",
    (a: string, b: string) => a.startsWith(b),
  ),
  operation("string.ends-with", "endsWith", ["string", "string"], "bool", (a: string, b: string) =>
    a.endsWith(b),
  ),
  operation("string.size", "size", ["string"], "int", sizeOfText),
  operation("bytes.size", "size", ["bytes"], "int", (value: Uint8Array) => value.length),
];

const conversions = [
  ...identities,
  operation(
    "timestamp.of-timestamp",
    "timestamp",
    ["timestamp"],
    "timestamp",
    (value: Int) => value,
  ),
  operation("duration.of-duration", "duration", ["duration"], "duration", (value: Int) => value),
  operation("int.of-uint", "int", ["uint"], "int", numbers.intOfUint),
  operation("int.of-double", "int", ["double"], "int", numbers.intOfDouble),
  operation("int.of-string", "int", ["string"], "int", numbers.intOfText),
  operation("int.of-timestamp", "int", ["timestamp"], "int", time.secondsOfTimestamp),
  operation("uint.of-int", "uint", ["int"], "uint", numbers.uintOfInt),
  operation("uint.of-double", "uint", ["double"], "uint", numbers.uintOfDouble),
  operation("uint.of-string", "uint", ["string"], "uint", numbers.uintOfText),
  operation("double.of-int", "double", ["int"], "double", (value: Int) => Number(value)),
  operation("double.of-uint", "double", ["uint"], "double", (value: Int) => Number(value)),
  operation("double.of-string", "double", ["string"], "double", numbers.doubleOfText),
  operation("string.of-bool", "string", ["bool"], "string", (value: boolean) => String(value)),
  operation("string.of-int", "string", ["int"], "string", (value: Int) => String(value)),
  operation("string.of-uint", "string", ["uint"], "string", (value: Int) => String(value)),
  operation("string.of-double", "string", ["double"], "string", numbers.textOfDouble),
  operation("string.of-bytes", "string", ["bytes"], "string", textOfBytes),
  operation("string.of-timestamp", "string", ["timestamp"], "string", time.textOfTimestamp),
  operation("string.of-duration", "string", ["duration"], "string", time.textOfDuration),
  operation("bytes.of-string", "bytes", ["string"], "bytes", bytesOfText),
  operation("bool.of-string", "bool", ["string"], "bool", numbers.boolOfText),
  operation("timestamp.of-string", "timestamp", ["string"], "timestamp", time.timestampOfText),
  operation("timestamp.of-int", "timestamp", ["int"], "timestamp", time.timestampOfInt),
  operation("duration.of-string", "duration", ["string"], "duration", time.durationOfText),
];

const getters: readonly (readonly [string, CalendarPart])[] = [
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
];

const calendar = getters.flatMap(([of, part]) => [
  operation(`timestamp.${part}`, of, ["timestamp"], "int", (value: Int) =>
    calendarPart(value, part),
  ),
  operation(
    `timestamp.${part}-in`,
    of,
    ["timestamp", "string"],
    "int",
    (value: Int, zone: string) => {
      return calendarPart(value, part, zone);
    },
  ),
]);

const durations = (
  [
    ["getHours", "hours"],
    ["getMinutes", "minutes"],
    ["getSeconds", "seconds"],
    ["getMilliseconds", "millis"],
  ] as const
).map(([of, part]) =>
  operation(`duration.${part}`, of, ["duration"], "int", (value: Int) =>
    time.partOfDuration(value, part),
  ),
);

/** All functions on scalar values. */
export const operations: readonly Operation[] = [
  ...orders,
  ...arithmetic,
  ...texts,
  ...conversions,
  ...calendar,
  ...durations,
];

function order<T>(type: ConditionType, compare: (a: T, b: T) => number): readonly Operation[] {
  const args = [type, type];
  return [
    operation(`${String(type)}.less`, "_<_", args, "bool", (a: T, b: T) => compare(a, b) < 0),
    operation(`${String(type)}.at-most`, "_<=_", args, "bool", (a: T, b: T) => compare(a, b) <= 0),
    operation(`${String(type)}.more`, "_>_", args, "bool", (a: T, b: T) => compare(a, b) > 0),
    operation(`${String(type)}.at-least`, "_>=_", args, "bool", (a: T, b: T) => compare(a, b) >= 0),
  ];
}

function operation<A, B>(
  name: string,
  of: string,
  args: readonly ConditionType[],
  result: ConditionType,
  run: ((a: A, b: B) => unknown) | ((a: A) => unknown),
): Operation {
  return { name, of, args, result, run };
}
