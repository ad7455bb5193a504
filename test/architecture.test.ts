import { readFileSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";

// Holds design.md, section 2, and style.md, "Imports go one way": change the design, never the test.

const root = new URL("../", import.meta.url);
const folders = ["runtime", "generator", "generated", "test", "examples", "bench"];
const stages = ["1-load", "2-validate", "3-model", "4-lint", "5-emit"];
const MAX_LINES = 350;

interface Import {
  readonly from: string;
  /** A path from the root of the repository, or the name of a package. */
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const files = folders.flatMap((folder) => listFiles(folder)).map(readSource);
const imports = files.flatMap(importsOf);
const manifest = (folder: string) =>
  JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), "utf8"));

describe("imports go one way", () => {
  it("sees files of every package and their imports", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(files.length);
    for (const folder of ["runtime", "generator", "test"])
      expect(importsFrom(folder)).not.toEqual([]);
  });

  it("reads every way to import", () => {
    const text = `
      import "./a.js";
      import type { B } from "b";
      import { type C } from "c";
      import { type D, d } from "d/deep";
      export * from "../e.js";
      export type { F } from "f";
      const later = import(\`@g/g/deep\`);
      const unknown = import(later);
      type H = import("h").H;
      // import "i";
      const text = 'import "j"';
    `;
    const file = ts.createSourceFile("x/y/z.ts", text, ts.ScriptTarget.Latest, true);
    expect(importsOf(file).map(({ to, isTypeOnly }) => [to, isTypeOnly])).toEqual([
      ["x/y/a.js", false],
      ["b", true],
      ["c", true],
      ["d/deep", false],
      ["x/e.js", false],
      ["f", true],
      ["@g/g/deep", false],
      ["", false],
      ["h", true],
    ]);
  });

  it("names every module in a literal, so that this test can read it", () => {
    expect(imports.filter(({ to }) => to === "")).toEqual([]);
  });

  it("lets the runtime import itself, Node and its own dependencies", () => {
    const { dependencies, peerDependencies = {} } = manifest("runtime");
    const packages = Object.keys({ ...dependencies, ...peerDependencies });
    expect(Object.keys(dependencies)).toEqual(["jose"]);
    expect(violations("runtime", { folders: ["runtime"], packages })).toEqual([]);
  });

  it("lets the generator import itself, Node, its dependencies and types of the runtime", () => {
    const { dependencies } = manifest("generator");
    expect(dependencies["@gatewright/runtime"]).toBe(manifest("runtime").version);
    const packages = Object.keys(dependencies);
    const found = violations("generator", { folders: ["generator"], packages });
    const values = importsFrom("generator").filter(
      ({ from, to, isTypeOnly }) =>
        packageOf(to) === "@gatewright/runtime" &&
        !isTypeOnly &&
        !from.startsWith("generator/commands/"),
    );
    expect([...found, ...values]).toEqual([]);
  });

  it("lets generated code import the ABI, its parts and its siblings", () => {
    const allowed = { folders: ["generated"], packages: ["@gatewright/runtime"] };
    const found = importsFrom("generated").filter(
      ({ to }) =>
        packageOf(to) === "@gatewright/runtime" && !isWithin(to, "@gatewright/runtime/abi"),
    );
    expect([...violations("generated", allowed), ...found]).toEqual([]);
  });

  it.each(stages.map((stage, index) => [stage, stages.slice(index + 1)] as const))(
    "lets %s import no later stage, no command and no disk",
    (stage, later) => {
      const top = ["analyse.ts", "analyse-folder.ts", "compile.ts", "compare-folders.ts", "cli.ts"];
      const disk = ["output.ts", "read-policies.ts", "shown-path.ts"];
      const above = ["commands", "command-line", ...top, ...disk, ...later];
      const found = importsFrom(`generator/${stage}`).filter(
        ({ to }) =>
          above.some((part) => isWithin(to, `generator/${part}`)) || /^(node:)?fs(\/|$)/.test(to),
      );
      expect(found).toEqual([]);
    },
  );

  it("lets diagnostics import no stage", () => {
    const found = importsFrom("generator/diagnostics").filter(
      ({ to }) => isWithin(to, "generator") && !isWithin(to, "generator/diagnostics"),
    );
    expect(found).toEqual([]);
  });

  it("keeps the reference interpreter apart from what it is compared with", () => {
    const found = importsFrom("test/oracle").filter(
      ({ to }) => !isWithin(to, "test/oracle") && to !== "yaml",
    );
    expect(found).toEqual([]);
  });
});

