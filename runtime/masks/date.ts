import { GateError } from "../gate-error.js";
import { createBands } from "./bands.js";
import { createTotalMask } from "./mask.js";
import type { Mask } from "./mask.js";

export type DateMaskOptions =
  /** The year alone, as a number. */
  | { readonly show: "year" }
  /** The band that the age falls into: with bounds 18 and 65, `<18`, `18..<65` or `>=65`. */
  | { readonly show: "age"; readonly bounds: readonly number[] };

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** In code units: of an ISO 8601 text with time and offset. */
const MAX_LENGTH = 40;

/** ISO 8601, extended or basic; of a time behind it, only that there is one is read. */
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ][\d:.,+\-Z]*)?$|^(\d{4})(\d\d)(\d\d)$/;

/** In years: the oldest age on record is 122. */
const OLDEST = 130;

/**
 * Shows the year of a date, or the band of the age of who was born then. Takes a `Date`, read in UTC, or a text of
 * ISO 8601, read as it stands. No date, or no date of birth of a living person, is taken away. For ages over 89, HIPAA
 * (45 CFR 164.514) allows one band and no year.
 *
 * @throws GateError `configuration-invalid` where bounds are no ascending ages
 */
export function createDateMask(options: DateMaskOptions): Mask {
  if (options.show === "year") return showYear;
  if (!options.bounds.every((bound) => Number.isInteger(bound) && bound > 0 && bound < OLDEST)) {
    throw new GateError("configuration-invalid", "the bounds of an age mask are not whole years");
  }
  const bandOf = createBands(options.bounds, "an age mask");
  return createTotalMask((value, { now }) => {
    const born = readDay(value);
    const age = born === undefined ? Number.NaN : ageAt(born, new Date(now));
    return age >= 0 && age <= OLDEST ? bandOf(age) : null;
  });
}

const showYear = createTotalMask((value) => readDay(value)?.year ?? null);

function readDay(value: unknown): Day | undefined {
  if (typeof value === "string") return readText(value);
  // Asked of the prototype, so that what only looks like a date throws, and is taken away.
  const time = Date.prototype.getTime.call(value);
  if (Number.isNaN(time)) return undefined;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  const isUsual = year >= 1 && year <= 9999;
  return isUsual ? { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() } : undefined;
}

function readText(text: string): Day | undefined {
  const match = text.length > MAX_LENGTH ? null : DATE.exec(text);
  if (match === null) return undefined;
  const [, ...groups] = match;
  const [year = 0, month = 0, day = 0] = groups.filter((group) => group !== undefined).map(Number);
  const isDay = year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return isDay ? { year, month, day } : undefined;
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** In whole years; who was born on 29 February is a year older on 1 March. NaN where the clock gives no time. */
function ageAt({ year, month, day }: Day, now: Date): number {
  const isBefore =
    now.getUTCMonth() + 1 < month || (now.getUTCMonth() + 1 === month && now.getUTCDate() < day);
  return now.getUTCFullYear() - year - (isBefore ? 1 : 0);
}
