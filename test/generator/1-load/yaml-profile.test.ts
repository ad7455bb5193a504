import { describe, expect, it } from "vitest";
import { mistakes, parse, plain, read } from "./read-yaml.js";

// Holds tooling.md, "YAML traps that open doors", trap by trap.

describe("tags", () => {
  it.each([
    ["roles:\n  a:\n    when: !user.banned\n", "3:11", "!user.banned"],
    ["x: !user.banned && true\n", "1:4", "!user.banned"],
    ["x: !!str 1\n", "1:4", "!!str"],
    ["x: !<tag:yaml.org,2002:str> 1\n", "1:4", "!<tag:yaml.org,2002:str>"],
    ["x: ! 1\n", "1:4", "!"],
    ["x: !\n", "1:4", "!"],
    ["x: !!binary aGk=\n", "1:4", "!!binary"],
    ["x: !!map # no!\n  a: 1\n", "1:4", "!!map"],
    ["!!str x: 1\n", "1:1", "!!str"],
    ["!!map\na: 1\n", "1:1", "!!map"],
    ["x:\n  - !<x\n", "2:5", "!<x"],
    ["x: {a: [!t b]}\n", "1:9", "!t"],
    ["? !!str a\n: b\n", "1:3", "!!str"],
  ])("refuses %j", (text, place, marked) => {
    expect(mistakes(text)).toEqual([["yaml-tag", place, marked]]);
  });

  it("takes no value from a tagged text", () => {
    const { document } = parse("a: !!str 1\nb: !!bool true\nc: !x {d: 1}\n");
    expect(document && plain(document.root)).toEqual({ a: null, b: null, c: null });
  });

  it("finds each of several, beside the other mistakes of the file", () => {
    expect(mistakes("a: !x 1\na: !y 2\nb: .inf\n")).toEqual([
      ["yaml-tag", "1:4", "!x"],
      ["yaml-tag", "2:4", "!y"],
      ["duplicate-key", "2:1", "a"],
      ["yaml-number", "3:4", ".inf"],
    ]);
  });

  it("leaves a quoted exclamation mark alone", () => {
    expect(read("a: '!x'\nb: x!\nc: |\n  !x\n")).toEqual({ a: "!x", b: "x!", c: "!x\n" });
  });
});

describe("directives", () => {
  it.each([
    ["%YAML 1.1\n---\na: no\n", "1:1", "%YAML 1.1"],
    ["%YAML 1.2\n---\na: no\n", "1:1", "%YAML 1.2"],
    ["%TAG ! tag:x,2000:\n---\na: b\n", "1:1", "%TAG ! tag:x,2000:"],
    ["%ANYTHING # note\n---\na: b\n", "1:1", "%ANYTHING"],
    ["# note\n\n%YAML 1.1\n---\na: no\n", "3:1", "%YAML 1.1"],
    ["\ufeff%YAML 1.1\n---\na: no\n", "1:2", "%YAML 1.1"],
    ["a: 1\n...\n%YAML 1.1\n---\nb: no\n", "3:1", "%YAML 1.1"],
    ["%YAML 1.1\r\n---\r\na: no\r\n", "1:1", "%YAML 1.1"],
  ])("refuses %j", (text, place, marked) => {
    expect(mistakes(text)).toEqual([["yaml-directive", place, marked]]);
  });

  it("leaves a percent sign inside a text alone", () => {
    expect(read("a: |\n  %YAML 1.1\nb: 5%\n")).toEqual({ a: "%YAML 1.1\n", b: "5%" });
  });
});

describe("anchors, aliases and merge keys", () => {
  it.each([
    ["a: &x 1\n", [["yaml-anchor", "1:4", "&x"]]],
    ["&x a: 1\n", [["yaml-anchor", "1:1", "&x"]]],
    ["a: &x &y 1\n", [["yaml-anchor", "1:4", "&x"]]],
    ["b: *x\n", [["yaml-alias", "1:4", "*x"]]],
    ["b: *\n", [["yaml-alias", "1:4", "*"]]],
    [
      "- &x a\n- *x\n",
      [
        ["yaml-anchor", "1:3", "&x"],
        ["yaml-alias", "2:3", "*x"],
      ],
    ],
    [
      "a: &x y\n*x : 1\n",
      [
        ["yaml-anchor", "1:4", "&x"],
        ["yaml-alias", "2:1", "*x"],
      ],
    ],
    ["grants: **\n", [["yaml-alias", "1:9", "**"]]],
    ["when: *a b\n", [["yaml-alias", "1:7", "*a"]]],
    ["c:\n  <<: {b: 1}\n", [["yaml-merge-key", "2:3", "<<"]]],
    ['c: {"<<": {b: 1}}\n', [["yaml-merge-key", "1:5", '"<<"']]],
    ["c:\n  <<: *x\n", [["yaml-merge-key", "2:3", "<<: *x"]]],
    [
      "c:\n  <<: [*x, *y]\n",
      [
        ["yaml-alias", "2:8", "*x"],
        ["yaml-alias", "2:12", "*y"],
        ["yaml-merge-key", "2:3", "<<"],
      ],
    ],
  ])("refuses %j", (text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });

  it("lets nothing in that a merge key or an alias stands for", () => {
    const { document } = parse("a: &x {b: 1}\nc:\n  <<: *x\n  d: *x\n");
    expect(document && plain(document.root)).toEqual({ a: { b: 1 }, c: { d: null } });
  });

  it("leaves the wildcards of the policy language alone", () => {
    expect(read('grants: orders.*\nroutes: {"/**": a, /*: b}\n')).toEqual({
      grants: "orders.*",
      routes: { "/**": "a", "/*": "b" },
    });
  });
});

