import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { textWidth } from "../../generator/diagnostics/text-width.js";

const file = "policies/a.yaml";

/** What is reported of the part of a text that stands between the marks `▸` and `◂`. */
function report(marked: string, change: Partial<Diagnostic> = {}): string {
  const start = marked.indexOf("▸");
  const end = marked.indexOf("◂") - 1;
  const text = marked.replace("▸", "").replace("◂", "");
  const at = { file, start, end };
  const found: Diagnostic = { code: "bad-rule", severity: "error", message: "it is bad", at };
  return formatDiagnostics([{ ...found, ...change }], [{ path: file, text }], "text");
}

/** The two lines of a frame: the text, and what is underlined in it. */
function frame(marked: string): readonly string[] {
  const lines = report(marked).split("\n");
  const at = lines.findIndex((line) => /^ *\|$/.test(line));
  return lines.slice(at + 1, at + 3).map((line) => line.replace(/^ *\d* \| /, ""));
}

describe("a report for people", () => {
  it("says what, where, shows the line and gives the cure", () => {
    expect(
      report("routes:\n  /a:\n    GET: ▸publik◂ # note\n", { help: "did you mean `public`?" }),
    ).toBe(`error[bad-rule]: it is bad
 --> policies/a.yaml:3:10
  |
3 |     GET: publik # note
  |          ^^^^^^
  = help: did you mean \`public\`?

1 error`);
  });

  it("shows related places, and counts errors and warnings", () => {
    const text = "a: 1\nb: 2\n";
    const at = (start: number) => ({ file, start, end: start + 1 });
    const diagnostics: readonly Diagnostic[] = [
      {
        code: "unused-role",
        severity: "warning",
        message: "second",
        at: at(5),
        related: [{ message: "first here", at: at(0) }],
      },
      { code: "bad-rule", severity: "error", message: "first", at: at(3) },
      { code: "bad-name", severity: "error", message: "none", at: { file: "b", start: 0, end: 0 } },
    ];
    expect(
      formatDiagnostics(diagnostics, [{ path: file, text }], "text"),
    ).toBe(`error[bad-name]: none
 --> b:1:1

error[bad-rule]: first
 --> policies/a.yaml:1:4
  |
1 | a: 1
  |    ^

warning[unused-role]: second
 --> policies/a.yaml:2:1
  |
2 | b: 2
  | ^
  = note: first here
 ::: policies/a.yaml:1:1
  |
1 | a: 1
  | ^

2 errors, 1 warning`);
    expect(formatDiagnostics([], [], "text")).toBe("");
  });

  it("is coloured only where it is asked to be", () => {
    const at = { file, start: 0, end: 1 };
    const diagnostics = [{ code: "bad-rule", severity: "error", message: "bad", at }] as const;
    const sources = [{ path: file, text: "a" }];
    const plain = formatDiagnostics(diagnostics, sources, "text");
    const coloured = formatDiagnostics(diagnostics, sources, "text", { color: true });
    expect(plain).not.toContain("\u001b");
    expect(coloured).toContain("\u001b[31m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });
});

describe("the frame underlines", () => {
  it.each([
    ["a word", "a: ▸bc◂ d\n", ["a: bc d", "   ^^"]],
    ["the first column", "▸a◂: b\n", ["a: b", "^"]],
    ["the last column, without a line feed", "a: ▸b◂", ["a: b", "   ^"]],
    ["the end of the text", "a: b▸◂", ["a: b", "    ^"]],
    ["an empty span", "a: ▸◂b\n", ["a: b", "   ^"]],
    ["the line feed itself", "a: b▸\n◂c: d\n", ["a: b", "    ^"]],
    ["of several lines the first", "a:\n  ▸b: c\n  d: e◂\n", ["  b: c", "  ^^^^"]],
    ["behind a tab, which takes one column", "a:\t▸b◂\n", ["a: b", "   ^"]],
    ["in lines that end in CRLF", "a: 1\r\nb: ▸2◂\r\nc: 3\r\n", ["b: 2", "   ^"]],
    ["the end of a line that ends in CRLF", "a: 1▸\r\n◂b: 2\r\n", ["a: 1", "    ^"]],
    ["behind wide letters, which take two columns", "日本: ▸語◂\n", ["日本: 語", "      ^^"]],
    ["behind a pictograph", "🔑: ▸a◂\n", ["🔑: a", "    ^"]],
    ["behind a combining mark, which takes none", "e\u0301: ▸a◂\n", ["e\u0301: a", "   ^"]],
    ["behind a byte order mark, which shows", "\ufeff▸a◂: 1\n", ["\\ufeffa: 1", "      ^"]],
    ["a control, as it is spelt", "a: ▸\u001b◂b\n", ["a: \\u001bb", "   ^^^^^^"]],
    ["half of a pair, as the sign for it", "a: ▸\ud800◂\n", ["a: \ufffd", "   ^"]],
  ])("%s", (_, marked, expected) => {
    expect(frame(marked)).toEqual(expected);
  });

  it("nothing on an empty line, and stands without a frame", () => {
    expect(report("a: 1\n▸◂")).toBe(`error[bad-rule]: it is bad
 --> policies/a.yaml:2:1

1 error`);
  });

  it("in a window of a long line", () => {
    const long = "x".repeat(500);
    expect(frame(`a: ▸bad◂ ${long}`)).toEqual([`a: bad ${"x".repeat(93)}…`, "   ^^^"]);
    const [line = "", underline = ""] = frame(`${long} ▸bad◂ ${long}`);
    expect(line).toBe(`…${"x".repeat(29)} bad ${"x".repeat(66)}…`);
    expect(line.slice(underline.indexOf("^"), underline.length)).toBe("bad");
    expect(frame(`${long} ▸bad◂`)).toEqual([`…${"x".repeat(29)} bad`, `${" ".repeat(31)}^^^`]);
    const wide = frame(`▸${long}◂`);
    expect(wide).toEqual([`${"x".repeat(100)}…`, "^".repeat(100)]);
  });

  it("and no window cuts a character in two", () => {
    for (let lead = 95; lead < 105; lead += 1) {
      for (const marked of [
        `${"🔑".repeat(60)}${"x".repeat(lead)}▸b◂`,
        `▸a◂${"x".repeat(lead - 95)}${"🔑".repeat(80)}`,
        `${"x".repeat(lead)}${"🔑".repeat(20)}▸b◂`,
      ]) {
        const [line = "", underline = ""] = frame(marked);
        expect(line).not.toContain("\ufffd");
        expect(textWidth(line)).toBeGreaterThanOrEqual(underline.length);
      }
    }
  });

  it("a hundred faults in one line of a megabyte", () => {
    const text = "a ".repeat(500_000);
    const diagnostics = Array.from({ length: 100 }, (_, index): Diagnostic => {
      const at = { file, start: index * 9000, end: index * 9000 + 1 };
      return { code: "bad-rule", severity: "error", message: "bad", at };
    });
    const printed = formatDiagnostics(diagnostics, [{ path: file, text }], "text");
    expect(printed.match(/\^/g)).toHaveLength(100);
    expect(printed.length).toBeLessThan(50_000);
  });
});

describe("no report moves the cursor or reorders what is read", () => {
  it("in message, help, note, path and line", () => {
    const bad = "\u001b[2J\u202e\u2028\u0085\u200b\ud800";
    const path = `policies/${bad}.yaml`;
    const at = { file: path, start: 0, end: 3 };
    const found: Diagnostic = {
      code: "bad-rule",
      severity: "error",
      message: `bad ${bad}`,
      at,
      help: `mend ${bad}`,
      related: [{ message: `note ${bad}`, at }],
    };
    const printed = formatDiagnostics([found], [{ path, text: `a${bad}` }], "text");
    expect(printed).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u);
    expect(printed).toContain("bad \\u001b[2J\\u202e\\u2028\\u0085\\u200b\ufffd");
    expect(printed.split("\n")).toHaveLength(13);
  });
});
