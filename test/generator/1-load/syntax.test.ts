import { expect, it } from "vitest";
import { mistakes, parse, read } from "./read-yaml.js";

it.each([
  ["a:\n\tb: 1\n", "2:1", "\t", "a tab indents the line"],
  ["a:\n  -\tb: 1\n", "2:4", "\t", "a tab indents the line"],
  ["a: b: c\n", "1:4", "b", "a value that is not quoted holds `: `"],
  ["when: a ? b : c\n", "1:7", "a", "a value that is not quoted holds `: `"],
  ["a: - b\n", "1:4", "-", "a list begins on the line of its key"],
  ["a:\n    b: 1\n  c: 2\n", "3:1", " ", "the key is not in the column of the keys beside it"],
  ["a: 1\nb\n", "2:1", "b", "no colon follows the key"],
  ["a\nb: 1\n", "1:1", "a", "a key goes on over several lines"],
  [`${"k".repeat(1025)}: 1\n`, "1:1", "k".repeat(1025), "a key has more than 1024 characters"],
  ["when: @a\n", "1:7", "@", "a text cannot begin with `@`"],
  ["when: %a\n", "1:7", "%", "a text cannot begin with `%`"],
  ["when: `a`\n", "1:7", "`", "a text cannot begin with a backtick"],
  ['when: "a" == b\n', "1:11", "== b", "`== b` is not expected here"],
  ["when: [1, 2] == x\n", "1:14", "== x", "`== x` is not expected here"],
  ['a: "\\q"\n', "1:5", "\\", "`\\q` is not an escape"],
  ['a: "\\U00110000"\n', "1:5", "\\", "`\\U` is not an escape"],
  ["a: |x\n  b\n", "1:5", "x", "a text stands beside the `|` or `>`"],
  ["a: [b,,c]\n", "1:7", ",", "nothing stands before the comma"],
  ["a: [b]#c\n", "1:7", "#c", "no space stands before the `#`"],
  ["--- a: b\n", "1:5", "a", "a map begins on the line of `---`"],
  ["a: [\n  - b\n  ]\n", "2:3", "- b", "an indented list or map stands inside brackets"],
  ["a: 1\n}\n", "2:1", "}", "`}` is not expected here"],
  ["{a: 1}\nb: 2\n", "2:1", "b", "`b` is not expected here"],
  ["a: [b, c\nd: e\n", "1:4", "[", "nothing closes this bracket"],
  ["a: {b: [c, d}\n", "1:8", "[", "nothing closes this bracket"],
  ["a: 'b\nc: d\n", "1:4", "'", "nothing closes this quote"],
  ['a: "b\nc: d\n', "1:4", '"', "nothing closes this quote"],
  ["a: 'it''", "1:4", "'", "nothing closes this quote"],
  ['a: "b\\"', "1:4", '"', "nothing closes this quote"],
])("says of %j what to mend, once", (text, place, marked, message) => {
  expect(mistakes(text)).toEqual([["yaml-syntax", place, marked]]);
  expect(parse(text).diagnostics[0]?.message).toBe(message);
  expect(parse(text).document).toBeUndefined();
});

it("reads what looks broken and is not", () => {
  expect(read("a:\n- b\n-   c\n")).toEqual({ a: ["b", "c"] });
  expect(read("a: [\n  b,\n]\nc: {\n  d: e\n}\n")).toEqual({ a: ["b"], c: { d: "e" } });
  expect(read('a: "b\\\\"\nc: "\\""\nd: \'\'\'\'\n')).toEqual({ a: "b\\", c: '"', d: "'" });
  expect(read("a:\tb\nc: d\t\n")).toEqual({ a: "b", c: "d" });
});

it("shows one mistake for a line, and twenty for a file", () => {
  const text = `${"a: b: c: d\n".repeat(100)}`;
  const found = mistakes(text);
  expect(found).toHaveLength(20);
  expect(found.map(([, place]) => place)).toEqual(found.map((_, index) => `${index + 1}:4`));
});

it("repeats no text of the file that is long or moves the cursor", () => {
  for (const text of [
    `a: "x" ${"y".repeat(5000)}\n`,
    'a: "\\\u0301"\n',
    `a: [b] ${"🔑\u200b".repeat(300)}\n`,
  ]) {
    const [mistake] = parse(text).diagnostics;
    expect(mistake?.code).toBe("yaml-syntax");
    expect(mistake?.message.length).toBeLessThan(1000);
    expect(mistake?.message).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
  }
});
