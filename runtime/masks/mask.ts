/**
 * What a mask gives: text, a number (a year), or null for {@link NULL_MARKER}. Never an object, so that a
 * serialiser needs no second look, and no text that came in can pass for a value that was taken away.
 */
export type MaskResult = string | number | null;

declare const maskedBrand: unique symbol;

/**
 * What a mask left of a value of type `T`, for the compiler: a plain `T` is none, so that what only some may see does
 * not compile where others look. It is text, a number or {@link NULL_MARKER}, ready for `JSON.stringify`.
 */
export interface Masked<T> {
  readonly [maskedBrand]: T;
}

/** Where a value stands that is to be masked. None of it is shown. */
export interface MaskContext {
  /** Whose data it is. Of two tenants, or of two fields, equal values have different tokens. */
  readonly tenant: string;
  /** The stable id of the field, such as `order.refunded/actor`; fields of one id can be linked. */
  readonly field: string;
  /** Milliseconds since the epoch; an age is counted up to it. */
  readonly now: number;
}

/**
 * Masks a value. It never throws, whatever the value is, takes time linear in the length of a text at most,
 * and gives well-formed Unicode. What is not of the type that the method is for becomes null.
 *
 * What was masked is no proof that it was: masked again it is treated like any value. All but keyed hashes and custom
 * masks then leave it as it is or hide it whole, and change nothing the third time; a keyed hash gives another token.
 */
export type Mask = (value: unknown, context: MaskContext) => MaskResult;

/**
 * Why a value was taken away that should have been masked; it tells nothing of the value: a custom mask that threw, was
 * not asked for too long a text, or gave what is no result; keys that could not be had.
 */
export type MaskFailure = "threw" | "too-long" | "result" | "keys";

/**
 * What stands for a value that was taken away, as a value: for a sink that takes objects. A sink of typed
 * columns writes NULL.
 */
export const NULL_MARKER = Object.freeze({ $mask: "null" } as const);

/** {@link NULL_MARKER} as JSON in the canonical form of RFC 8785. */
export const NULL_MARKER_JSON = '{"$mask":"null"}';

/** The JSON text of what a mask gave, in the canonical form of RFC 8785. */
export function maskedToJson(masked: MaskResult): string {
  return masked === null ? NULL_MARKER_JSON : JSON.stringify(masked);
}

/** What a mask gave, as a value of JSON that tells a value taken away from one that was never there. */
export function maskedToValue(masked: MaskResult): string | number | typeof NULL_MARKER {
  return masked ?? NULL_MARKER;
}

/** Fails closed: whatever goes wrong in a mask, a proxy's trap included, the value is taken away. */
export function createTotalMask(mask: Mask): Mask {
  return (value, context) => {
    try {
      return mask(value, context);
    } catch {
      return null;
    }
  };
}

/** A mask of text: anything else is taken away, `String` objects too. */
export function createTextMask(mask: (text: string, context: MaskContext) => MaskResult): Mask {
  return (value, context) => {
    if (typeof value !== "string") return null;
    try {
      return mask(value, context);
    } catch {
      return null;
    }
  };
}

/**
 * A short cut through a mask, for what nearly all values are: what the mask gives, or undefined for a value that it
 * has to look at itself. It never throws, and gives printable ASCII without `"` and `\\`, which JSON need not escape.
 */
export type ShortCut = (text: string) => string | undefined;

interface ShortenedMask extends Mask {
  readonly shortCut: ShortCut;
}

export function withShortCut(mask: Mask, shortCut: ShortCut): Mask {
  const shortened: Mask = (value, context) =>
    (typeof value === "string" ? shortCut(value) : undefined) ?? mask(value, context);
  return Object.assign(shortened, { shortCut }) satisfies ShortenedMask;
}

export function shortCutOf(mask: Mask): ShortCut | undefined {
  return "shortCut" in mask ? (mask as ShortenedMask).shortCut : undefined;
}
