import { describe, expect, it } from "vitest";
import { parsePattern, printPattern } from "../../../generator/3-model/parse-pattern.js";
import type { PatternRules, PatternSegment } from "../../../generator/3-model/parse-pattern.js";

const rules: PatternRules = { strict: false, semicolons: "refuse", maxPathLength: 2048 };
const parse = (text: string, more: Partial<PatternRules> = {}, prefix: PatternSegment[] = []) =>
  parsePattern(text, prefix, { ...rules, ...more });
const literal = (text: string): PatternSegment => ({ kind: "literal", text });
const codes = (text: string, more: Partial<PatternRules> = {}, prefix: PatternSegment[] = []) =>
  parse(text, more, prefix).problems.map((problem) => problem.code);

describe("parsePattern", () => {
  it("reads every kind of segment", () => {
    expect(parse("/orders/:orderId/*/**")).toEqual({
      problems: [],
      segments: [
        literal("orders"),
        { kind: "param", name: "orderId" },
        { kind: "star" },
        { kind: "rest" },
      ],
    });
  });

  it("takes a lone slash for the root, and joins below it", () => {
    expect(parse("/")).toEqual({ problems: [], segments: [] });
    expect(parse("/orders", {}, []).segments).toEqual([literal("orders")]);
    expect(parse("/:id", {}, [literal("orders")]).segments).toEqual([
      literal("orders"),
      { kind: "param", name: "id" },
    ]);
  });

  it.each([
    ["/café", "/caf%C3%A9"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/a b", "/a%20b"],
    ["/%41%2d~", "/A-~"],
    ["/what%3F", "/what%3F"],
    ["/100%25", "/100%25"],
    ["/%2541", "/%2541"],
    ["/a@b!$&'()+,=", "/a@b!$&'()+,="],
    ["/things%3Aclose", "/things%3Aclose"],
    ["/%3Aid", "/%3Aid"],
    ["/%2A%2a", "/%2A%2A"],
    ['/"<>^`{|}', "/%22%3C%3E%5E%60%7B%7C%7D"],
    ["/a.b/...", "/a.b/..."],
  ])("normalises %s to %s, and that to itself", (text, normal) => {
    const { segments, problems } = parse(text);
    expect(problems).toEqual([]);
    expect(printPattern(segments)).toBe(normal);
    expect(parse(normal).segments).toEqual(segments);
  });

  it("keeps a colon and an asterisk of a literal as the request spells them", () => {
    expect(parse("/things%3Aclose/%2A").segments).toEqual([literal("things:close"), literal("*")]);
  });

  it.each([
    ["orders", "bad-pattern"],
    ["//", "bad-pattern"],
    ["/a//b", "bad-pattern"],
    ["/./a", "bad-pattern"],
    ["/a/..", "bad-pattern"],
    ["/%2e%2E", "bad-pattern"],
    ["/a?b", "bad-pattern"],
    ["/a#b", "bad-pattern"],
    ["/a\\b", "bad-pattern"],
    ["/a%5Cb", "bad-pattern"],
    ["/a%2fb", "bad-pattern"],
    ["/a;v=1", "bad-pattern"],
    ["/a%3Bv", "bad-pattern"],
    ["/a\nb", "bad-pattern"],
    ["/a%00", "bad-pattern"],
    ["/a\u0085", "bad-pattern"],
    ["/100%", "bad-pattern"],
    ["/%zz", "bad-pattern"],
    ["/%c3", "bad-pattern"],
    ["/%c0%af", "bad-pattern"],
    ["/%ed%a0%80", "bad-pattern"],
    ["/\ud800", "bad-pattern"],
    ["/a:b", "bad-pattern"],
    ["/x*", "bad-pattern"],
    ["/***", "bad-pattern"],
    ["/:", "bad-pattern"],
    ["/:order-id", "bad-pattern"],
    ["/:1st", "bad-pattern"],
    ["/:id?", "bad-pattern"],
    [`/:${"a".repeat(101)}`, "bad-pattern"],
    ["/:constructor", "reserved-name"],
    ["/:__proto__", "reserved-name"],
    ["/:id/x/:id", "duplicate-param"],
    ["/**/a", "rest-not-last"],
    ["/**/**", "rest-not-last"],
    ["/orders/", "trailing-slash"],
    [`/${"a".repeat(2048)}`, "pattern-too-long"],
    ["/a".repeat(500_000), "pattern-too-long"],
  ])("refuses %j", (text, code) => {
    expect(codes(text)).toEqual([code]);
  });

  it("finds a mistake across the prefix", () => {
    expect(codes("/:id", {}, [{ kind: "param", name: "id" }])).toEqual(["duplicate-param"]);
    expect(codes("/a", {}, [{ kind: "rest" }])).toEqual(["rest-not-last"]);
    expect(codes("/", {}, [literal("orders")])).toEqual(["trailing-slash"]);
  });

  it("finds every mistake of a path", () => {
    expect(codes("/a:b/%zz/x*")).toEqual(["bad-pattern", "bad-pattern", "bad-pattern"]);
  });

  it("reads a trailing slash as an empty segment where the router is strict", () => {
    const strict = { strict: true };
    expect(parse("/orders/", strict).segments).toEqual([literal("orders"), literal("")]);
    expect(parse("/", strict, [literal("orders")]).segments).toEqual([
      literal("orders"),
      literal(""),
    ]);
    expect(parse("/", strict)).toEqual({ problems: [], segments: [] });
    expect(printPattern(parse("/:id/", strict).segments)).toBe("/:id/");
    expect(codes("/a", strict, [literal("orders"), literal("")])).toEqual(["bad-pattern"]);
    expect(codes("//", strict)).toEqual(["bad-pattern"]);
    expect(codes("/a//", strict)).toEqual(["bad-pattern"]);
  });

  it("admits semicolons where the router does, but no dot segments with one", () => {
    expect(parse("/a;v=1", { semicolons: "allow" }).segments).toEqual([literal("a;v=1")]);
    expect(parse("/a%3Bv", { semicolons: "allow" }).segments).toEqual([literal("a;v")]);
    expect(codes("/..;x", { semicolons: "allow" })).toEqual(["bad-pattern"]);
  });
});
