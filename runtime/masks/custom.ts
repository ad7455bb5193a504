import { createTotalMask } from "./mask.js";
import type { Mask, MaskContext, MaskResult, MaskFailure } from "./mask.js";

export interface CustomMaskOptions {
  /** The application's own method. It is given text, numbers, bigints and booleans; all else is taken away. */
  readonly mask: (value: string | number | bigint | boolean, context: MaskContext) => MaskResult;
  /** In code units; a longer text is taken away, since nobody can stop a slow regular expression. Default: 1 024. */
  readonly maxLength?: number;
  /** Told of each value taken away by a fault, to count it. */
  readonly onFailure?: (failure: MaskFailure) => void;
}

const DEFAULT_MAX_LENGTH = 1024;

/** In code units: a mask says less than what it masks. */
const LONGEST_RESULT = 256;

/**
 * Masks with a function of the application. Where it throws, gives a promise, over 256 characters, anything
 * but text, a finite number or null, or the very text or number that it was given, the value is taken away.
 */
export function createCustomMask(options: CustomMaskOptions): Mask {
  const { mask, maxLength = DEFAULT_MAX_LENGTH, onFailure } = options;
  const fail = (failure: MaskFailure) => {
    onFailure?.(failure);
    return null;
  };
  return createTotalMask((value, context) => {
    if (!isPlain(value)) return null;
    if (typeof value === "string" && value.length > maxLength) return fail("too-long");
    let result: unknown;
    try {
      result = mask(value, context);
    } catch {
      return fail("threw");
    }
    return isMasked(result, value) ? wellFormed(result) : fail("result");
  });
}

function isPlain(value: unknown): value is string | number | bigint | boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function isMasked(result: unknown, value: unknown): result is MaskResult {
  // Nobody waits for a promise, and one that is rejected would end the process.
  if (result instanceof Promise) result.catch(() => undefined);
  if (result === null) return true;
  const isShort = typeof result === "string" && result.length <= LONGEST_RESULT;
  return (isShort || Number.isFinite(result)) && String(result) !== String(value);
}

function wellFormed(masked: MaskResult): MaskResult {
  return typeof masked === "string" ? masked.toWellFormed() : masked;
}
