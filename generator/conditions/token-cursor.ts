import { quoteText } from "../diagnostics/quote-text.js";
import type { MistakeList } from "./mistake.js";
import type { Token } from "./read-tokens.js";
import type { Span, Syntax } from "./syntax.js";

/** Deeper nesting is written by no author, and every level costs stack in all later passes. */
const MAX_DEPTH = 100;

/** A place in the words of an expression, and what the parser asks of it. */
export interface Cursor {
  readonly peek: () => Token;
  readonly next: () => Token;
  /** Takes a symbol if it comes next. */
  readonly take: (symbol: string) => Token | undefined;
  readonly takeOneOf: (symbols: readonly string[]) => string | undefined;
  /** Takes a closing symbol, or reports that it is missing; gives where it ends. */
  readonly close: (symbol: string, opened: Span) => number;
  readonly report: (span: Span, message: string, help?: string) => void;
  readonly refuse: (span: Span, message: string, help?: string) => void;
  readonly broken: (span: Span) => Syntax;
  /** Reads something one level deeper; beyond the limit it is skipped. */
  readonly deeper: (read: () => Syntax) => Syntax;
  /** Skips to where an outer part can go on. */
  readonly skip: () => void;
  readonly expectEnd: () => void;
}

export function createCursor(tokens: readonly Token[], mistakes: MistakeList): Cursor {
  let place = 0;
  let depth = 0;
  const last = tokens.at(-1) ?? { kind: "end" as const, start: 0, end: 0 };
  const peek = () => tokens[place] ?? last;
  const next = () => {
    const token = peek();
    place += 1;
    return token;
  };
  const take = (symbol: string) => {
    const token = peek();
    return token.kind === "symbol" && token.text === symbol ? next() : undefined;
  };
  // Beyond the limit nothing was read, so nothing more can be said.
  let isGivenUp = false;
  const report = ({ start, end }: Span, message: string, help?: string) => {
    if (isGivenUp) return;
    const more = help === undefined ? {} : { help };
    mistakes.add({ code: "condition-syntax", start, end, message, ...more });
  };
  const refuse = ({ start, end }: Span, message: string, help?: string) => {
    const more = help === undefined ? {} : { help };
    mistakes.add({ code: "condition-unsupported", start, end, message, ...more });
  };
  const skip = () => {
    let open = 0;
    for (let token = peek(); token.kind !== "end"; token = peek()) {
      const text = token.kind === "symbol" ? token.text : "";
      if (open === 0 && [")", "]", "}", ",", ":", "&&", "||", "?"].includes(text)) return;
      if (["(", "[", "{"].includes(text)) open += 1;
      if ([")", "]", "}"].includes(text)) open -= 1;
      next();
    }
  };
  return {
    peek,
    next,
    take,
    takeOneOf(symbols) {
      const token = peek();
      if (token.kind !== "symbol" || !symbols.includes(token.text)) return undefined;
      next();
      return token.text;
    },
    close(symbol, opened) {
      const token = take(symbol);
      if (token !== undefined) return token.end;
      const found = peek();
      if (found.kind === "end") report(opened, `this has no closing \`${symbol}\``);
      else report(found, `expected \`${symbol}\` instead of ${describe(found)}`);
      skip();
      return take(symbol)?.end ?? peek().start;
    },
    report,
    refuse,
    broken,
    deeper(read) {
      if (depth >= MAX_DEPTH) {
        const token = peek();
        const message = `the condition is nested deeper than ${MAX_DEPTH} levels`;
        mistakes.add({ code: "condition-too-large", message, start: token.start, end: token.end });
        place = tokens.length - 1;
        isGivenUp = true;
        return broken(token);
      }
      depth += 1;
      const syntax = read();
      depth -= 1;
      return syntax;
    },
    skip,
    expectEnd() {
      while (peek().kind !== "end") {
        const token = next();
        report(token, `${describe(token)} does not belong here`, helpFor(token));
        skip();
      }
    },
  };
}

function broken({ start, end }: Span): Syntax {
  return { kind: "broken", start, end };
}

export function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end";
    case "literal":
      return "a literal";
    default:
      return quoteText(token.text);
  }
}

/** For what other languages write and CEL does not. */
export function helpFor(token: Token): string | undefined {
  const text = token.kind === "symbol" || token.kind === "name" ? token.text : "";
  const cel = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "&": "&&",
    "|": "||",
    and: "&&",
    AND: "&&",
    or: "||",
    OR: "||",
    not: "!",
    is: "==",
  }[text];
  return cel === undefined ? undefined : `write \`${cel}\``;
}
