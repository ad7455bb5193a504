import { inspect } from "node:util";
import { currentContext } from "../async-context.js";
import { NULL_MARKER } from "./mask.js";

declare const rawBrand: unique symbol;

/**
 * A value that only a mask may read. It is no value of its own type, so that it compiles only where something is masked,
 * and it shows nothing: JSON, text and `util.inspect` hold a marker. What `reveal` opens is opened on purpose.
 *
 * @example
 * const order = { id: 7, customer: raw("Jane Doe") };
 * console.log(order); // { id: 7, customer: [Raw] }
 */
export interface Raw<T> {
  readonly [rawBrand]: T;
  toString(): string;
}

/** Keeps the values of one response until it is masked. */
export type KeepRaw = (value: Raw<unknown>) => string;

// Weak maps and no properties: nothing that walks over an object finds a value or the keeper of one.
const values = new WeakMap<object, unknown>();
const keepers = new WeakMap<object, KeepRaw>();

const MARKER = "[Raw]";

const rawPrototype = Object.freeze({
  toString: () => MARKER,
  valueOf: () => MARKER,
  [Symbol.toPrimitive]: () => MARKER,
  [inspect.custom]: () => MARKER,
  /** Where a response is held back to be masked, a handle that means nothing elsewhere; else a marker. */
  toJSON(this: Raw<unknown>): unknown {
    const context = currentContext();
    const keep = context && keepers.get(context);
    return keep === undefined ? NULL_MARKER : keep(this);
  },
});

/** Wraps a value, so that it can leave only through a mask. */
export function raw<T>(value: T): Raw<T> {
  const wrapped: object = Object.freeze(Object.create(rawPrototype));
  values.set(wrapped, value);
  // The brand exists only for the compiler.
  return wrapped as Raw<T>;
}

export function isRaw(value: unknown): value is Raw<unknown> {
  return typeof value === "object" && value !== null && values.has(value);
}

/**
 * The value within.
 *
 * @throws TypeError for what `raw` did not make
 */
export function reveal<T>(wrapped: Raw<T>): T {
  if (!isRaw(wrapped)) throw new TypeError("this is no raw value");
  return values.get(wrapped) as T;
}

/** From here on, raw values that are turned into JSON in this context are kept for its response. */
export function keepRaws(context: object, keep: KeepRaw): void {
  keepers.set(context, keep);
}

export function forgetRaws(context: object): void {
  keepers.delete(context);
}
