import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainCheck } from "../../../runtime/audit/events/plain-texts.js";

const isPlain = createPlainCheck();

/** What JSON puts between two quotes as it is, without halves of characters, even where both are there. */
function isPlainSlow(text: string): boolean {
  return JSON.stringify(text) === `"${text}"` && !/[\ud800-\udfff]/.test(text);
}

describe("the look at many texts in one", () => {
  it("finds each unit that needs an escape, wherever it stands", () => {
    for (let unit = 0; unit < 0x1_00_00; unit += 1) {
      const character = String.fromCharCode(unit);
      const text = `${"x".repeat(unit % 9)}${character}${"~".repeat(unit % 5)}`;
      if (isPlain(text) !== isPlainSlow(text)) expect.fail(`the unit ${unit} is taken for another`);
    }
  });

  it("finds one in any place of a text of any length up to a few words", () => {
    for (const odd of ['"', "\\", "\u0000", "\u001f", "\n", "\ud800"]) {
      for (let length = 1; length < 20; length += 1) {
        for (let place = 0; place < length; place += 1) {
          const text = "!".repeat(place) + odd + "\u007f".repeat(length - place - 1);
          expect(isPlain(text)).toBe(false);
        }
      }
    }
  });

  it("is not misled by what it saw before, nor by the length", () => {
    for (const length of [0, 1, 3, 4, 8187, 8188, 8189, 8191, 8192, 8193, 20_000]) {
      expect(isPlain('"'.repeat(Math.max(1, length)))).toBe(false);
      expect(isPlain("a".repeat(length))).toBe(true);
      expect(isPlain("é".repeat(length))).toBe(true);
      expect(isPlain(`${"a".repeat(length)}"`)).toBe(false);
      expect(isPlain(`${"王".repeat(length)}\ud800`)).toBe(false);
    }
  });

  it("says of any text what JSON.stringify says", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(text, (each) => isPlain(each) === isPlainSlow(each)),
      { numRuns: 2000 },
    );
  });
});
