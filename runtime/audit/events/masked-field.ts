import { NULL_MARKER_JSON } from "../../masks/mask.js";
import type { Mask, MaskContext } from "../../masks/mask.js";
import type { EventField } from "./event-field.js";
import { quoteText } from "./quote-text.js";

/** The JSON of what the mask of a field gives; of a field without one, nothing is shown. */
export function jsonOfMasked(
  { id, mask = hideAll, shortCut }: EventField,
  value: unknown,
  { tenant, now }: Omit<MaskContext, "field">,
): string {
  const short = typeof value === "string" ? shortCut?.(value) : undefined;
  if (short !== undefined) return `"${short}"`;
  let shown;
  try {
    shown = mask(value, { tenant, now, field: id });
  } catch {
    // No mask throws; what one would throw all the same must not leave, nor be shown.
    return NULL_MARKER_JSON;
  }
  if (shown === null) return NULL_MARKER_JSON;
  // Of -0, JSON in its canonical form says 0, and so does `String`.
  return typeof shown === "number" ? String(shown) : quoteText(shown);
}

export const hideAll: Mask = () => null;
