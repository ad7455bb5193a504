/**
 * The compiler as a library: policy texts in, files and diagnostics out. The `gatewright` command is
 * built of the same functions.
 *
 * @module
 */
export { analyse } from "./analyse.js";
export type { Analysis } from "./analyse.js";
export { compile } from "./compile.js";
export type { Compilation } from "./compile.js";
export type { GeneratedFile } from "./5-emit/emit-files.js";
export type { PolicyModel } from "./3-model/policy-model.js";
export { diagnosticCodes } from "./diagnostics/codes.js";
export type { Diagnostic, RelatedPlace, Severity } from "./diagnostics/diagnostic.js";
export type { SourceSpan, SourceText } from "./diagnostics/diagnostic.js";
export { formatDiagnostics, reportFormats } from "./diagnostics/report.js";
export type { ReportFormat, ReportOptions } from "./diagnostics/report.js";
export { readPolicies } from "./read-policies.js";
export type { ReadPolicies } from "./read-policies.js";
export { version } from "./version.js";