describe("style", () => {
  it("names files in kebab-case, and none for what it does not say", () => {
    const names = files.flatMap(({ fileName }) => fileName.split("/"));
    const odd = names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?(\.ts)?$/.test(name));
    const empty = names.filter((name) => /^(utils?|helpers?|common|misc|shared)\b/.test(name));
    expect([...odd, ...empty]).toEqual([]);
  });

  it(`keeps files below ${MAX_LINES} lines`, () => {
    // Generated data is as long as its policy.
    const written = files.filter(({ fileName }) => !fileName.startsWith("generated/"));
    const long = written.filter(({ text }) => text.split("\n").length - 1 > MAX_LINES);
    expect(long.map(({ fileName }) => fileName)).toEqual([]);
  });

  it("exports by name", () => {
    expect(find(isDefaultExport)).toEqual([]);
  });

  it("has no classes but errors", () => {
    expect(find(isPlainClass)).toEqual([]);
  });

  it("never makes code of text", () => {
    expect(find(isEvaluation)).toEqual([]);
  });

  it("has no mutable module state", () => {
    const shipped = files.filter(({ fileName }) => !isWithin(fileName, "test"));
    const found = shipped.flatMap((file) =>
      file.statements.filter(isMutableState).map((node) => placeOf(file, node)),
    );
    expect(found).toEqual([]);
  });
});

function listFiles(folder: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(new URL(`${folder}/`, root), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const isForeign = ["node_modules", "dist", "build", ".work"].includes(entry.name);
      return isForeign || path === "test/compile" ? [] : listFiles(path);
    }
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function readSource(path: string): ts.SourceFile {
  const text = readFileSync(new URL(path, root), "utf8");
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function importsOf(file: ts.SourceFile): readonly Import[] {
  return nodesOf(file).flatMap((node) => {
    if (ts.isImportDeclaration(node)) {
      return [imported(file, node.moduleSpecifier, isTypeImport(node.importClause))];
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      return [imported(file, node.moduleSpecifier, node.isTypeOnly)];
    }
    if (ts.isImportTypeNode(node)) {
      const { argument } = node;
      return [imported(file, ts.isLiteralTypeNode(argument) ? argument.literal : argument, true)];
    }
    const isCall =
      ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    return isCall ? [imported(file, node.arguments[0], false)] : [];
  });
}

function imported(file: ts.SourceFile, name: ts.Node | undefined, isTypeOnly: boolean): Import {
  const text = name !== undefined && ts.isStringLiteralLike(name) ? name.text : "";
  const to = text.startsWith(".") ? posix.join(posix.dirname(file.fileName), text) : text;
  return { from: file.fileName, to, isTypeOnly };
}

/** Also where every name of it is imported as a type. */
function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings))
    return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function importsFrom(folder: string): readonly Import[] {
  return imports.filter(({ from }) => isWithin(from, folder));
}

function violations(
  folder: string,
  allowed: { readonly folders: readonly string[]; readonly packages: readonly string[] },
): readonly Import[] {
  return importsFrom(folder).filter(
    ({ to }) =>
      !isBuiltin(to) &&
      !allowed.packages.includes(packageOf(to)) &&
      !allowed.folders.some((name) => isWithin(to, name)),
  );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder.replace(/\.ts$/, ".js") || path.startsWith(`${folder}/`);
}

function isBuiltin(to: string): boolean {
  return to.startsWith("node:") && builtinModules.includes(to.slice("node:".length));
}

function packageOf(to: string): string {
  return to.split("/", to.startsWith("@") ? 2 : 1).join("/");
}

function nodesOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  return [node, ...children.flatMap(nodesOf)];
}

function find(isFault: (node: ts.Node) => boolean): readonly string[] {
  return files.flatMap((file) =>
    nodesOf(file)
      .filter(isFault)
      .map((node) => placeOf(file, node)),
  );
}

function placeOf(file: ts.SourceFile, node: ts.Node): string {
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
    return !ts.isDefaultClause(node.parent);
  }
  return ts.isExportSpecifier(node) && node.name.text === "default";
}

function isPlainClass(node: ts.Node): boolean {
  if (!ts.isClassLike(node)) return false;
  return !node.heritageClauses?.some(
    ({ token, types }) =>
      token === ts.SyntaxKind.ExtendsKeyword &&
      types.some((type) => type.getText().endsWith("Error")),
  );
}

function isEvaluation(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  return /^(globalThis\.)?(eval|Function)$/.test(node.expression.getText());
}

function isMutableState(statement: ts.Statement): boolean {
  return (
    ts.isVariableStatement(statement) &&
    (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const
  );
}
