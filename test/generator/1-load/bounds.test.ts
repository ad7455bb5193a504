import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../../generator/1-load/parse-policy.js";
import { positionAt } from "../../../generator/diagnostics/position.js";

// The worst texts that we know for the YAML library, each as long as a policy file may be. Without bounds they
// cost it minutes, gigabytes or the stack; with them, what is asserted here is that this test ends.

const FULL = 1024 * 1024;

/** As much of a pattern as fits into a file behind a prefix. */
function fill(prefix: string, unit: string, length = FULL): string {
  return prefix + unit.repeat(Math.floor((length - prefix.length) / unit.length));
}

function blank(lines: number, comments: number): string {
  return `${"\n".repeat(lines)}${"  #\n".repeat(comments)}`;
}

function nested(depth: number): string {
  return `${Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:`).join("\n")} b\n`;
}

function mistakes(text: string): readonly string[] {
  const { diagnostics, document } = parsePolicy({ path: "policies/big.yaml", text });
  if (document === undefined) expect(diagnostics.length).toBeGreaterThan(0);
  expect(diagnostics.length).toBeLessThanOrEqual(120);
  for (const { message, at } of diagnostics) {
    expect(message.length).toBeLessThan(1000);
    expect(at.start).toBeLessThanOrEqual(at.end);
    expect(at.end).toBeLessThanOrEqual(text.length);
  }
  return [...new Set(diagnostics.map(({ code }) => code))];
}

function placeOf(text: string): string | undefined {
  const [first] = parsePolicy({ path: "policies/big.yaml", text }).diagnostics;
  if (first === undefined) return undefined;
  const { line, column } = positionAt(text, first.at.start);
  return `${first.code} ${line}:${column}`;
}

describe("a file of the greatest size", () => {
  it("holds ten thousand routes and more", () => {
    let text = "gatewright: 1\nroutes:\n";
    let routes = 0;
    while (text.length < FULL - 100) {
      text += `  /orders${routes}:\n    GET: orders.read\n    POST: [orders.read, orders.create]\n`;
      routes += 2;
    }
    expect(routes).toBeGreaterThan(20_000);
    expect(mistakes(text)).toEqual([]);
  });

  it("holds one text that fills it", () => {
    expect(mistakes(fill("a: ", "b"))).toEqual([]);
    expect(mistakes(`${fill('a: "', "\\u0062", FULL - 1)}"`)).toEqual([]);
    expect(mistakes(fill("a: |\n", "  b\n"))).toEqual([]);
    expect(mistakes(fill("a: >-\n", "  b\n"))).toEqual([]);
    expect(mistakes(fill("a: b\n", "  c\n"))).toEqual([]);
    expect(mistakes(`${fill("a: 'b", "''", FULL - 1)}'`)).toEqual([]);
    expect(mistakes(`? ${"k".repeat(FULL - 10)}\n: 1`)).toEqual([]);
  });

  it("is refused with one character more", () => {
    expect(mistakes(`${fill("a: ", "b", FULL)}b`)).toEqual(["yaml-size"]);
  });

  it.each([
    ["brackets", "", "["],
    ["braces", "", "{"],
    ["maps in brackets", "a: ", "{a: "],
    ["pairs in brackets", "a: ", "[a: "],
    ["keys in brackets", "a: ", "[? "],
    ["dashes", "a:\n", "- "],
    ["question marks", "", "? "],
    ["mixed marks", "", "- ? "],
  ])("nests only so deep: %s", (_, prefix, unit) => {
    expect(mistakes(fill(prefix, unit))).toEqual(["yaml-depth"]);
  });

  it("nests only so deep: indentation", () => {
    let text = "";
    for (let depth = 0; text.length + depth + 3 < FULL; depth += 1)
      text += `${" ".repeat(depth)}a:\n`;
    expect(mistakes(text)).toEqual(["yaml-depth"]);
  });

  it.each([
    ["commas and dashes in brackets", "[", ",-"],
    ["commas in braces", "a: {", ","],
    ["closing braces", "{", "}"],
    ["anchors and braces", "- ", "&}"],
    ["aliases", "a: [", "*\n"],
    ["aliases and commas", "a: [", "*a,"],
    ["tags", "a: {", "!a "],
    ["lists in a list", "a: [", "[],"],
    ["small texts", "a: [", '"",'],
    ["small items", "a:\n", " - b\n"],
    ["keys without values", "", "a:\n"],
    ["keys of keys", "? ", "? a\n"],
    ["broken lines", "", "a: b: c\n"],
    ["documents", "", "---\n"],
    ["ends of documents", "", "...\n"],
    ["directives", "", "%a\n"],
    ["escapes that are none", 'a: "', "\\x"],
    ["quotes that nothing closes", "", "a: 'b\n"],
    ["controls", "", "\u0001"],
    ["carriage returns", "", "\r"],
    ["merge keys", "a: {", "<<: *a, "],
    ["numbers that are none", "a: [", ".inf,"],
    ["reserved names", "a: [", "{__proto__: 1},"],
  ])("is refused with mistakes that can be counted: %s", (_, prefix, unit) => {
    const found = mistakes(fill(prefix, unit));
    expect(found.length).toBeGreaterThan(0);
  });

  it("is not searched from its start at each comment", () => {
    const block = "a: |\n    b\n";
    expect(mistakes(block + blank(FULL / 2, FULL / 8 - 10))).toEqual(["yaml-size"]);
    expect(mistakes("\n".repeat(FULL))).toEqual(["yaml-size"]);
    let many = "";
    for (let number = 0; many.length < FULL - 30_000; number += 1) {
      many += `k${number}: |\n    b\n${blank(2000, 900)}`;
    }
    expect(mistakes(many)).toEqual([]);
  });
});

