import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { parsePolicy } from "../../../generator/1-load/parse-policy.js";
import { diagnosticCodes } from "../../../generator/diagnostics/codes.js";
import type { SourceText } from "../../../generator/diagnostics/diagnostic.js";
import { reportFormats, formatDiagnostics } from "../../../generator/diagnostics/report.js";
import { samplePolicy } from "../../agreement/compile-policy.js";
import { plain } from "./read-yaml.js";

/** What YAML gives a meaning to, and what is next to it in our files. */
const signs = [
  ..."[]{},:?-#&*!|>'\"%@`<=~\\ \t\n\r\u0000\u0085\u2028\ufeff\ud800éa1",
  ": ",
  "- ",
  "? ",
  " #",
  "\r\n",
  "---",
  "...",
  "<<",
  "*a",
  "&a ",
  "!!str ",
  "%YAML 1.1\n",
  "|\n",
  ">+\n",
  "  ",
  ".inf",
  "__proto__",
  "gatewright: 1\n",
  "roles:\n",
];

function expectPlaces(source: SourceText): void {
  const { document, diagnostics } = parsePolicy(source);
  if (document === undefined) expect(diagnostics).not.toEqual([]);
  for (const { code, severity, message, help, at, related = [] } of diagnostics) {
    expect(diagnosticCodes.has(code), code).toBe(true);
    expect(severity).toBe("error");
    expect(message).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]|\.$|^[A-Z](?!\+)/u);
    expect(help).toBeTruthy();
    for (const { file, start, end } of [at, ...related.map((place) => place.at)]) {
      expect(file).toBe(source.path);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(source.text.length);
    }
  }
  for (const format of reportFormats) {
    expect(() => formatDiagnostics(diagnostics, [source], format)).not.toThrow();
  }
  if (diagnostics.length > 0 || document === undefined) return;
  // What is let through reads as any reader of YAML 1.2 reads it.
  const options = { schema: "core", prettyErrors: false, logLevel: "error" } as const;
  expect(plain(document.root)).toEqual(parseYaml(source.text, options));
}

describe("parsePolicy", () => {
  it("never throws, whatever the text, and points inside it", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...signs), { maxLength: 60 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (value) => expectPlaces({ path: "policies/fuzz.yaml", text: value })),
      { numRuns: 2000 },
    );
  });

  it("never throws on a policy with changes, and points inside it", () => {
    const change = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 12 }),
      insert: fc.array(fc.constantFrom(...signs), { maxLength: 3 }),
    });
    const changed = fc
      .tuple(fc.constantFrom(...samplePolicy()), fc.array(change, { minLength: 1, maxLength: 4 }))
      .map(([{ path, text }, changes]) => ({
        path,
        text: changes.reduce((before, { at, drop, insert }) => {
          const start = at % (before.length + 1);
          return before.slice(0, start) + insert.join("") + before.slice(start + drop);
        }, text),
      }));
    fc.assert(fc.property(changed, expectPlaces), { numRuns: 1000 });
  });
});
