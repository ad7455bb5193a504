import type { Diagnostic, SourceText } from "./diagnostic.js";
import { reportGithub } from "./report-github.js";
import { reportJson } from "./report-json.js";
import { reportSarif } from "./report-sarif.js";
import { reportText } from "./report-text.js";
import { sortDiagnostics } from "./sort.js";

/** `text` for people, `json` for scripts, `sarif` for code scanning, `github` for workflow annotations. */
export type ReportFormat = "text" | "json" | "sarif" | "github";

/** Every format, as `--format` takes them. */
export const reportFormats: readonly ReportFormat[] = ["text", "json", "sarif", "github"];

/** How diagnostics are printed. */
export interface ReportOptions {
  /** ANSI colours in the `text` format; off by default. */
  readonly color?: boolean;
}

/** Prints diagnostics, sorted by file and place; the sources give lines, columns and code frames. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  format: ReportFormat,
  options: ReportOptions = {},
): string {
  const sorted = sortDiagnostics(diagnostics);
  switch (format) {
    case "text":
      return reportText(sorted, sources, options.color ?? false);
    case "json":
      return reportJson(sorted, sources);
    case "sarif":
      return reportSarif(sorted, sources);
    case "github":
      return reportGithub(sorted, sources);
  }
}
