import type { Arguments, Option } from "./command.js";
import { UsageError } from "./usage-error.js";

const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^(\d{1,6})([smhd])$/;
const TIME =
  /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * The milliseconds since the epoch of Unix of an option such as `2026-01-31T08:00:00+01:00`, or of
 * `15m`, which is so long before `now`; undefined where it is not given.
 *
 * @throws UsageError where it is neither
 */
export function readTime(args: Arguments, { name }: Option, now: number): number | undefined {
  const text = args.options.get(name)?.[0];
  if (text === undefined) return undefined;
  const [, count, unit = ""] = DURATION.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (MILLISECONDS[unit] ?? 0);
  const [, day = "", hours = ""] = TIME.exec(text) ?? [];
  const time = Date.parse(text);
  // Without this check, February 30 would be a day of March.
  const isDay = Date.parse(`${day}T00:00Z`) >= 0 && isSameDay(day);
  if (day !== "" && isDay && !Number.isNaN(time) && !hours.startsWith("24")) return time;
  const help = `write a time with its offset, as \`--${name} 2026-01-31T08:00:00Z\`, or how long ago, as \`--${name} 24h\``;
  throw new UsageError([{ message: `\`--${name}\` is neither a time nor a duration`, help }]);
}

function isSameDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

/** The whole number of an option. @throws UsageError where it is none, or out of its bounds */
export function readCount(
  args: Arguments,
  { name, fallback }: Option,
  largest: number,
): number | undefined {
  const text = args.options.get(name)?.[0] ?? fallback;
  if (text === undefined) return undefined;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= 1 && count <= largest) return count;
  const help = `write a whole number from 1 to ${largest}`;
  throw new UsageError([{ message: `\`--${name}\` is not such a number`, help }]);
}
