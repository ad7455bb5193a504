import type { Diagnostic, SourceSpan, SourceText } from "./diagnostic.js";
import { createLocate } from "./locate.js";
import { printJson } from "./print-json.js";

/** `{ "diagnostics": [{ code, severity, message, help, file, line, column, endLine, endColumn, related }] }` */
export function reportJson(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
): string {
  return printJson({ diagnostics: listDiagnostics(diagnostics, sources) });
}

/** Diagnostics as plain data with one-based lines and columns. */
export function listDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
) {
  const locate = createLocate(sources);
  const flat = (at: SourceSpan) => {
    const { file, start, end } = locate(at);
    return {
      file,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
    };
  };
  return diagnostics.map(({ code, severity, message, help, at, related }) => ({
    code,
    severity,
    message,
    help: help ?? null,
    ...flat(at),
    related: (related ?? []).map((place) => ({ message: place.message, ...flat(place.at) })),
  }));
}
