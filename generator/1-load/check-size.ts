import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";

/** In characters; ten thousand routes take about half of it. */
export const MAX_FILE_LENGTH = 1024 * 1024;

/** Looks, without parsing, for text that would cost the parser too much. */
export function checkSize({ path, text }: SourceText): Diagnostic | undefined {
  if (text.length <= MAX_FILE_LENGTH) return undefined;
  return {
    code: "yaml-size",
    severity: "error",
    message: `the file has more than ${MAX_FILE_LENGTH} characters`,
    at: { file: path, start: 0, end: 0 },
    help: "spread the policy over several files",
  };
}
