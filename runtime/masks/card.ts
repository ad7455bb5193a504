import { createTotalMask, withShortCut } from "./mask.js";
import type { Mask } from "./mask.js";
import { foldDigits, isLuhnValid, luhnTerm } from "./text.js";

export interface CardMaskOptions {
  /**
   * `luhn` (the default) shows digits only of what Luhn's sum allows to be a card number: a security code that
   * was typed behind the number would else be shown. `none` is for numbers without that sum.
   */
  readonly checksum?: CardChecksum;
}

type CardChecksum = "luhn" | "none";

/** In digits (ISO/IEC 7812-1 has 19 at most; under 12, four are too much to show). */
const SHORTEST = 12;
const LONGEST = 19;

/** In code units: digits of two each, and as many separators. */
const MAX_LENGTH = 128;

const HIDDEN = "**** **** **** ";
const ALL_HIDDEN = `${HIDDEN}****`;

/**
 * Shows the last four digits of a card number, in one shape whatever its length: `**** **** **** 1234`. PCI DSS
 * 4.0 (3.4.1) allows the first digits too; with them, of a number of 16 digits 100 000 candidates remain.
 * A number or bigint is not text that was checked, and a number of 19 digits has lost some: nothing is shown.
 */
export function createCardMask({ checksum = "luhn" }: CardMaskOptions = {}): Mask {
  return withShortCut(createAnyCardMask({ checksum }), (text) => maskPlainCard(text, checksum));
}

/** The mask without its short cut. */
export function createAnyCardMask({ checksum = "luhn" }: CardMaskOptions): Mask {
  return createTotalMask((value) => {
    if (typeof value === "number" || typeof value === "bigint") return ALL_HIDDEN;
    if (typeof value !== "string") return null;
    const digits = foldDigits(value, { maxLength: MAX_LENGTH });
    if (digits === undefined || digits.length < SHORTEST || digits.length > LONGEST) {
      return ALL_HIDDEN;
    }
    if (checksum !== "none" && !isLuhnValid(digits)) return ALL_HIDDEN;
    return HIDDEN + digits.slice(-4);
  });
}

/**
 * What nearly all numbers are, digits of ASCII in groups, in one walk that makes no text of its digits; undefined for
 * others.
 */
function maskPlainCard(text: string, checksum: CardChecksum): string | undefined {
  const { length } = text;
  if (length > LONGEST_PLAIN) return undefined;
  let count = 0;
  let sum = 0;
  // From the end: which digits Luhn doubles is counted from there.
  for (let index = length - 1; index >= 0; index -= 1) {
    const unit = text.charCodeAt(index);
    if (unit >= ZERO && unit <= NINE) {
      const digit = unit - ZERO;
      sum += count % 2 === 0 ? digit : (DOUBLED[digit] ?? 0);
      count += 1;
    } else if ((unit !== SPACE && unit !== DASH) || count < SHOWN) return undefined;
  }
  if (count < SHORTEST || count > LONGEST) return undefined;
  if (checksum !== "none" && sum % 10 !== 0) return undefined;
  return HIDDEN + text.slice(-4);
}

/** In digits, at the end. */
const SHOWN = 4;

/** What Luhn's sum has of a digit that it doubles: looked up, since no processor guesses a branch on a digit. */
const DOUBLED = Array.from({ length: 10 }, (_, digit) => luhnTerm(digit, 1));

/** In code units: of digits in groups of three, or of a few separators more. */
const LONGEST_PLAIN = 28;

const SPACE = 0x20;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
