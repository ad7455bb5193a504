import { GateError } from "../gate-error.js";
import { createTextMask, withShortCut } from "./mask.js";
import type { Mask } from "./mask.js";
import { foldDigits } from "./text.js";

export interface PhoneMaskOptions {
  /** The country code, such as `44`, of numbers that begin with neither `+` nor `00`; without it, they are hidden. */
  readonly country?: string;
}

/** In code units: digits of two each, and as many signs between them. */
const MAX_LENGTH = 96;

/** In digits, with the country code: of fewer, two and the country say too much; E.164 has 15 at most. */
const SHORTEST = 8;
const LONGEST = 15;

const FORM = { maxLength: MAX_LENGTH, dropped: "()./", kept: { "+": "+", "＋": "+" } };
const NUMBER = /^(?<prefix>\+|00)?(?<digits>\d+)$/;

/** Of mainland China, without its country code. */
const CHINA_MOBILE = /^1[3-9]\d{9}$/;

/**
 * The assigned country codes (ITU-T E.164.D), those of services and networks among them; no code begins another. Of
 * digits that begin with none, none is shown.
 */
const COUNTRY = new RegExp(
  `^(?:${[
    "[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]",
    "21[12368]|2[2346]\\d|25[0-8]|29[01789]|35\\d|37\\d|38[0-35-79]|42[013]|50\\d|59\\d",
    "67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0-368]|96[0-8]|97[0-79]|99[2-68]",
  ].join("|")})`,
);

const ALL_HIDDEN = "***";

/**
 * Shows the country code and the last two digits of a telephone number: `+44 *** **21`. Mobile numbers of China
 * need no country code. What is no number of 8 to 15 digits is hidden whole, as is one with an extension.
 *
 * @throws GateError `configuration-invalid` where the country code is none
 */
export function createPhoneMask({ country }: PhoneMaskOptions = {}): Mask {
  if (country !== undefined && COUNTRY.exec(country)?.[0] !== country) {
    throw new GateError("configuration-invalid", "a phone mask has an unknown country code");
  }
  return withShortCut(createAnyPhoneMask({ country }), maskPlainPhone);
}

/** The mask without its short cut. */
export function createAnyPhoneMask({ country }: { readonly country: string | undefined }): Mask {
  return createTextMask((text) => {
    const number = internationalOf(text, country);
    if (number === undefined || number.length < SHORTEST || number.length > LONGEST) {
      return ALL_HIDDEN;
    }
    const code = COUNTRY.exec(number)?.[0];
    return code === undefined ? ALL_HIDDEN : showCode(code) + number.slice(-2);
  });
}

/**
 * What nearly all numbers are, `+` and digits of ASCII in groups, in one walk that makes no text of its digits;
 * undefined for others.
 */
function maskPlainPhone(text: string): string | undefined {
  const { length } = text;
  if (length > LONGEST_PLAIN || text.charCodeAt(0) !== PLUS) return undefined;
  let count = 0;
  let start = 0;
  let sinceSeparator = 0;
  for (let index = 1; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= ZERO && unit <= NINE) {
      count += 1;
      sinceSeparator += 1;
      if (count <= 3) start = start * 10 + unit - ZERO;
    } else if (unit === SPACE || unit === DASH) sinceSeparator = 0;
    else return undefined;
  }
  if (count < SHORTEST || count > LONGEST || sinceSeparator < 2) return undefined;
  const shown = shownByStart[start];
  return shown === undefined ? undefined : shown + text.slice(-2);
}

/** In code units: digits, and a separator in front of each. */
const LONGEST_PLAIN = 31;

const SPACE = 0x20;
const PLUS = 0x2b;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

function showCode(code: string): string {
  return `+${code} *** **`;
}

/** All but the last two digits of what is shown, by the first three digits of a number. */
const shownByStart: readonly (string | undefined)[] = Array.from({ length: 1000 }, (_, start) => {
  const code = COUNTRY.exec(String(start).padStart(3, "0"))?.[0];
  return code === undefined ? undefined : showCode(code);
});

/** A number's digits from its country code on. */
function internationalOf(text: string, country: string | undefined): string | undefined {
  const { prefix, digits } = NUMBER.exec(foldDigits(text, FORM) ?? "")?.groups ?? {};
  if (digits === undefined || prefix !== undefined) return digits;
  if (country !== undefined) return country + digits.replace(/^0/, "");
  return CHINA_MOBILE.test(digits) ? `86${digits}` : undefined;
}
