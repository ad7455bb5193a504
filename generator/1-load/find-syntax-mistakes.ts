import type { Document, YAMLError } from "yaml";
import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { indexLines, positionIn } from "../diagnostics/position.js";
import type { ReadTokens } from "./read-tokens.js";
import { wordSyntaxError } from "./word-syntax-error.js";

/** A broken file breaks in many places; the first ones show what to mend. */
const MAX_MISTAKES = 20;

/** What the library says of tags, anchors and aliases, which are reported as such. */
const aboutMarks = new Set([
  "ALIAS_PROPS",
  "BAD_ALIAS",
  "BAD_COLLECTION_TYPE",
  "BAD_PROP_ORDER",
  "MULTIPLE_ANCHORS",
  "MULTIPLE_TAGS",
  "TAG_RESOLVE_FAILED",
]);

/**
 * The syntax errors and warnings of a file, one for each line and cause; undefined where the file can be
 * read. Empty where all are on a line with a tag, an anchor or an alias, which is their cause.
 */
export function findSyntaxMistakes(
  source: SourceText,
  documents: readonly Document[],
  { marks, unclosed }: ReadTokens,
): readonly Diagnostic[] | undefined {
  const isAboutMarks = ({ code, message }: YAMLError) =>
    marks.length > 0 &&
    (aboutMarks.has(code) || /^Tags and anchors|block sequence props$/.test(message));
  const errors = documents
    .flatMap((document) => [...document.errors, ...document.warnings])
    .filter((error) => !isAboutMarks(error));
  if (errors.length === 0 && unclosed.length === 0) return undefined;

  // Behind a bracket or a quote that nothing closes, all is read as a part of it.
  const cut = Math.min(...unclosed.slice(0, 1), source.text.length + 1);
  const found = unclosed.slice(0, MAX_MISTAKES).map((start) => unclosedMistake(source, start));
  const index = indexLines(source.text);
  const lineOf = (offset: number) => positionIn(index, offset).line;
  const explained = new Set([...marks, ...found.map(({ at }) => at)].map((at) => lineOf(at.start)));
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const line = lineOf(error.pos[0]);
    if (error.pos[0] >= cut || found.length >= MAX_MISTAKES) break;
    if (!explained.has(line)) found.push(syntaxMistake(source, error));
    explained.add(line);
  }
  return found;
}

function unclosedMistake({ path, text }: SourceText, start: number): Diagnostic {
  const opening = text.charAt(start);
  const isQuote = opening === "'" || opening === '"';
  return {
    code: "yaml-syntax",
    severity: "error",
    message: isQuote ? "nothing closes this quote" : "nothing closes this bracket",
    at: { file: path, start, end: start + 1 },
    help: isQuote
      ? `close it; inside, write ${opening === "'" ? "a single quote as `''`" : 'a double quote as `\\"`'}`
      : `close it with \`${opening === "{" ? "}" : "]"}\`, and indent what is in it with spaces, deeper than its key`,
  };
}

function syntaxMistake({ path, text }: SourceText, error: YAMLError): Diagnostic {
  const start = Math.min(error.pos[0], text.length);
  // The first line shows it; a tab or a line end can be the mistake itself.
  const line = /.*/y;
  line.lastIndex = start;
  const length = Math.max(1, line.exec(text)?.[0].length ?? 0);
  const end = Math.min(error.pos[1], start + length, text.length);
  const wording = wordSyntaxError(error, text);
  return { code: "yaml-syntax", severity: "error", at: { file: path, start, end }, ...wording };
}
