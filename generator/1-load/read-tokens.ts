import { CST, Lexer, Parser } from "yaml";

/** A part of YAML that makes a text mean something else than it says, with its place. */
export interface Mark {
  readonly kind: "tag" | "anchor" | "alias" | "directive";
  readonly start: number;
  readonly end: number;
}

/** Why reading stopped; a megabyte of hostile text costs the parser minutes and gigabytes. */
export interface Excess {
  readonly kind: "depth" | "tokens" | "blank";
  readonly start: number;
}

export interface ReadTokens {
  readonly tokens: readonly CST.Token[];
  readonly marks: readonly Mark[];
  /** Where brackets and quotes stand that nothing closes; of brackets in each other, the outermost. */
  readonly unclosed: readonly number[];
  readonly excess: Excess | undefined;
}

interface Bracket {
  readonly start: number;
  /** What closes it. */
  readonly end: "]" | "}";
}

/**
 * The YAML library composes recursively and overflows the stack near 800. This many levels are read, and
 * measured exactly afterwards, against the far smaller limit of the policy language.
 */
const MAX_PARSED_DEPTH = 100;

/** A megabyte of routes has half of them; each can be a syntax error, of half a kilobyte. */
export const MAX_TOKENS = 300_000;

/** The parser looks back over blank lines at each comment below them: six million steps at worst. */
export const MAX_BLANK_TOKENS = 5000;

/** A broken file breaks in many places; the first ones show what to mend. */
export const MAX_MARKS = 20;

/** Reads YAML as far as its concrete syntax, within bounds, and no further once the file is refused. */
export function readTokens(text: string): ReadTokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const marks: Mark[] = [];
  const brackets: Bracket[] = [];
  const unclosed: number[] = [];
  let documents = 0;
  let count = 0;
  let blank = 0;
  let excess: Excess | undefined;
  let before = "";
  let isBehindMark = false;
  for (const lexeme of new Lexer().lex(text)) {
    const start = parser.offset;
    const isScalar = before === CST.SCALAR;
    before = lexeme;
    const type = isScalar ? "scalar" : CST.tokenType(lexeme);
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === "document") documents += 1;
    }
    if (type === "space" || type === "newline" || type === "comment") blank += 1;
    else if (lexeme !== CST.SCALAR) {
      blank = 0;
      count += 1;
      note(type, { start, lexeme });
      isBehindMark = type === "tag" || type === "anchor";
    }
    excess = excessAt(start);
    if (excess !== undefined || marks.length > MAX_MARKS || documents > 1) break;
  }
  for (const token of parser.end()) tokens.push(token);
  dropBrackets(0);
  return { tokens, marks, unclosed, excess };

  function note(
    type: CST.TokenType | null,
    { start, lexeme }: { readonly start: number; readonly lexeme: string },
  ): void {
    const end = start + lexeme.length;
    switch (type) {
      case "tag":
      case "anchor":
      case "alias":
        // A text that is not quoted, like `!banned && active`, is one mistake.
        if (!isBehindMark) marks.push({ kind: type, start, end });
        return;
      case "directive-line":
        marks.push({ kind: "directive", start, end });
        return;
      case "flow-map-start":
      case "flow-seq-start":
        brackets.push({ start, end: type === "flow-map-start" ? "}" : "]" });
        return;
      case "flow-map-end":
      case "flow-seq-end":
        closeBracket(lexeme);
        return;
      case "flow-error-end":
        dropBrackets(0);
        return;
      case "single-quoted-scalar":
        if (!/(?<!')(?:'')*'$/.test(lexeme.slice(1))) unclosed.push(start);
        return;
      case "double-quoted-scalar":
        if (!/(?<!\\)(?:\\\\)*"$/.test(lexeme.slice(1))) unclosed.push(start);
    }
  }

  /** A bracket of the other kind closes what stands around those that lack their own. */
  function closeBracket(end: string): void {
    const own = brackets.findLastIndex((bracket) => bracket.end === end);
    dropBrackets(own === -1 ? brackets.length - 1 : own + 1);
    if (own !== -1) brackets.pop();
  }

  function dropBrackets(from: number): void {
    const [outermost] = brackets.splice(Math.max(from, 0));
    if (outermost !== undefined) unclosed.push(outermost.start);
  }

  function excessAt(start: number): Excess | undefined {
    if (parser.stack.length > MAX_PARSED_DEPTH) return { kind: "depth", start };
    if (count > MAX_TOKENS) return { kind: "tokens", start };
    return blank > MAX_BLANK_TOKENS ? { kind: "blank", start } : undefined;
  }
}
