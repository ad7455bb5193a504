import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import AjvDraft04 from "ajv-draft-04";
import { describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { diagnosticCodes } from "../../generator/diagnostics/codes.js";
import type { Diagnostic, SourceText } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics, reportFormats } from "../../generator/diagnostics/report.js";
import { MARK, raised } from "./raised-codes.js";

const text =
  "gatewright: 1\r\nroles:\r\n  日本: {grants: [x.y]}\r\n  b: {inherits: [\r\n    c]}\r\n";
const sources: readonly SourceText[] = [
  { path: "policies/b.yaml", text },
  { path: "policies/a b%,:\u00e9.yaml", text: "gatewright: 1\nroles: {a: }\n" },
];
const at = (start: string, end: string, file = "policies/b.yaml") => ({
  file,
  start: text.indexOf(start),
  end: text.indexOf(end) + end.length,
});
const diagnostics: readonly Diagnostic[] = [
  {
    code: "unknown-resource",
    severity: "error",
    message: "one",
    at: at("x.y", "x.y"),
    help: "cure",
  },
  {
    code: "wrong-type",
    severity: "error",
    message: "100% of it\nand more::error::\r",
    at: at("[\r", "c]"),
    related: [{ message: "seen here", at: at("日本", "日本") }],
  },
  {
    code: "unused-role",
    severity: "warning",
    message: "two",
    at: { file: "policies/a b%,:\u00e9.yaml", start: 22, end: 23 },
  },
];

describe("json", () => {
  it("is plain data: what, how bad, where, the cure, and what else to see", () => {
    expect(JSON.parse(formatDiagnostics(diagnostics, sources, "json"))).toEqual({
      diagnostics: [
        {
          code: "unused-role",
          severity: "warning",
          message: "two",
          help: null,
          file: "policies/a b%,:\u00e9.yaml",
          line: 2,
          column: 9,
          endLine: 2,
          endColumn: 10,
          related: [],
        },
        {
          code: "unknown-resource",
          severity: "error",
          message: "one",
          help: "cure",
          file: "policies/b.yaml",
          line: 3,
          column: 17,
          endLine: 3,
          endColumn: 20,
          related: [],
        },
        {
          code: "wrong-type",
          severity: "error",
          message: "100% of it\nand more::error::\r",
          help: null,
          file: "policies/b.yaml",
          line: 4,
          column: 17,
          endLine: 5,
          endColumn: 7,
          related: [
            {
              message: "seen here",
              file: "policies/b.yaml",
              line: 3,
              column: 3,
              endLine: 3,
              endColumn: 5,
            },
          ],
        },
      ],
    });
  });
});

describe("sarif", () => {
  const require = createRequire(import.meta.url);
  const schemaPath = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
  const schema = JSON.parse(readFileSync(schemaPath, "utf8"));
  const validate = new AjvDraft04.default({
    strict: false,
    validateFormats: false,
    // One pattern of the schema has a bracket too many for regular expressions with the flag u.
    unicodeRegExp: false,
    logger: false,
  }).compile(schema);

  function logOf(found: readonly Diagnostic[], texts: readonly SourceText[]) {
    const log = JSON.parse(formatDiagnostics(found, texts, "sarif"));
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    return log;
  }

  it("is a log as OASIS defines it", () => {
    const [run] = logOf(diagnostics, sources).runs;
    expect(run.columnKind).toBe("utf16CodeUnits");
    expect(run.tool.driver.name).toBe("gatewright");
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "unknown-resource",
      "unused-role",
      "wrong-type",
    ]);
    const [first, second, third] = run.results;
    expect(first).toMatchObject({ ruleId: "unused-role", ruleIndex: 1, level: "warning" });
    const [location] = first.locations;
    expect(location.physicalLocation.artifactLocation.uri).toBe(
      "policies/a%20b%25%2C%3A%C3%A9.yaml",
    );
    expect(second.message.text).toBe("one\ncure");
    expect(second.locations[0].physicalLocation.region).toEqual({
      startLine: 3,
      startColumn: 17,
      endLine: 3,
      endColumn: 20,
    });
    expect(third.relatedLocations).toHaveLength(1);
  });

  it("is one without findings, too", () => {
    expect(logOf([], []).runs[0].results).toEqual([]);
  });

  it("describes every rule in the words of the list of codes", () => {
    for (const { code, texts } of raised) {
      const named = texts.map((content, index) => ({
        path: `${index}.yaml`,
        text: content.replace(MARK, ""),
      }));
      const [run] = logOf(compile(named).diagnostics, named).runs;
      for (const { id, shortDescription } of run.tool.driver.rules) {
        expect(shortDescription.text).toBe(diagnosticCodes.get(id));
      }
      expect(run.results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain(code);
    }
  });
});

describe("github", () => {
  it("is a workflow command for each finding, whatever the text", () => {
    expect(formatDiagnostics(diagnostics, sources, "github").split("\n")).toEqual([
      "::warning file=policies/a b%25%2C%3Aé.yaml,line=2,endLine=2,col=9,endColumn=10,title=unused-role::two",
      "::error file=policies/b.yaml,line=3,endLine=3,col=17,endColumn=20,title=unknown-resource::one%0Acure",
      expect.stringMatching(
        /^::error file=policies\/b\.yaml,line=4,endLine=5,title=wrong-type::100%25 of it[^\n]*and more::error::[^\n]*$/,
      ),
    ]);
  });
});

describe("every format", () => {
  it.each(reportFormats)("%s sorts, and says the same on every run", (format) => {
    const once = formatDiagnostics(diagnostics, sources, format);
    expect(formatDiagnostics(diagnostics.toReversed(), sources.toReversed(), format)).toBe(once);
    for (const { code } of diagnostics) expect(once).toContain(code);
  });
});
