import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { printJson } from "../diagnostics/print-json.js";
import { formatDiagnostics } from "../diagnostics/report.js";
import type { ReportFormat } from "../diagnostics/report.js";
import { listDiagnostics } from "../diagnostics/report-json.js";
import { sortDiagnostics } from "../diagnostics/sort.js";
import type { ExitCode } from "./exit-code.js";
import type { Terminal } from "./terminal.js";

/** What a command found, ready for every format. */
export interface Report {
  readonly command: string;
  readonly exitCode: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  /** What the command's JSON object has beside `command`, `exitCode` and `diagnostics`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What people read, behind the diagnostics. */
  readonly text: string;
  /** Diagnostics that `text` says in fewer words. */
  readonly summed?: readonly Diagnostic[];
}

/** Prints a report; SARIF and GitHub's annotations have a place for diagnostics alone. */
export function printReport(report: Report, format: ReportFormat, terminal: Terminal): void {
  const { command, exitCode, diagnostics, sources, data, text, summed = [] } = report;
  const all = [...diagnostics, ...summed];
  if (format === "json") {
    const list = listDiagnostics(sortDiagnostics(all), sources);
    const value = { command, exitCode, diagnostics: list, ...data };
    terminal.print(printJson(value));
  } else if (format === "text") {
    const { hasColor: color } = terminal;
    const blocks = [formatDiagnostics(diagnostics, sources, "text", { color }), text];
    terminal.print(blocks.filter((block) => block !== "").join("\n\n"));
  } else {
    terminal.print(formatDiagnostics(all, sources, format));
  }
}
