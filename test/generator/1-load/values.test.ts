import { describe, expect, it } from "vitest";
import { mistakes, parse, read } from "./read-yaml.js";

describe("values", () => {
  it.each([
    [".inf"],
    ["-.inf"],
    [".nan"],
    [".NaN"],
    ["9007199254740993"],
    ["-9007199254740993"],
    ["9007199254740993.0"],
    ["1e400"],
    ["1e22"],
    ["0xffffffffffffffffff"],
    ["9".repeat(400)],
    ["0777"],
    ["-01"],
    ["08"],
  ])("refuses the number %s", (number) => {
    expect(mistakes(`a: ${number}\n`)).toEqual([["yaml-number", "1:4", number]]);
    expect(mistakes(`a: [1, ${number}]\n`)).toEqual([["yaml-number", "1:8", number]]);
  });

  it("reads the numbers of YAML 1.2 core exactly, and no others", () => {
    expect(read("a: [9007199254740991, 0.5, .5, 1., 1e3, +1, -0, 0, 0x1f, 0o17]\n")).toEqual({
      a: [9007199254740991, 0.5, 0.5, 1, 1000, 1, -0, 0, 31, 15],
    });
    expect(read("a: [1_000, 1:30, 0b1, 2001-01-01, '0777', 1.2.3]\n")).toEqual({
      a: ["1_000", "1:30", "0b1", "2001-01-01", "0777", "1.2.3"],
    });
    expect(read("a: [true, True, FALSE, null, Null, ~, no, off, 'true']\nb:\n")).toEqual({
      a: [true, true, false, null, null, null, "no", "off", "true"],
      b: null,
    });
  });
});

describe("characters", () => {
  it.each([
    ["NUL", "\0", "\\u0000"],
    ["an escape", "\u001b", "\\u001b"],
    ["a form feed", "\f", "\\u000c"],
    ["the lexer's own mark of a document", "\u0002", "\\u0002"],
    ["the lexer's own mark of an end", "\u0018", "\\u0018"],
    ["the lexer's own mark of a scalar", "\u001f", "\\u001f"],
    ["DEL", "\u007f", "\\u007f"],
    ["a next line", "\u0085", "\\u0085"],
    ["another C1 control", "\u009b", "\\u009b"],
    ["a line separator", "\u2028", "\\u2028"],
    ["a paragraph separator", "\u2029", "\\u2029"],
    ["a bidirectional override", "\u202e", "\\u202e"],
    ["a bidirectional isolate", "\u2066", "\\u2066"],
    ["a byte order mark", "\ufeff", "\\ufeff"],
    ["a noncharacter", "\uffff", "\\uffff"],
    ["half of a surrogate pair", "\udc00", "\\udc00"],
  ])("refuses %s as it is, and reads its escape", (_, character, escape) => {
    expect(mistakes(`a: 1\nb: c${character}d\n`)).toEqual([["yaml-character", "2:5", character]]);
    expect(mistakes(`a: 1\n${character}b: c\n`)).toEqual([["yaml-character", "2:1", character]]);
    expect(mistakes(`# ${character}\na: 1\n`)).toEqual([["yaml-character", "1:3", character]]);
    const [mistake] = parse(`a: ${character}`).diagnostics;
    expect(mistake?.help).toContain(`\`${escape}\``);
    expect(mistake?.message).not.toContain(character);
    expect(read(`a: "c${escape}d"\n`)).toEqual({ a: `c${character}d` });
  });

  it("refuses a carriage return alone, which ends a line for some and not for others", () => {
    expect(mistakes("a: 1\rb: 2\r")).toEqual([
      ["yaml-character", "1:5", "\r"],
      ["yaml-character", "1:10", "\r"],
    ]);
    expect(mistakes("a: 'x\r  y'\n")).toEqual([["yaml-character", "1:6", "\r"]]);
    expect(mistakes("a: 1\r\r\n")).toEqual([["yaml-character", "1:5", "\r"]]);
  });

  it("reads one byte order mark at the start, CRLF, and every letter", () => {
    expect(read("\ufeffa: 1\r\nb:\r\n  - c\r\n")).toEqual({ a: 1, b: ["c"] });
    const text = "é e\u0301 日本 🔑 \u00a0 \u200d \u200b";
    expect(read(`a: "${text}"\n`)).toEqual({ a: text });
  });

  it("reads a text of several lines alike with either end of line", () => {
    const text = "a: |\n  b\n\n  c\nd: >-\n  e\n  f\ng: 'h\n\n  i'\n";
    expect(read(text.replaceAll("\n", "\r\n"))).toEqual(read(text));
  });

  it("stops at twenty of them", () => {
    expect(mistakes(`a: ${"\0".repeat(1000)}\n`)).toHaveLength(20);
  });
});
