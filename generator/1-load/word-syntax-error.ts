import type { YAMLError } from "yaml";
import { quoteText } from "../diagnostics/quote-text.js";

export interface Wording {
  readonly message: string;
  readonly help: string;
}

/**
 * What a syntax error of the YAML library is called in a policy. The library words its errors for authors of parsers
 * and repeats what it read; here a message is one line, and a help says what to write.
 */
export function wordSyntaxError(error: YAMLError, text: string): Wording {
  const [start, end] = error.pos;
  const read = text.slice(start, Math.max(end, start + 1)).split("\n", 1)[0] ?? "";
  const known = wordings.find(([pattern]) => pattern.test(error.message));
  if (known !== undefined) return { message: known[1], help: known[2] };
  if (error.code === "BAD_SCALAR_START") {
    const first = read.charAt(0);
    const sign = first === "`" ? "a backtick" : quoteText(first);
    return { message: `a text cannot begin with ${sign}`, help: "put it in quotes" };
  }
  if (error.code === "BAD_DQ_ESCAPE") {
    return {
      message: `${quoteText(text.slice(start, start + 2))} is not an escape`,
      help: "write a backslash as `\\\\`, or use single quotes",
    };
  }
  const what = read.trim() === "" ? "the line" : quoteText(read.trim());
  return { message: `${what} is not expected here`, help: quoting };
}

const quoting =
  "quote a text that holds `: ` or ` #`, or that begins with one of `! & * @ % | > [ { ' \"`";

const wordings: readonly (readonly [RegExp, string, string])[] = [
  [/^Tabs are not allowed/, "a tab indents the line", "indent with spaces"],
  [
    /^Nested mappings/,
    "a value that is not quoted holds `: `",
    "quote a text that holds `: `, or begin an inner map on a line of its own",
  ],
  [
    /^All mapping items/,
    "the key is not in the column of the keys beside it",
    "align the keys of one map",
  ],
  [
    /^All sequence items/,
    "the dash is not in the column of the dashes beside it",
    "align the dashes of one list",
  ],
  [
    /^Unexpected block-seq-ind/,
    "a list begins on the line of its key",
    "begin it on the next line, or quote a text that begins with `- `",
  ],
  [/^Sequence item without/, "an item of the list has no dash", "begin each item with `- `"],
  [
    /^Implicit map keys need/,
    "no colon follows the key",
    "put `: ` behind a key, and indent a text that goes on in the next line",
  ],
  [/^Implicit keys/, "a key goes on over several lines", "write each key on one line, then `: `"],
  [/^The : indicator must/, "a key has more than 1024 characters", "shorten it"],
  [/^Comments must/, "no space stands before the `#`", "put one there, or quote the text"],
  [/^Missing space after :/, "no space follows the colon", "put one there, or quote the text"],
  [
    /^Missing ,|^Missing , or :/,
    "no comma stands before this",
    "separate what is in brackets by commas",
  ],
  [/^Unexpected ,/, "nothing stands before the comma", "leave the comma out"],
  [/^Unexpected empty item/, "an item in brackets is empty", "leave it out"],
  [
    /^Flow end indicator/,
    "the bracket closes no deeper than its key stands",
    "indent it by a space more than the line that opens it",
  ],
  [
    /^Block scalar values|^Block scalar lines/,
    "the text of a block is not indented like its first line",
    "indent all of it alike, deeper than its key",
  ],
  [
    /^Block scalars with more-indented/,
    "an empty line is indented deeper than the text below it",
    "leave the spaces of the empty line out",
  ],
  [
    /^Block scalar header|^Unexpected token in block scalar header/,
    "a text stands beside the `|` or `>`",
    "begin the text on the next line, or quote a text that begins so",
  ],
  [/^Block collection cannot start/, "a map begins on the line of `---`", "leave the `---` out"],
  [
    /^Block collections are not allowed/,
    "an indented list or map stands inside brackets",
    "write it in brackets too, or leave the outer brackets out",
  ],
];
