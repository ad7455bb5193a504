import { createTextMask } from "./mask.js";
import type { Mask } from "./mask.js";
import { foldDigits, isResidentChecksum } from "./text.js";

/** In code units: 18 digits of two each, and as many separators. */
const MAX_LENGTH = 72;

const KEPT = { x: "X", X: "X", ｘ: "X", Ｘ: "X" };

/** The form since 1999: region, date of birth, order, check character (GB 11643-1999). */
const LONG = /^\d{17}[\dX]$/;
/** The form before: region, date of birth with a year of two digits, order. It has no check character. */
const SHORT = /^\d{15}$/;

const HIDDEN = "*".repeat(16);
const ALL_HIDDEN = "*".repeat(18);

/**
 * Shows the first and the last character of a Chinese resident id, as 18 characters whichever form it has. Region
 * and date of birth are personal data: with the first six and the last four shown, 3 317 pairs of person and
 * date remain. An id whose check character or date is wrong is hidden as a whole.
 */
export function createResidentIdMask(): Mask {
  return maskResidentId;
}

const maskResidentId = createTextMask((text) => {
  const id = foldDigits(text, { maxLength: MAX_LENGTH, kept: KEPT });
  if (id === undefined || !isResidentId(id)) return ALL_HIDDEN;
  return `${id[0]}${HIDDEN}${id.at(-1)}`;
});

function isResidentId(id: string): boolean {
  if (SHORT.test(id)) return isDate(id.slice(8, 10), id.slice(10, 12));
  return LONG.test(id) && isDate(id.slice(10, 12), id.slice(12, 14)) && isResidentChecksum(id);
}

function isDate(month: string, day: string): boolean {
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
}
