import { ts } from "ts-morph";

/**
 * What a generated file is made of, apart from its words: how often each kind of node occurs. Text of a
 * policy that turned into code would change it.
 */
export function shapeOf(text: string): Readonly<Record<string, number>> {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const counts: Record<string, number> = {};
  const visit = (node: ts.Node): void => {
    const name = kindOf(node);
    counts[name] = (counts[name] ?? 0) + 1;
    // A long column of numbers is written in pieces, whose count follows the length of the data.
    if (!isJoinedColumn(node)) node.forEachChild(visit);
  };
  visit(file);
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One name for all that may stand for a word: whether it needs quotes is no matter of shape. */
function kindOf(node: ts.Node): string {
  if (isJoinedColumn(node) || ts.isStringLiteral(node)) return "Text";
  const { parent } = node;
  const isMember = parent && (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent));
  const isKey = isMember && parent.name === node;
  return isKey && !ts.isComputedPropertyName(node) ? "Text" : (ts.SyntaxKind[node.kind] ?? "");
}

function isJoinedColumn(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === "join" &&
    ts.isArrayLiteralExpression(node.expression.expression) &&
    node.expression.expression.elements.every(ts.isStringLiteral)
  );
}

/** JavaScript of a generated file; throws where it does not parse. */
export function toJavaScript(text: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  if (diagnostics.length > 0) {
    throw new Error(diagnostics.map(({ messageText }) => JSON.stringify(messageText)).join("\n"));
  }
  return outputText;
}

/**
 * The first character that no printed line may hold: a control, a line separator, what reorders or hides
 * text, or a half of a surrogate pair.
 */
export function findUnprintable(text: string): string | undefined {
  const found = /[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u.exec(text);
  return found === null ? undefined : `U+${found[0].codePointAt(0)?.toString(16)}`;
}
