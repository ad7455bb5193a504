import { addResidentDigit, digitValue, isSeparator, luhnTerm } from "../text.js";
import type { Detector, SecretKind, Span } from "./span.js";

/** Digits of any script with nothing but separators between them. */
interface Row {
  readonly start: number;
  end: number;
  readonly digits: number[];
  /** At each digit, whether a group begins there. */
  readonly begins: boolean[];
}

/** In digits (ISO/IEC 7812-1); of a resident id, without its check character. */
const SHORTEST_CARD = 12;
const LONGEST_CARD = 19;
const ID_DIGITS = 17;

/** Not seen between groups of a number in a form field, but in running text. */
const LOOSE_SEPARATORS = "._";

/**
 * Finds card numbers by Luhn's sum and resident ids by their check character, within longer rows of digits too. The
 * whole row is found, since what is left of it would tell more. Of other numbers of 12 digits one in ten is taken
 * for a card, of 16 one in six, of those in groups of four one in three (measured).
 */
export const detectNumbers: Detector = (text) => {
  const spans: Span[] = [];
  let row: Row | undefined;
  let index = 0;
  const close = () => {
    const kind = row && kindOf(row);
    if (row !== undefined && kind !== undefined) spans.push({ ...placeOf(row), kind });
    row = undefined;
  };
  while (index < text.length) {
    const codePoint = text.codePointAt(index) ?? 0;
    const end = index + (codePoint > 0xffff ? 2 : 1);
    const value = digitValue(codePoint);
    if (value !== -1) {
      row ??= { start: index, end, digits: [], begins: [] };
      row.digits.push(value);
      row.begins.push(row.digits.length === 1 || row.end < index);
      row.end = end;
    } else if (
      row !== undefined &&
      isCheckLetter(codePoint) &&
      isResidentId(row.digits, row.digits.length, 10)
    ) {
      spans.push({ ...placeOf(row), end, kind: "resident-id" });
      row = undefined;
    } else if (!isSeparator(codePoint) && !LOOSE_SEPARATORS.includes(text.charAt(index))) {
      close();
    }
    index = end;
  }
  close();
  return spans;
};

function placeOf({ start, end }: Row): { readonly start: number; readonly end: number } {
  return { start, end };
}

/** `X`, small or large, of ordinary or full width. */
function isCheckLetter(codePoint: number): boolean {
  return [0x58, 0x78, 0xff38, 0xff58].includes(codePoint);
}

/** Whether the digits before an end, and a check value behind them, are a resident id. */
function isResidentId(digits: readonly number[], end: number, check: number): boolean {
  if (end < ID_DIGITS) return false;
  let remainder = 0;
  for (let index = end - ID_DIGITS; index < end; index += 1) {
    remainder = addResidentDigit(remainder, digits[index] ?? 0);
  }
  return addResidentDigit(remainder, check) === 1;
}

function kindOf(row: Row): SecretKind | undefined {
  const { digits } = row;
  const isId = digits.some((check, end) => isResidentId(digits, end, check));
  if (isId) return "resident-id";
  for (let end = SHORTEST_CARD; end <= digits.length; end += 1) {
    if (endsInCard(row, end)) return "card";
  }
  return undefined;
}

function endsInCard({ digits, begins }: Row, end: number): boolean {
  const isGroupEnd = begins[end] ?? true;
  let sum = 0;
  for (let length = 1; length <= Math.min(LONGEST_CARD, end); length += 1) {
    const start = end - length;
    const first = digits[start] ?? 0;
    sum += luhnTerm(first, length - 1);
    if (length < SHORTEST_CARD || sum % 10 !== 0) continue;
    const isWhole = isGroupEnd && begins[start] === true;
    if (isWhole || usualLengths[first]?.includes(length) === true) return true;
  }
  return false;
}

/**
 * The lengths of the cards that are in use, by their first digit. Within longer numbers, only these are looked for:
 * of all lengths, four of five numbers of 16 digits would hold one by chance.
 */
const usualLengths: Readonly<Record<number, readonly number[]>> = {
  2: [16],
  3: [14, 15, 16],
  4: [13, 16, 19],
  5: [16],
  6: [16, 17, 18, 19],
};
