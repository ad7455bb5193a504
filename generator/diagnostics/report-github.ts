import type { Diagnostic, SourceText } from "./diagnostic.js";
import { createLocate } from "./locate.js";
import { visible } from "./visible.js";

/** GitHub workflow commands, one line each: annotations on the changed files of a pull request. */
export function reportGithub(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
): string {
  const locate = createLocate(sources);
  return diagnostics
    .map(({ severity, code, message, help, at }) => {
      const { file, start, end } = locate(at);
      // A workflow command takes columns only where both ends stand in one line.
      const columns = start.line === end.line ? `,col=${start.column},endColumn=${end.column}` : "";
      const place = `file=${property(visible(file))},line=${start.line},endLine=${end.line}${columns}`;
      const lines = help === undefined ? [message] : [message, help];
      const text = lines.map(visible).join("\n");
      return `::${severity} ${place},title=${property(code)}::${data(text)}`;
    })
    .join("\n");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
