import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../generator/conditions/compile-pattern.js";
import { createMatcher } from "../../runtime/abi-conditions.js";

function matches(pattern: string, text: string): boolean | string {
  const compiled = compilePattern(pattern);
  return compiled.program === undefined ? compiled.message : createMatcher(compiled.program)(text);
}

/**
 * Patterns that mean the same in JavaScript, whose engine is the oracle. Without `\B`: V8 finds a place for it
 * between the two halves of a character.
 */
function patternOf(depth: number): fc.Arbitrary<string> {
  const leaf = fc.constantFrom(
    "a",
    "b",
    "😀",
    "-",
    "[ab]",
    "[^a]",
    "[a-c😀]",
    ".",
    "^",
    "$",
    String.raw`\b`,
    String.raw`\d`,
    String.raw`\w`,
    String.raw`\W`,
    String.raw`\.`,
    "",
  );
  if (depth === 0) return leaf;
  const inner = patternOf(depth - 1);
  const times = fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?", "{0}");
  return fc.oneof(
    leaf,
    fc.tuple(inner, inner).map(([a, b]) => `${a}${b}`),
    fc.tuple(inner, inner).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(inner, times).map(([a, count]) => `(${a})${count}`),
  );
}

describe("patterns", () => {
  it("match what JavaScript's engine matches", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "-", "😀", "1", "_", "."), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(patternOf(3), text, (pattern, value) => {
        expect({ pattern, value, is: matches(pattern, value) }).toEqual({
          pattern,
          value,
          is: new RegExp(pattern, "u").test(value),
        });
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["(?i)straSSe", "STRASSE", true],
    ["(?i)k", "\u212a", true],
    ["a(?i:B)c", "abc", true],
    ["a(?i:B)c", "abC", false],
    ["(?s).", "\n", true],
    [".", "\n", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["^b$", "a\nb\nc", false],
    [String.raw`\Aa\z`, "a", true],
    [String.raw`\Qa.b\E`, "a.b", true],
    [String.raw`\Qa.b\E`, "axb", false],
    ["[[:alpha:]]+[[:^digit:]]", "ab", true],
    [String.raw`[\d\-x]`, "-", true],
    [String.raw`\x41\x{1F600}`, "A😀", true],
    [String.raw`\0101`, "\b1", true],
    ["(?P<name>a)(?<other>b)", "ab", true],
    ["a{,2}", "a{,2}", true],
    [String.raw`a\Bb`, "ab", true],
    [String.raw`a\Bb`, "a b", false],
    [String.raw`😀\B`, "😀", true],
    ["[]a]", "]", true],
    ["[^]a]", "]", false],
  ])("%s on %j is %s", (pattern, text, is) => {
    expect(matches(pattern, text)).toBe(is);
  });

  it.each([
    ["a**", "a repetition of a repetition needs parentheses"],
    ["*a", "nothing stands before this `*`"],
    ["a{2,1}", "a repetition counts from 0 to 1000, the smaller number first"],
    ["a{1001}", "a repetition counts from 0 to 1000, the smaller number first"],
    ["(a{1000}){2}", "the pattern takes more than 1000 steps"],
    ["[b-a]", "the range is no range"],
    ["[a", "this `[` is not closed"],
    ["a)", "this `)` closes nothing"],
    [String.raw`\p{L}`, "classes of Unicode are not supported"],
    ["(?i)é", "under the flag i, only ASCII letters are supported"],
    ["(?=a)", "look-around needs more than linear time"],
    [String.raw`(a)\1`, "back-references need more than linear time"],
    ["(?U)a", "only the flags i, m and s are supported"],
    [String.raw`\y`, "`\\y` is no escape of a pattern"],
    [`${"(".repeat(60)}${")".repeat(60)}`, "the pattern is nested too deeply"],
  ])("%s is refused: %s", (pattern, message) => {
    expect(matches(pattern, "")).toBe(message);
  });
});
