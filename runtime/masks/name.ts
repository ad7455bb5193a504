import { createTextMask } from "./mask.js";
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

const maskName = createTextMask((text) => {
  const name = withoutMargin(text);
  const [first] = firstGraphemes(name, 1);
  const isWhole = first === undefined || !hasVisible(name.slice(first.length));
  return isWhole ? ALL_HIDDEN : first + HIDDEN;
});

function withoutMargin(text: string): string {
  const begin = text.slice(0, LONGEST_MARGIN).trimStart();
  return begin === "" ? "" : text.slice(Math.min(LONGEST_MARGIN, text.length) - begin.length);
}