describe("documents", () => {
  it.each([
    ["a: 1\n---\nb: 2\n", "2:1", "---"],
    ["---\n---\n", "2:1", "---"],
    ["a: 1\n---\n# note\n", "2:1", "---"],
    ["a: 1\n...\nb: 2\n", "3:1", "b"],
  ])("refuses %j", (text, place, marked) => {
    expect(mistakes(text)).toEqual([["yaml-multiple-documents", place, marked]]);
    expect(parse(text).document).toBeUndefined();
  });

  it("lets one document be marked", () => {
    expect(read("---\na: 1\n...\n")).toEqual({ a: 1 });
  });

  it.each([
    "",
    "\n",
    "   \n",
    "# note\n# note\n",
    "---\n",
    "---\n...\n",
    "null\n",
    "~\n",
    "\ufeff",
  ])("calls %j empty", (text) => {
    expect(mistakes(text)).toEqual([["empty-file", "1:1", text.slice(0, 1)]]);
  });

  it.each([
    "- a\n",
    "[a]\n",
    "[]\n",
    "word\n",
    "1\n",
    "true\n",
    "'a'\n",
    "|\n a\n",
    "-\n",
    "- - - a\n",
  ])("wants a map of sections, not %j", (text) => {
    expect(mistakes(text)).toEqual([["root-not-map", "1:1", text.slice(0, 1)]]);
  });
});

describe("keys", () => {
  it.each([
    ["a: 1\na: 2\n", "duplicate-key", "2:1", "a"],
    ["x:\n  b: 1\n  'b': 2\n", "duplicate-key", "3:3", "'b'"],
    ['x: {a: 1, "\\x61": 2}\n', "duplicate-key", "1:11", '"\\x61"'],
    ["1: a\n", "yaml-key", "1:1", "1"],
    ["1.5: a\n", "yaml-key", "1:1", "1.5"],
    ["true: a\n", "yaml-key", "1:1", "true"],
    ["null: a\n", "yaml-key", "1:1", "null"],
    ["~: a\n", "yaml-key", "1:1", "~"],
    ["x: {: a}\n", "yaml-key", "1:5", ""],
    ['x: {"": a}\n', "yaml-key", "1:5", '""'],
    ["[a]: b\n", "yaml-key", "1:1", "[a]"],
    ["{a: b}: c\n", "yaml-key", "1:1", "{a: b}"],
    ["? - a\n: b\n", "yaml-key", "1:3", "- a\n"],
    ["__proto__: 1\n", "reserved-name", "1:1", "__proto__"],
    ['x: {"__proto__": 1}\n', "reserved-name", "1:5", '"__proto__"'],
    ["roles:\n  constructor: {}\n", "reserved-name", "2:3", "constructor"],
    ["x: {prototype: 1}\n", "reserved-name", "1:5", "prototype"],
  ])("refuses %j", (text, code, place, marked) => {
    expect(mistakes(text)).toEqual([[code, place, marked]]);
  });

  it("says where a key stands first", () => {
    const [duplicate] = parse("a: 1\nb: 2\na: 3\n").diagnostics;
    expect(duplicate?.related).toEqual([
      { message: "first here", at: { file: "policies/trap.yaml", start: 0, end: 1 } },
    ]);
  });

  it("takes what other versions of YAML read as true or false for the text it is", () => {
    expect(read("no: yes\non: off\ny: n\n")).toEqual({ no: "yes", on: "off", y: "n" });
    expect(read("? a\n: b\n'null': c\n")).toEqual({ a: "b", null: "c" });
  });
});
