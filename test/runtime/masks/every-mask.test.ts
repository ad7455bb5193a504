import { maskMethods } from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { context, everyMask, ofText } from "./every-mask.js";
import { hostileValues } from "./hostile-values.js";

const LONG = 1_048_576;
/** In code units: a domain of 255, the first grapheme of 20, and signs; an excerpt of free text is longer. */
const LONGEST = 300;
const LONGEST_EXCERPT = 4097;

const longTexts: readonly (readonly [name: string, text: string])[] = [
  "a",
  "1",
  " ",
  "@",
  "a@",
  "%40",
  "%",
  "=",
  "key=",
  'key="\\"',
  "?",
  "://",
  "?a://",
  "eyJ",
  "bearer ",
  "h1:a",
  "-----BEGIN ",
  "\u0315\u0316",
  "\u{1d7d8}",
  "\u200d",
  "👩‍",
  "\ud800",
  '"',
  "\\",
  ".",
  "-",
  ":",
  "(",
].map((part) => [JSON.stringify(part), part.repeat(Math.ceil(LONG / part.length)).slice(0, LONG)]);

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
);

it("has an example of every method", () => {
  expect(new Set(everyMask.map(({ method }) => method))).toEqual(new Set(maskMethods));
});

describe.each(everyMask)("$name", ({ mask, method, value }) => {
  const isMasked = (given: unknown) => {
    const masked = mask(given, context);
    const limit = method === "detect" ? LONGEST_EXCERPT : LONGEST;
    if (typeof masked === "string") return masked.isWellFormed() && masked.length <= limit;
    return masked === null || Number.isFinite(masked);
  };

  it("masks a value of its own type", () => {
    if (method !== "null-out") expect(mask(value, context)).not.toBeNull();
    expect(mask(value, context)).not.toBe(value);
  });

  it.each(hostileValues)("never throws, and passes nothing through: %s", (_name, hostile) => {
    expect(isMasked(hostile())).toBe(true);
  });

  it("is total over any value, bounded and well-formed", () => {
    fc.assert(fc.property(anything, isMasked), { numRuns: 500 });
  });

  it("gives one answer for one value", () => {
    fc.assert(
      fc.property(anything, (given) => mask(given, context) === mask(given, context)),
      { numRuns: 200 },
    );
  });

  it.each(longTexts)("takes linear time for 1 MB of %s", (_name, text) => {
    expect(isMasked(text)).toBe(true);
    // As much as free text is looked at.
    expect(isMasked(text.slice(0, 16_384))).toBe(true);
    expect(isMasked(text.slice(0, 1024))).toBe(true);
  });

  it("Idempotence: what is masked again shows no more, and soon stands still", () => {
    const once = mask(value, context);
    const twice = mask(once, context);
    // A keyed hash of a keyed hash is another one, of a fixed form.
    if (method === "hmac") return expect(twice).not.toBe(once);
    return expect(mask(twice, context)).toBe(twice);
  });
});

describe("Idempotence: what is masked again stays or is hidden whole, and then stands still", () => {
  it.each(ofText.filter(({ method }) => method !== "hmac"))("$name", ({ mask, value }) => {
    const hidden = [null, mask("", context)];
    fc.assert(
      fc.property(fc.oneof(anything, fc.constant(value), fc.emailAddress()), (given) => {
        const once = mask(given, context);
        const twice = mask(once, context);
        expect([once, ...hidden]).toContain(twice);
        expect(mask(twice, context)).toBe(twice);
      }),
      { numRuns: 300 },
    );
  });
});

describe("Scalar/object swap: what is of a wrong type is taken away", () => {
  const secret = "S3cr3t-canary-4111111111111111";
  it.each(ofText)("$name", ({ mask, value }) => {
    const swapped = [{ v: value }, [value], [[value]], new Map([["v", value]]), () => value];
    for (const given of [...swapped, { v: secret }, [secret]]) {
      expect(mask(given, context)).toBeNull();
    }
  });
});
