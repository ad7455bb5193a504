import { createTextMask, withShortCut } from "./mask.js";
import type { Mask } from "./mask.js";
import { firstGraphemes, hasVisible } from "./text.js";

const HIDDEN = "**";
const ALL_HIDDEN = "***";

/** In code units; more space before a name is no name. */
const LONGEST_MARGIN = 64;

/**
 * Shows the first grapheme of a name, never its length: `王**`. A name of one grapheme would be shown whole, so it
 * is hidden whole, as is one that begins with nothing visible.
 */
export function createNameMask(): Mask {
  return maskName;
}

/** Where a name begins with two letters of ASCII, neither of them can be part of a grapheme; undefined for others. */
function maskPlainName(text: string): string | undefined {
  const isPlain = isLetter(text.charCodeAt(0)) && isLetter(text.charCodeAt(1));
  return isPlain ? text.charAt(0) + HIDDEN : undefined;
}

/** Of ASCII. Of what is not there, `NaN` is asked. */
function isLetter(unit: number): boolean {
  // A capital letter is a small one without its sixth bit.
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

/** The mask without its short cut. */
export const maskAnyName = createTextMask((text) => {
  const name = withoutMargin(text);
  const [first] = firstGraphemes(name, 1);
  const isWhole = first === undefined || !hasVisible(name.slice(first.length));
  return isWhole ? ALL_HIDDEN : first + HIDDEN;
});

const maskName = withShortCut(maskAnyName, maskPlainName);

function withoutMargin(text: string): string {
  const begin = text.slice(0, LONGEST_MARGIN).trimStart();
  return begin === "" ? "" : text.slice(Math.min(LONGEST_MARGIN, text.length) - begin.length);
}
