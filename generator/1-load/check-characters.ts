import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";

/**
 * What YAML 1.2.2 does not print (section 5.1), what YAML 1.1 takes for the end of a line where 1.2 does
 * not, and what makes a text read in another order than it stands (CVE-2021-42574). All of it can be
 * written as an escape, which shows.
 */
const REFUSED =
  /(?![\t\n\r])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff\p{Cs}]|\r(?!\n)|(?<!^)\ufeff/gu;

/** Of a file that is not text at all, the first ones tell enough. */
const MAX_FOUND = 20;

/** Characters that no policy file holds as they are. */
export function checkCharacters({ path, text }: SourceText): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { 0: character, index } of text.matchAll(REFUSED)) {
    if (found.length === MAX_FOUND) break;
    found.push({
      code: "yaml-character",
      severity: "error",
      message: `${nameOf(character)} cannot stand in a policy file`,
      at: { file: path, start: index, end: index + character.length },
      help: helpFor(character),
    });
  }
  return found;
}

function nameOf(character: string): string {
  if (character === "\r") return "a carriage return without a line feed";
  const code = hex(character).toUpperCase();
  if (character === "\ufeff") return `a byte order mark (U+${code}) behind the start`;
  if (/\p{Cs}/u.test(character)) return `half of a surrogate pair (U+${code})`;
  if (/[\u202a-\u202e\u2066-\u2069]/.test(character)) return `U+${code}, which reorders text,`;
  return /[\u0085\u2028\u2029]/.test(character)
    ? `U+${code}, which ends a line for some,`
    : `the control character U+${code}`;
}

function helpFor(character: string): string {
  if (character === "\r") return "end every line with a line feed, or with both";
  return `take it out, or write \`\\u${hex(character)}\` in double quotes if it is meant`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
