import { parseMember } from "./parse-member.js";
import type { Span, Syntax } from "./syntax.js";
import { helpFor } from "./token-cursor.js";
import type { Cursor } from "./token-cursor.js";

const relations = ["==", "!=", "<", "<=", ">", ">=", "in"];

/** `a ? b : c`, and all that binds closer. */
export function parseTernary(cursor: Cursor): Syntax {
  return cursor.deeper(() => {
    const test = parseOr(cursor);
    const mark = cursor.take("?");
    if (mark === undefined) return test;
    const then = parseOr(cursor);
    if (cursor.take(":") === undefined) {
      cursor.report(mark, "this `?` has no `:`");
      cursor.skip();
      return cursor.broken({ start: test.start, end: cursor.peek().start });
    }
    const other = parseTernary(cursor);
    return { kind: "operator", name: "_?_:_", args: [test, then, other], ...cover(test, other) };
  });
}

function parseOr(cursor: Cursor): Syntax {
  return parseChain(cursor, "||", parseAnd);
}

function parseAnd(cursor: Cursor): Syntax {
  return parseChain(cursor, "&&", parseRelation);
}

/** A long chain becomes a balanced tree: its parts can be grouped in every way, and depth costs stack. */
function parseChain(cursor: Cursor, sign: "&&" | "||", parse: (cursor: Cursor) => Syntax): Syntax {
  const parts = [parse(cursor)];
  for (;;) {
    if (cursor.take(sign) === undefined && !isMeant(cursor, sign)) break;
    parts.push(parse(cursor));
  }
  return balance(parts, `_${sign}_`);
}

/** Whether the author means this operator, and writes it as in another language. */
function isMeant(cursor: Cursor, sign: string): boolean {
  const token = cursor.peek();
  if (token.kind === "end" || token.kind === "literal") return false;
  const help = helpFor(token);
  if (help !== `write \`${sign}\``) return false;
  cursor.report(cursor.next(), `\`${token.text}\` is no operator`, help);
  return true;
}

function balance(parts: readonly Syntax[], name: string): Syntax {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return { kind: "broken", start: 0, end: 0 };
  if (parts.length === 1) return first;
  const middle = Math.ceil(parts.length / 2);
  const args = [balance(parts.slice(0, middle), name), balance(parts.slice(middle), name)];
  return { kind: "operator", name, args, ...cover(first, last) };
}

function parseRelation(cursor: Cursor): Syntax {
  return parseLeft(cursor, relations, parseSum);
}

function parseSum(cursor: Cursor): Syntax {
  return parseLeft(cursor, ["+", "-"], parseProduct);
}

function parseProduct(cursor: Cursor): Syntax {
  return parseLeft(cursor, ["*", "/", "%"], parseUnary);
}

function parseLeft(
  cursor: Cursor,
  signs: readonly string[],
  parse: (cursor: Cursor) => Syntax,
): Syntax {
  let left = parse(cursor);
  // Every further operator is a level of the tree.
  for (let count = 0; ; count += 1) {
    const sign = cursor.takeOneOf(signs) ?? relationMeant(cursor, signs);
    if (sign === undefined) return left;
    if (count === 100) {
      cursor.refuse(left, "more than 100 operators of one kind in a row");
      cursor.skip();
      return cursor.broken(left);
    }
    const right = parse(cursor);
    const name = sign === "in" ? "@in" : `_${sign}_`;
    left = { kind: "operator", name, args: [left, right], ...cover(left, right) };
  }
}

function relationMeant(cursor: Cursor, signs: readonly string[]): string | undefined {
  const token = cursor.peek();
  if (token.kind === "end" || token.kind === "literal" || !signs.includes("==")) return undefined;
  const sign = { "=": "==", "===": "==", "!==": "!=", is: "==" }[token.text];
  if (sign === undefined) return undefined;
  cursor.report(cursor.next(), `\`${token.text}\` is no operator`, `write \`${sign}\``);
  return sign;
}

function parseUnary(cursor: Cursor): Syntax {
  const token = cursor.peek();
  const sign = cursor.takeOneOf(["!", "-"]);
  if (sign === undefined) return parseMember(cursor);
  return cursor.deeper(() => {
    const number = cursor.peek();
    if (sign === "-" && number.kind === "literal") {
      const { value } = number;
      if (value.type === "int" || value.type === "double") return parseMember(cursor, token);
    }
    const of = parseUnary(cursor);
    return { kind: "operator", name: `${sign}_`, args: [of], start: token.start, end: of.end };
  });
}

function cover(first: Span, last: Span): Span {
  return { start: first.start, end: last.end };
}
