import { fail } from "./condition-error.js";
import type { Int } from "./int.js";
import { floorDivide } from "./time.js";

/** What CEL's getters of a timestamp tell; months, days of the month and of the year count from zero. */
export type CalendarPart =
  | "full-year"
  | "month"
  | "date"
  | "day-of-month"
  | "day-of-week"
  | "day-of-year"
  | "hours"
  | "minutes"
  | "seconds"
  | "millis";

/** Formatters of zones that exist, so there are as many as Node knows zones; making one takes 30 µs. */
const formatters = new Map<string, Intl.DateTimeFormat>();

export function calendarPart(nanos: Int, part: CalendarPart, zone = "UTC"): number {
  const millis = Number(floorDivide(BigInt(nanos), 1_000_000n));
  const local = new Date(millis + offsetOf(zone, millis));
  switch (part) {
    case "full-year":
      return local.getUTCFullYear();
    case "month":
      return local.getUTCMonth();
    case "date":
      return local.getUTCDate();
    case "day-of-month":
      return local.getUTCDate() - 1;
    case "day-of-week":
      return local.getUTCDay();
    case "day-of-year":
      return dayOfYear(local);
    case "hours":
      return local.getUTCHours();
    case "minutes":
      return local.getUTCMinutes();
    case "seconds":
      return local.getUTCSeconds();
    case "millis":
      return local.getUTCMilliseconds();
    default:
      return part satisfies never;
  }
}

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  start.setUTCHours(0, 0, 0, 0);
  return Math.floor((date.getTime() - start.getTime()) / 86_400_000);
}

/** Milliseconds that clocks of a zone are ahead of UTC: of `+02:00`, `02:00`, or of a name such as `Asia/Tokyo`. */
function offsetOf(zone: string, millis: number): number {
  if (zone === "UTC") return 0;
  const fixed = /^([+-]?)([0-9]{2}):([0-9]{2})$/.exec(zone);
  if (fixed !== null) {
    const [, sign, hours, minutes] = fixed;
    if (Number(hours) > 23 || Number(minutes) > 59) return fail("invalid-value");
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }
  const seconds = Math.floor(millis / 1000) * 1000;
  const parts = formatterOf(zone).formatToParts(seconds);
  const [year, month, day, hour, minute, second] = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
  ].map((type) => Number(parts.find((part) => part.type === type)?.value ?? Number.NaN));
  const local = new Date(0);
  local.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  local.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0);
  return local.getTime() - seconds;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(zone)) return fail("invalid-value");
  try {
    const formatter = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    // Node takes names in every case; the cache takes each once.
    formatters.set(formatter.resolvedOptions().timeZone, formatter);
    return formatter;
  } catch {
    return fail("invalid-value");
  }
}
