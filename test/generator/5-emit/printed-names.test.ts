import fc from "fast-check";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { comment, commentList } from "../../../generator/5-emit/comment.js";
import { identifier } from "../../../generator/5-emit/identifier.js";
import { literal } from "../../../generator/5-emit/literal.js";

const signs = fc.constantFrom(
  ..."\\\"'`\n\r\u2028\u2029\u0085\u202e\ufeff\ud800\udc00\u007f\u0000éa*/",
  "e\u0301",
  "🔑",
  "${",
  "*/",
  "/*",
  "//",
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(signs, { maxLength: 12 }).map((parts) => parts.join("")),
  fc.constantFrom("__proto__", "constructor", "default", "class", "0", "1e3", "a-b", "$", ""),
);

function parse(code: string): ts.SourceFile {
  return ts.createSourceFile("a.ts", code, ts.ScriptTarget.Latest, true);
}

/** The expression that stands alone in a file. */
function expressionOf(code: string): ts.Expression {
  const [statement, ...others] = parse(code).statements;
  expect(others).toEqual([]);
  if (statement === undefined || !ts.isExpressionStatement(statement)) throw new Error(code);
  return statement.expression;
}

describe("literal", () => {
  it("is one string literal of the very text, on one line that shows all of it", () => {
    fc.assert(
      fc.property(text, (value) => {
        const printed = literal(value);
        const node = expressionOf(`(${printed});`);
        if (!ts.isParenthesizedExpression(node) || !ts.isStringLiteral(node.expression)) {
          throw new Error(printed);
        }
        expect(node.expression.text).toBe(value);
        expect(printed).not.toMatch(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u);
        expect(printed.slice(1, -1)).not.toContain('"');
      }),
      { numRuns: 3000 },
    );
  });
});

describe("identifier", () => {
  it("is a key of the very name, also of one that sets a prototype", () => {
    fc.assert(
      fc.property(text, (name) => {
        const node = expressionOf(`({ ${identifier(name)}: 1 });`);
        if (!ts.isParenthesizedExpression(node)) throw new Error(name);
        const { expression } = node;
        if (!ts.isObjectLiteralExpression(expression)) throw new Error(name);
        const [property, ...others] = expression.properties;
        expect(others).toEqual([]);
        const key = property?.name;
        if (key === undefined) throw new Error(name);
        const written = ts.isComputedPropertyName(key) ? key.expression : key;
        expect(Object(written).text).toBe(name);
        expect(ts.isComputedPropertyName(key)).toBe(name === "__proto__");
      }),
      { numRuns: 3000 },
    );
  });

  it("never gives two names one key", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(identifier(one) === identifier(other)).toBe(one === other);
      }),
      { numRuns: 3000 },
    );
    const alike = ["a", "A", "é", "e\u0301", "а", "a\u200b", "a ", '"a"', "['a']", "\\u0061"];
    expect(new Set(alike.map(identifier)).size).toBe(alike.length);
  });
});

describe("comment", () => {
  it("ends no comment, begins none and stays on its line", () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 30 }), (value, names) => {
        for (const printed of [comment(value), commentList(names, "none")]) {
          expect(printed).not.toMatch(/\*\/|\/\*|\/\/|\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u);
          const [statement, ...others] = parse(`/** ${printed} */\nx;\n// ${printed}\n`).statements;
          expect(others).toEqual([]);
          expect(statement?.getText()).toBe("x;");
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("bounds what it says", () => {
    expect(comment("a".repeat(1_000_000))).toBe(`${"a".repeat(200)}…`);
    expect(comment("🔑".repeat(1_000_000))).not.toContain("\ufffd");
    const names = Array.from({ length: 1000 }, (_, index) => `r${index}`);
    expect(commentList(names, "none")).toMatch(/^r0, .*, r19 and 980 more$/);
    expect(commentList([], "none")).toBe("none");
  });
});
