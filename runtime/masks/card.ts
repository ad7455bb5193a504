import { createTotalMask } from "./mask.js";
import type { Mask } from "./mask.js";
import { foldDigits, isLuhnValid } from "./text.js";

export interface CardMaskOptions {
  /**
   * `luhn` (the default) shows digits only of what Luhn's sum allows to be a card number: a security code that
   * was typed behind the number would else be shown. `none` is for numbers without that sum.
   */
  readonly checksum?: "luhn" | "none";
}

/** In digits (ISO/IEC 7812-1 has 19 at most; under 12, four are too much to show). */
const SHORTEST = 12;
const LONGEST = 19;

/** In code units: digits of two each, and as many separators. */
const MAX_LENGTH = 128;

const HIDDEN = "**** **** ****";
const ALL_HIDDEN = `${HIDDEN} ****`;

/**
 * Shows the last four digits of a card number, in one shape whatever its length: `**** **** **** 1234`. PCI DSS
 * 4.0 (3.4.1) allows the first digits too; with them, of a number of 16 digits 100 000 candidates remain.
 * A number or bigint is not text that was checked, and a number of 19 digits has lost some: nothing is shown.
 */
export function createCardMask({ checksum = "luhn" }: CardMaskOptions = {}): Mask {
  return createTotalMask((value) => {
    if (typeof value === "number" || typeof value === "bigint") return ALL_HIDDEN;
    if (typeof value !== "string") return null;
    const digits = foldDigits(value, { maxLength: MAX_LENGTH });
    if (digits === undefined || digits.length < SHORTEST || digits.length > LONGEST) {
      return ALL_HIDDEN;
    }
    if (checksum !== "none" && !isLuhnValid(digits)) return ALL_HIDDEN;
    return `${HIDDEN} ${digits.slice(-4)}`;
  });
}
