import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  HAS_ENCODED_SLASH,
  NEEDS_CANONICAL,
  canonicalPath,
  checkTarget,
  createTargetReader,
  targetRefusals,
} from "../../runtime/target.js";

const settings = { caseSensitive: false, maxPathLength: 64, semicolons: "refuse" } as const;
const rules = createTargetReader(settings);

function verdict(target: string, semicolons: "refuse" | "allow" = "refuse"): string {
  const result = checkTarget(target, createTargetReader({ ...settings, semicolons }));
  return result < 0 ? (targetRefusals[-1 - result] ?? "?") : target.slice(0, result >> 2);
}

describe("checkTarget", () => {
  it.each([
    ["/", "/"],
    ["/?", "/"],
    ["/orders?next=//a/../b\\c", "/orders"],
    ["/orders/", "/orders/"],
    ["/a.b/.c/d..", "/a.b/.c/d.."],
    ["/...", "/..."],
    ["/caf%C3%A9/%F0%9F%98%80/%20%40%3A", "/caf%C3%A9/%F0%9F%98%80/%20%40%3A"],
    ["/a'(b)!*,=$&+:@~", "/a'(b)!*,=$&+:@~"],
  ])("accepts %s up to its query", (target, path) => {
    expect(verdict(target)).toBe(path);
  });

  it.each([
    ["", "slash"],
    ["*", "slash"],
    ["orders", "slash"],
    ["http://host/orders", "slash"],
    ["host:443", "slash"],
    ["//orders", "empty"],
    ["/orders//1", "empty"],
    ["/.", "dot"],
    ["/..", "dot"],
    ["/a/./b", "dot"],
    ["/a/../b", "dot"],
    ["/a/..?x", "dot"],
    ["/%2e%2e/a", "needs no encoding"],
    ["/%41", "needs no encoding"],
    ["/%7E", "needs no encoding"],
    ["/a\\b", "backslash"],
    ["/a%5cb", "percent-encodes a backslash"],
    ["/a%00", "control"],
    ["/a%1f", "control"],
    ["/a%7f", "control"],
    ["/a;b=1", "semicolon"],
    ["/a#b", "fragment"],
    ["/a b", "control"],
    ["/a\u0000", "control"],
    ["/a\u007f", "control"],
    ["/caf\u00e9", "non-ASCII"],
    ["/a\u2028", "non-ASCII"],
    ["/%", "malformed"],
    ["/%2", "malformed"],
    ["/%zz", "malformed"],
    ["/%C3", "UTF-8"],
    ["/%C3/%A9", "UTF-8"],
    ["/%C3%2", "malformed"],
    ["/%C0%AF", "UTF-8"],
    ["/%E0%80%AF", "UTF-8"],
    ["/%F0%80%80%AF", "UTF-8"],
    ["/%ED%A0%80", "UTF-8"],
    ["/%F4%90%80%80", "UTF-8"],
    ["/%FF", "UTF-8"],
    [`/${"a".repeat(64)}`, "longer"],
  ])("refuses %j: %s", (target, reason) => {
    const said = verdict(target);
    expect(checkTarget(target, rules)).toBeLessThan(0);
    expect(said).toContain(reason);
  });

  it("refuses dot segments with path parameters where semicolons are allowed", () => {
    expect(verdict("/a;v=1/b", "allow")).toBe("/a;v=1/b");
    expect(verdict("/a/..;/b", "allow")).toContain("dot");
    expect(verdict("/a/.;x", "allow")).toContain("dot");
  });

  it("counts the length without the query", () => {
    expect(verdict(`/${"a".repeat(63)}?${"b".repeat(100)}`)).toBe(`/${"a".repeat(63)}`);
    expect(verdict(`/${"a".repeat(60)}%20%20`)).toContain("longer");
  });

  it("flags what has another spelling, and encoded slashes", () => {
    expect(checkTarget("/a", rules) & 3).toBe(0);
    expect(checkTarget("/a{b}", rules) & 3).toBe(NEEDS_CANONICAL);
    expect(checkTarget("/a%20", rules) & 3).toBe(0);
    expect(checkTarget("/a%c3%a9", rules) & 3).toBe(NEEDS_CANONICAL);
    expect(checkTarget("/a%40", rules) & 3).toBe(NEEDS_CANONICAL);
    expect(checkTarget("/a%2Fb", rules) & 3).toBe(HAS_ENCODED_SLASH);
    expect(checkTarget("/a%2fb", rules) & 3).toBe(NEEDS_CANONICAL | HAS_ENCODED_SLASH);
  });

  it("decodes whatever it accepts, as one path of the same segments", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ maxLength: 3, unit: "grapheme" }).map((text) => {
        return text.isWellFormed() ? encodeURIComponent(text) : "x";
      }),
      fc.constantFrom("/", "//", "..", ".", ";", "%", "%2e", "%2F", "%C3", "%A9", "%E2%82%AC", "?"),
    );
    const target = fc.array(piece, { maxLength: 8 }).map((parts) => `/${parts.join("")}`);
    fc.assert(
      fc.property(target, (text) => {
        const result = checkTarget(text, rules);
        if (result < 0) return;
        const path = text.slice(0, result >> 2);
        const isCanonical = (result & NEEDS_CANONICAL) === 0;
        expect(canonicalPath(path) === path).toBe(isCanonical);
        const decoded = path.split("/").map(decodeURIComponent);
        expect(decoded).not.toContain("..");
        expect(decoded).not.toContain(".");
        expect(decoded.slice(1, -1)).not.toContain("");
        // The URL standard's parser, which resolves and rewrites, finds nothing to resolve.
        const standard = new URL(path, "http://host").pathname;
        expect(standard.split("/").map(decodeURIComponent)).toEqual(decoded);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("canonicalPath", () => {
  it("gives all spellings of one path one spelling", () => {
    expect(canonicalPath("/caf%c3%a9/%24/a%2fb")).toBe("/caf%C3%A9/$/a%2Fb");
    expect(canonicalPath("/{a}|")).toBe("/%7Ba%7D%7C");
  });

  it("keeps every character that RFC 3986 allows in a segment, and changes nothing twice", () => {
    const pchar = "ABCxyz019-._~!$&'()*+,;=:@";
    expect(canonicalPath(`/${pchar}`)).toBe(`/${pchar}`);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        if (!text.isWellFormed()) return;
        const once = canonicalPath(`/${encodeURIComponent(text)}`);
        expect(canonicalPath(once)).toBe(once);
        expect(decodeURIComponent(once)).toBe(`/${text}`);
      }),
    );
  });
});
