import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { rules } from "../../generator/4-lint/rules/index.js";
import { compile } from "../../generator/compile.js";
import { diagnosticCodes } from "../../generator/diagnostics/codes.js";
import type { SourceSpan, SourceText } from "../../generator/diagnostics/diagnostic.js";
import { positionAt } from "../../generator/diagnostics/position.js";
import { MARK, codesOfFolders, raised } from "./raised-codes.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("every code", () => {
  it("has an input here, or a folder elsewhere, that raises it", () => {
    const codes = [...raised.map(({ code }) => code), ...codesOfFolders.keys()];
    expect(codes.toSorted()).toEqual([...diagnosticCodes.keys()].toSorted());
    for (const [code, test] of codesOfFolders) {
      expect(readFileSync(join(root, test), "utf8"), `${test} raises no ${code}`).toContain(code);
    }
  });

  it.each(raised.map(({ code, texts }) => [code, texts] as const))(
    "%s is raised in its place, with its cure",
    (code, texts) => {
      const sources = texts.map((text, index) => ({
        path: `${String.fromCodePoint(97 + index)}.yaml`,
        text: text.replace(MARK, ""),
      }));
      const { diagnostics } = compile(sources);
      const found = diagnostics.filter((diagnostic) => diagnostic.code === code);
      expect(found, JSON.stringify(diagnostics).slice(0, 1000)).toHaveLength(1);
      for (const { at, severity, message, help = "" } of found) {
        expect(`${at.file} ${placeIn(sources, at)}`).toBe(markedPlace(sources, texts));
        // style.md: lower case (but for names like HEAD), one line, no full stop.
        expect(message).toMatch(/^(?:[`a-z]|HEAD |HS256 )[^\n]*[^.\n]$/);
        expect(message).not.toBe(diagnosticCodes.get(code));
        expect(help).toMatch(/^[`a-z][^\n]*[^.\n]$/);
        expect(help).toContain(" ");
        expect(help).not.toBe(message);
        // An error is the only one; a warning may have others beside it, but no error.
        const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
        expect(errors).toHaveLength(severity === "error" ? 1 : 0);
      }
    },
  );
});

function placeIn(sources: readonly SourceText[], at: SourceSpan): string {
  const text = sources.find(({ path }) => path === at.file)?.text ?? "";
  const { line, column } = positionAt(text, at.start);
  return `${line}:${column}`;
}

function markedPlace(sources: readonly SourceText[], texts: readonly string[]): string {
  const index = texts.findIndex((text) => text.includes(MARK));
  const { line, column } = positionAt(texts[index] ?? "", texts[index]?.indexOf(MARK) ?? 0);
  return `${sources[index]?.path} ${line}:${column}`;
}

describe("the generator", () => {
  const sources = readdirSync(join(root, "generator"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/^(?:dist|node_modules)\b/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, "generator", path), "utf8");
      return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    });

  it("raises no code that is not in the list, and each that is", () => {
    const said = sources.flatMap((file) =>
      codesSaidIn(file).map((code) => `${code} ${file.fileName}`),
    );
    expect(said.length).toBeGreaterThan(60);
    const codes = new Set([
      ...said.map((text) => text.split(" ")[0] ?? ""),
      ...rules.map(({ name }) => name),
    ]);
    expect([...codes].filter((code) => !code.endsWith("-") && !diagnosticCodes.has(code))).toEqual(
      [],
    );
    // A code whose last word is computed, like `duplicate-${what}`.
    const starts = [...codes].filter((code) => code.endsWith("-"));
    const unsaid = [...diagnosticCodes.keys()].filter(
      (code) => !codes.has(code) && !starts.some((start) => code.startsWith(start)),
    );
    expect(unsaid).toEqual([]);
  });
});

/** Every literal that becomes the `code` of a diagnostic: of a property, or an argument for a parameter of that name. */
function codesSaidIn(file: ts.SourceFile): readonly string[] {
  const nodes = nodesIn(file);
  const takers = new Set(
    nodes.flatMap((node) => {
      const isFunction = ts.isFunctionDeclaration(node) || ts.isArrowFunction(node);
      if (!isFunction || node.parameters[0]?.name.getText(file) !== "code") return [];
      const name = ts.isFunctionDeclaration(node) ? node.name : Object(node.parent).name;
      return name === undefined ? [] : [name.getText(file)];
    }),
  );
  return nodes.flatMap((node) => {
    if (ts.isPropertyAssignment(node) && node.name.getText(file) === "code") {
      if (!isMistake(node, file)) return [];
      return literalsIn(node.initializer);
    }
    if (ts.isVariableDeclaration(node) && node.name.getText(file) === "code" && node.initializer) {
      return literalsIn(node.initializer);
    }
    const isTaker = ts.isCallExpression(node) && takers.has(node.expression.getText(file));
    return isTaker && node.arguments[0] ? literalsIn(node.arguments[0]) : [];
  });
}

/** In the folder of conditions, printed code and errors of evaluations are codes too, but of another kind. */
function isMistake({ parent }: ts.PropertyAssignment, file: ts.SourceFile): boolean {
  if (!file.fileName.startsWith("conditions")) return true;
  return parent.properties.some((property) => property.name?.getText(file) === "message");
}

/** The literals that an expression can be; of a template, its start. */
function literalsIn(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.head.text];
  if (ts.isConditionalExpression(node))
    return [...literalsIn(node.whenTrue), ...literalsIn(node.whenFalse)];
  return [];
}

function nodesIn(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  return [node, ...children.flatMap(nodesIn)];
}
