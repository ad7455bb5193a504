import { fail } from "./condition-error.js";
import { toInt } from "./int.js";
import type { Int } from "./int.js";

// A timestamp is its nanoseconds since 1970, a duration its nanoseconds, both as `Int`.

const SECOND = 1_000_000_000n;
const INT_MAX = 2n ** 63n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, the range of CEL's timestamps. */
const FIRST = -62_135_596_800n * SECOND;
const LAST = 253_402_300_800n * SECOND - 1n;

const units: { readonly [unit: string]: bigint } = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ns: 1n,
};

export function checkTimestamp(nanos: bigint): Int {
  return nanos >= FIRST && nanos <= LAST ? toInt(nanos) : fail("overflow");
}

/** A duration is an int64 of nanoseconds: 292 years either way. */
export function checkDuration(nanos: bigint): Int {
  return nanos >= -INT_MAX && nanos < INT_MAX ? toInt(nanos) : fail("overflow");
}

/** RFC 3339, with up to nine digits of a second. */
export function timestampOfText(text: string): Int {
  const parts =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/.exec(
      text,
    );
  if (parts === null) return fail("invalid-value");
  const [, date = "", time = "", fraction = "", sign, hours = "0", minutes = "0"] = parts;
  const moment = new Date(`${date}T${time}Z`);
  // A date that does not exist, such as 30 February, would be read as a later one.
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 19) !== `${date}T${time}`) {
    return fail("invalid-value");
  }
  if (Number(hours) > 23 || Number(minutes) > 59) return fail("invalid-value");
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * 60n * SECOND;
  const nanos = BigInt(moment.getTime()) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
  return checkTimestamp(sign === "-" ? nanos + offset : nanos - offset);
}

export function timestampOfInt(seconds: Int): Int {
  return checkTimestamp(BigInt(seconds) * SECOND);
}

/** A moment of the application. */
export function timestampOfDate(value: unknown): Int {
  if (value instanceof Date) {
    const time = value.getTime();
    return Number.isNaN(time) ? fail("wrong-input") : checkTimestamp(BigInt(time) * 1_000_000n);
  }
  return typeof value === "bigint" ? checkTimestamp(value) : fail("wrong-input");
}

/** A duration of the application, in milliseconds, or as a bigint in nanoseconds. */
export function durationOfMillis(value: unknown): Int {
  if (typeof value === "bigint") return checkDuration(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return fail("wrong-input");
  const whole = Math.trunc(value);
  return checkDuration(BigInt(whole) * 1_000_000n + BigInt(Math.round((value - whole) * 1e6)));
}

export function secondsOfTimestamp(nanos: Int): Int {
  return toInt(floorDivide(BigInt(nanos), SECOND));
}

export function textOfTimestamp(nanos: Int): string {
  const seconds = floorDivide(BigInt(nanos), SECOND);
  const moment = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${moment}${fractionOf(BigInt(nanos) - seconds * SECOND)}Z`;
}

/** A sequence of decimal numbers with a unit, such as `1h30m` or `-1.5s`. */
export function durationOfText(text: string): Int {
  if (text.length > 100) return fail("invalid-value");
  const parts = /^([+-]?)((?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:h|ms|m|s|us|µs|μs|ns))+|0)$/.exec(
    text,
  );
  if (parts === null) return fail("invalid-value");
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of (parts[2] ?? "").matchAll(
    /([0-9]*)(?:\.([0-9]*))?(h|ms|m|s|us|µs|μs|ns)/g,
  )) {
    const size = units[unit] ?? 0n;
    nanos += BigInt(whole || "0") * size;
    if (fraction !== "") nanos += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  return checkDuration(parts[1] === "-" ? -nanos : nanos);
}

export function textOfDuration(nanos: Int): string {
  const size = BigInt(nanos) < 0n ? -BigInt(nanos) : BigInt(nanos);
  return `${nanos < 0 ? "-" : ""}${size / SECOND}${fractionOf(size % SECOND)}s`;
}

export function addToTimestamp(timestamp: Int, duration: Int): Int {
  return checkTimestamp(BigInt(timestamp) + BigInt(duration));
}

export function takeFromTimestamp(timestamp: Int, duration: Int): Int {
  return checkTimestamp(BigInt(timestamp) - BigInt(duration));
}

export function addDurations(a: Int, b: Int): Int {
  return checkDuration(BigInt(a) + BigInt(b));
}

export function durationBetween(later: Int, earlier: Int): Int {
  return checkDuration(BigInt(later) - BigInt(earlier));
}

/** Whole hours, minutes or seconds of a duration; of milliseconds those behind the whole seconds. */
export function partOfDuration(nanos: Int, part: "hours" | "minutes" | "seconds" | "millis"): Int {
  const value = BigInt(nanos);
  if (part === "millis") return toInt((value % SECOND) / 1_000_000n);
  if (part === "seconds") return toInt(value / SECOND);
  return toInt(value / ((part === "hours" ? 3600n : 60n) * SECOND));
}

function fractionOf(nanos: bigint): string {
  const digits = nanos.toString().padStart(9, "0").replace(/0+$/, "");
  return digits === "" ? "" : `.${digits}`;
}

export function floorDivide(value: bigint, by: bigint): bigint {
  return value < 0n && value % by !== 0n ? value / by - 1n : value / by;
}
