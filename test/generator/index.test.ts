import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Node, Project } from "ts-morph";
import { compile, formatDiagnostics, readPolicies, reportFormats, version } from "gatewright";
import { describe, expect, it } from "vitest";

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(fileOf(`${folder}/package.json`), "utf8"));

describe("the package gatewright", () => {
  it("says the version of its manifest", () => {
    expect(version).toBe(manifestOf("generator").version);
  });

  it("compiles a policy folder and prints what is wrong with one", async () => {
    const { sources, diagnostics } = await readPolicies(fileOf("policies"));
    expect(diagnostics).toEqual([]);
    const { files } = compile(sources);
    expect(files.map(({ path }) => path)).toContain("guards.ts");
    const bad = [{ path: "policies/a.yaml", text: "gatewright: 1\nrole: {}\n" }];
    const { diagnostics: mistakes, files: none } = compile(bad);
    expect(none).toEqual([]);
    for (const format of reportFormats) {
      expect(formatDiagnostics(mistakes, bad, format)).toContain("unknown-key");
    }
  });
});

describe("the door of the package", () => {
  it("opens to nothing without a comment that says what it is", () => {
    const project = new Project({ tsConfigFilePath: fileOf("generator/tsconfig.json") });
    const door = project.getSourceFileOrThrow(fileOf("generator/index.ts"));
    const exported = [...door.getExportedDeclarations()];
    expect(exported.length).toBeGreaterThan(10);
    const bare = exported.filter(([, declarations]) =>
      declarations.every((declaration) => commentsOf(declaration).length === 0),
    );
    expect(bare.map(([name]) => name)).toEqual([]);
  });
});

function commentsOf(declaration: Node): readonly Node[] {
  const holder = Node.isVariableDeclaration(declaration)
    ? declaration.getVariableStatement()
    : declaration;
  return Node.isJSDocable(holder) ? holder.getJsDocs() : [];
}
