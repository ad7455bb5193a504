import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";

/** In characters; ten thousand routes take about half of it. */
export const MAX_FILE_LENGTH = 1024 * 1024;

/**
 * The YAML parser recurses once per level and overflows the stack near 800. What lies below is
 * measured exactly, against the far smaller limit of the policy language.
 */
const MAX_PARSED_DEPTH = 400;

/** Looks, without parsing, for text that would cost the parser too much. */
export function checkSize(source: SourceText): Diagnostic | undefined {
  const { text, path } = source;
  if (text.length > MAX_FILE_LENGTH) {
    return {
      code: "yaml-size",
      severity: "error",
      message: `the file has more than ${MAX_FILE_LENGTH} characters`,
      at: { file: path, start: 0, end: 0 },
      help: "spread the policy over several files",
    };
  }
  const start = deepAt(text);
  if (start === undefined) return undefined;
  return {
    code: "yaml-depth",
    severity: "error",
    message: "the file nests too deeply",
    at: { file: path, start, end: start + 1 },
    help: "the policy language nests at most 32 levels",
  };
}

/** Where brackets, or the indentation and markers of one line, reach beyond the limit. */
function deepAt(text: string): number | undefined {
  let brackets = 0;
  let markers = 0;
  let isLead = true;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\n") {
      markers = 0;
      isLead = true;
      continue;
    }
    if (character === "[" || character === "{") brackets += 1;
    else if ((character === "]" || character === "}") && brackets > 0) brackets -= 1;
    const isMarker = character === "-" || character === "?" || character === ":";
    if (character !== " " && !isMarker) isLead = false;
    if ((isLead && character === " ") || (isMarker && /[ \n]/.test(text[at + 1] ?? "\n"))) {
      markers += 1;
    }
    if (brackets > MAX_PARSED_DEPTH || markers > MAX_PARSED_DEPTH) return at;
  }
  return undefined;
}
