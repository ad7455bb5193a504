const DECIMAL = /^\p{Nd}$/u;

/**
 * Spaces, dashes, and what is not seen: U+200B and its like, joiners, signs of direction, soft hyphens. U+2212
 * is the minus sign, a symbol for Unicode.
 */
const SEPARATOR = /^[\t\p{Zs}\p{Pd}\p{Cf}\u2212]$/u;

/** Unicode keeps the ten digits of a script side by side (chapter 4.6), and five such tens at most. */
const LONGEST_ROW = 50;

/** The value of a decimal digit of any script; -1 for any other code point. */
export function digitValue(codePoint: number): number {
  if (codePoint < 0x80) return codePoint >= 0x30 && codePoint <= 0x39 ? codePoint - 0x30 : -1;
  if (!isDecimal(codePoint)) return -1;
  let steps = 0;
  while (steps < LONGEST_ROW && isDecimal(codePoint - steps - 1)) steps += 1;
  return steps % 10;
}

export function isSeparator(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint === 0x20 || codePoint === 0x2d || codePoint === 0x09;
  return SEPARATOR.test(String.fromCodePoint(codePoint));
}

function isDecimal(codePoint: number): boolean {
  return DECIMAL.test(String.fromCodePoint(codePoint));
}

/** What may stand in a text of digits besides digits and separators. */
export interface DigitForm {
  /** In code units; a longer text is not read. */
  readonly maxLength: number;
  /** Characters that are dropped like separators. */
  readonly dropped?: string;
  /** Characters that are kept, each as the text of its key says. */
  readonly kept?: Readonly<Record<string, string>>;
}

/** The digits of a text in ASCII, separators left out; undefined where anything else stands in it. */
export function foldDigits(text: string, form: DigitForm): string | undefined {
  const { maxLength, dropped = "", kept = {} } = form;
  if (text.length > maxLength) return undefined;
  let folded = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const value = digitValue(codePoint);
    if (value !== -1) folded += value;
    else if (Object.hasOwn(kept, character)) folded += kept[character];
    else if (!isSeparator(codePoint) && !dropped.includes(character)) return undefined;
  }
  return folded;
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * Code points in the longest emoji for general interchange (UTS #51, emoji-zwj-sequences). A longer cluster is a
 * pile of marks, in which anything can be hidden.
 */
const LONGEST_CLUSTER = 10;

/** In code units: one more than the longest cluster can have, so that a cut is seen. */
const CLUSTER_WINDOW = 2 * LONGEST_CLUSTER + 1;

/** A letter, digit, mark of punctuation or symbol: no space, control, sign of direction or lone surrogate. */
const VISIBLE = /^[\p{L}\p{N}\p{P}\p{S}]/u;

export function hasVisible(text: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
}

/**
 * The first graphemes of a text (UAX #29), so many at most; fewer where the text ends, or where one is not to be
 * shown. Reads no more of the text than it needs.
 */
export function firstGraphemes(text: string, count: number): readonly string[] {
  const found: string[] = [];
  let rest = text.slice(0, CLUSTER_WINDOW * count).toWellFormed();
  while (found.length < count && rest !== "") {
    const cluster = firstCluster(rest);
    if (!VISIBLE.test(cluster) || cluster.includes("\ufffd")) break;
    if ([...cluster].length > LONGEST_CLUSTER) break;
    found.push(cluster);
    rest = rest.slice(cluster.length);
  }
  return found;
}

function firstCluster(text: string): string {
  // Two that never join anything, the first of them is a cluster: 30 times as fast as to ask (measured).
  const isLone = isPlain(text.charCodeAt(0)) && (text.length === 1 || isPlain(text.charCodeAt(1)));
  if (isLone) return text.charAt(0);
  const [first] = graphemes.segment(text.slice(0, CLUSTER_WINDOW));
  return first?.segment ?? "";
}

/** Of ASCII what is visible, or a Han character of the basic plane. */
function isPlain(unit: number): boolean {
  return (unit > 0x20 && unit < 0x7f) || (unit >= 0x4e00 && unit <= 0x9fff);
}

/** Luhn's sum over a text of ASCII digits (ISO/IEC 7812-1, annex B). */
export function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    sum += luhnTerm(digits.charCodeAt(digits.length - 1 - place) - 0x30, place);
  }
  return sum % 10 === 0;
}

/** What a digit adds to Luhn's sum; its place is counted from the right. */
export function luhnTerm(digit: number, place: number): number {
  if (place % 2 === 0) return digit;
  return digit < 5 ? 2 * digit : 2 * digit - 9;
}

/** ISO 7064, MOD 11-2, over the 18 characters of a resident id (GB 11643-1999): digits, and `X` for ten. */
export function isResidentChecksum(id: string): boolean {
  let remainder = 0;
  for (const character of id) {
    const value = character === "X" ? 10 : character.charCodeAt(0) - 0x30;
    remainder = addResidentDigit(remainder, value);
  }
  return remainder === 1;
}

/** The remainder of that sum with one more character. */
export function addResidentDigit(remainder: number, value: number): number {
  return (2 * remainder + value) % 11;
}
