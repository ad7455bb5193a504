import { parseTernary } from "./parse-operators.js";
import type { Token } from "./read-tokens.js";
import type { Span, Syntax } from "./syntax.js";
import { describe, helpFor } from "./token-cursor.js";
import type { Cursor } from "./token-cursor.js";

/** Words that CEL keeps for later; they can stand behind a dot only. */
const reserved = new Set(
  "as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A value, and the attributes, indexes and calls behind it. */
export function parseMember(cursor: Cursor, minus?: Span): Syntax {
  let value = parsePrimary(cursor, minus);
  for (let count = 0; ; count += 1) {
    const dot = cursor.take(".");
    const bracket = dot === undefined ? cursor.take("[") : undefined;
    const brace = cursor.peek();
    if (dot !== undefined) value = parseSelect(cursor, value, dot);
    else if (bracket !== undefined) value = parseIndex(cursor, value, bracket);
    else if (isMessage(brace, value)) value = refuseMessage(cursor, value);
    else return value;
    if (count === 100) {
      cursor.refuse(value, "more than 100 attributes or indexes in a row");
      cursor.skip();
      return cursor.broken(value);
    }
  }
}

function parseSelect(cursor: Cursor, of: Syntax, dot: Span): Syntax {
  if (cursor.take("?") !== undefined) {
    cursor.refuse(
      { start: dot.start, end: dot.end + 1 },
      "optional selection is not supported",
      "write `has()`",
    );
  }
  const token = cursor.peek();
  const isWord = token.kind === "name" || (token.kind === "symbol" && token.text === "in");
  if (!isWord) {
    cursor.report(
      token.kind === "end" ? dot : token,
      `expected a name behind the dot instead of ${describe(token)}`,
    );
    cursor.skip();
    return cursor.broken({ start: of.start, end: dot.end });
  }
  cursor.next();
  const name = token.text;
  const nameAt = { start: token.start, end: token.end };
  const open = token.kind === "name" && token.quoted ? undefined : cursor.take("(");
  if (open === undefined)
    return { kind: "select", of, name, nameAt, start: of.start, end: token.end };
  const { items, end } = parseItems(cursor, ")", open);
  return { kind: "call", of, name, nameAt, args: items, start: of.start, end };
}

function parseIndex(cursor: Cursor, of: Syntax, bracket: Span): Syntax {
  const question = cursor.take("?");
  if (question !== undefined) {
    cursor.refuse(question, "optional indexing is not supported", "ask with `in` first");
  }
  const index = parseTernary(cursor);
  const end = cursor.close("]", bracket);
  return { kind: "operator", name: "_[_]", args: [of, index], start: of.start, end };
}

function parsePrimary(cursor: Cursor, minus?: Span): Syntax {
  const token = cursor.peek();
  const { start, end } = token;
  if (token.kind === "symbol" && [")", "]", "}", ",", ":"].includes(token.text)) {
    // It may close what is open further out.
    cursor.report(token, `expected a value instead of ${describe(token)}`);
    return cursor.broken({ start, end: start });
  }
  cursor.next();
  if (token.kind === "literal") return parseLiteral(cursor, token, minus);
  if (token.kind === "name") return parseName(cursor, token, false);
  if (token.kind === "symbol") {
    if (token.text === "(") {
      const inner = parseTernary(cursor);
      return { ...inner, start, end: cursor.close(")", token) };
    }
    if (token.text === "[") {
      const { items, end: close } = parseItems(cursor, "]", token);
      return { kind: "list", items, start, end: close };
    }
    if (token.text === "{") return parseMap(cursor, token);
    const name = cursor.peek();
    if (token.text === "." && name.kind === "name") {
      cursor.next();
      return parseName(cursor, { ...name, start }, true);
    }
  }
  const help = helpFor(token);
  cursor.report({ start, end }, `expected a value instead of ${describe(token)}`, help);
  if (token.kind === "symbol" && token.text !== ".") return parseUnaryAgain(cursor);
  cursor.skip();
  return cursor.broken({ start, end });
}

/** Behind a stray operator, what follows is read as if it were not there. */
function parseUnaryAgain(cursor: Cursor): Syntax {
  return cursor.deeper(() => parseMember(cursor));
}

type Literal = Extract<Token, { kind: "literal" }>;

function parseLiteral(cursor: Cursor, token: Literal, minus?: Span): Syntax {
  const { value } = token;
  const span = { start: minus?.start ?? token.start, end: token.end };
  if (value.type === "double") {
    const double = minus === undefined ? value.value : -value.value;
    if (!Number.isFinite(double)) cursor.report(span, "the number is too large for a double");
    return { kind: "literal", value: { type: "double", value: double }, ...span };
  }
  if (value.type !== "int" && value.type !== "uint") return { kind: "literal", value, ...span };
  const signed = minus === undefined ? value.value : -value.value;
  const max = value.type === "uint" ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  if (signed > max || signed < -(2n ** 63n)) {
    cursor.report(
      span,
      `the number is too large for ${value.type === "uint" ? "a uint" : "an int"}`,
    );
  }
  return { kind: "literal", value: { type: value.type, value: signed }, ...span };
}

function parseName(
  cursor: Cursor,
  token: Extract<Token, { kind: "name" }>,
  absolute: boolean,
): Syntax {
  const { text: name, start, end } = token;
  if (token.quoted) {
    cursor.report(token, "a name in backticks can only stand behind a dot");
    return cursor.broken(token);
  }
  if (reserved.has(name)) {
    cursor.report(token, `\`${name}\` is a reserved word`);
  }
  const help = helpFor(token);
  if (help === "write `!`") {
    cursor.report(token, `\`${name}\` is no operator`, help);
    return parseUnaryAgain(cursor);
  }
  const open = cursor.take("(");
  if (open === undefined) return { kind: "name", name, absolute, start, end };
  const { items, end: close } = parseItems(cursor, ")", open);
  return { kind: "call", name, nameAt: { start, end }, args: items, start, end: close };
}

function parseItems(cursor: Cursor, closing: string, opened: Span) {
  const items: Syntax[] = [];
  for (;;) {
    const close = cursor.take(closing);
    if (close !== undefined) return { items, end: close.end };
    const question = cursor.take("?");
    if (question !== undefined) {
      cursor.refuse(question, "optional items are not supported");
    }
    items.push(parseTernary(cursor));
    const comma = cursor.take(",");
    if (comma === undefined) return { items, end: cursor.close(closing, opened) };
    const found = cursor.peek();
    if (closing === ")" && found.kind === "symbol" && found.text === ")") {
      cursor.report(comma, "the arguments end with a comma");
    }
  }
}

function parseMap(cursor: Cursor, opened: Span): Syntax {
  const entries: (readonly [Syntax, Syntax])[] = [];
  const { start } = opened;
  for (;;) {
    const close = cursor.take("}");
    if (close !== undefined) return { kind: "map", entries, start, end: close.end };
    const question = cursor.take("?");
    if (question !== undefined) cursor.refuse(question, "optional entries are not supported");
    const key = parseTernary(cursor);
    if (cursor.take(":") === undefined) {
      cursor.report(cursor.peek(), `expected \`:\` instead of ${describe(cursor.peek())}`);
      cursor.skip();
      cursor.take(":");
    }
    entries.push([key, parseTernary(cursor)]);
    if (cursor.take(",") === undefined) {
      return { kind: "map", entries, start, end: cursor.close("}", opened) };
    }
  }
}

function isMessage(token: Token, value: Syntax): boolean {
  if (token.kind !== "symbol" || token.text !== "{") return false;
  return value.kind === "name" || value.kind === "select";
}

function refuseMessage(cursor: Cursor, value: Syntax): Syntax {
  const brace = cursor.next();
  cursor.refuse({ start: value.start, end: brace.end }, "messages of protobuf are not supported");
  cursor.skip();
  while (cursor.take(",") !== undefined || cursor.take(":") !== undefined) cursor.skip();
  return cursor.broken({ start: value.start, end: cursor.take("}")?.end ?? brace.end });
}