describe("an alias bomb", () => {
  it("is refused where it begins, and never goes off", () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const items =
        level === 0
          ? "lol"
          : Array(9)
              .fill(`*a${level - 1}`)
              .join(", ");
      return `a${level}: &a${level} [${items}]`;
    });
    const text = levels.join("\n");
    expect(placeOf(text)).toBe("yaml-anchor 1:5");
    expect(mistakes(text)).toEqual(["yaml-anchor", "yaml-alias"]);
  });

  it("is refused where it stands for itself", () => {
    expect(mistakes("a: &a [*a]\nb: &b {c: *b}\n")).toEqual(["yaml-anchor", "yaml-alias"]);
  });
});

describe("the limits of the policy language", () => {
  it("admit 32 levels and point at the next one", () => {
    expect(mistakes(nested(32))).toEqual([]);
    expect(placeOf(nested(33))).toBe("yaml-depth 33:36");
    expect(mistakes(`a: ${"[".repeat(31)}${"]".repeat(31)}`)).toEqual([]);
    expect(placeOf(`a: ${"[".repeat(33)}${"]".repeat(33)}`)).toBe("yaml-depth 1:36");
    expect(placeOf(`a: ${"[".repeat(20)}b: [${"]".repeat(21)}`)).toBeUndefined();
    expect(mistakes(`a: ${"[b: ".repeat(17)}${"]".repeat(17)}`)).toEqual(["yaml-depth"]);
    expect(placeOf(`a:\n  ${"- ".repeat(33)}b\n`)).toBe("yaml-depth 2:67");
  });

  it("count levels, not signs: long lines and signs in texts and comments nest nothing", () => {
    const pairs = Array.from({ length: 1000 }, (_, index) => `k${index}: [a, {b: c}]`).join(", ");
    expect(mistakes(`a: {${pairs}}\n`)).toEqual([]);
    expect(mistakes(`a: "${"[{".repeat(1000)}"\nb: '${"- ".repeat(1000)}'\n`)).toEqual([]);
    expect(mistakes(`# ${"[ - ? ".repeat(1000)}\na: b\n`)).toEqual([]);
    expect(mistakes(`a: |\n${" ".repeat(1000)}deep\nb: c\n${" ".repeat(1000)}d\n`)).toEqual([]);
  });

  it("take lines that break in the same way for what they are", () => {
    const text = "a: b: c: d\n".repeat(100);
    const { diagnostics } = parsePolicy({ path: "policies/big.yaml", text });
    expect(diagnostics.map(({ code, at }) => [code, positionAt(text, at.start)])).toEqual(
      Array.from({ length: 20 }, (_, index) => ["yaml-syntax", { line: index + 1, column: 4 }]),
    );
  });
});
