import { diagnosticCodes } from "./codes.js";
import type { Diagnostic, SourceSpan, SourceText } from "./diagnostic.js";
import { createLocate } from "./locate.js";
import { printJson } from "./print-json.js";

/** SARIF 2.1.0 (OASIS), as code scanning services read it. */
export function reportSarif(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
): string {
  const locate = createLocate(sources);
  const physicalLocation = (at: SourceSpan) => {
    const { file, start, end } = locate(at);
    return {
      artifactLocation: { uri: file.toWellFormed().split("/").map(encodeURIComponent).join("/") },
      region: {
        startLine: start.line,
        startColumn: start.column,
        endLine: end.line,
        endColumn: end.column,
      },
    };
  };
  const used = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].toSorted();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "gatewright",
            rules: used.map((code) => ({
              id: code,
              shortDescription: { text: diagnosticCodes.get(code) ?? code },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: used.indexOf(diagnostic.code),
          level: diagnostic.severity,
          message: { text: withHelp(diagnostic) },
          locations: [{ physicalLocation: physicalLocation(diagnostic.at) }],
          relatedLocations: (diagnostic.related ?? []).map((place) => ({
            physicalLocation: physicalLocation(place.at),
            message: { text: place.message },
          })),
        })),
      },
    ],
  };
  return printJson(log);
}

function withHelp({ message, help }: Diagnostic): string {
  return help === undefined ? message : `${message}\n${help}`;
}
