import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const cases = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

mkdirSync(join(root, "build"), { recursive: true });
const scratch = mkdtempSync(join(root, "build", "compile-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function filesIn(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function countExpected(): number {
  return cases.flatMap((name) => Object.keys(filesIn(join(here, name, "expected")))).length;
}

function compileCase(name: string): Readonly<Record<string, string>> {
  const sources = Object.entries(filesIn(join(here, name, "policies"))).map(([file, text]) => ({
    path: `policies/${file}`,
    text,
  }));
  const { files, diagnostics } = compile(sources);
  expect(formatDiagnostics(diagnostics, sources, "text")).toBe("");
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}

describe.each(cases)("%s", (name) => {
  it("compiles to what expected/ holds", () => {
    const expected = join(here, name, "expected");
    const compiled = compileCase(name);
    if (process.env["UPDATE"] === "1") {
      rmSync(expected, { recursive: true, force: true });
      mkdirSync(expected);
      for (const [file, text] of Object.entries(compiled))
        writeFileSync(join(expected, file), text);
    }
    expect(filesIn(expected), `UPDATE=1 rewrites test/compile/${name}/expected`).toEqual(compiled);
  });

  it("names the file and the line of everything that it prints", () => {
    const { "guards.ts": guards = "", "types.ts": types = "" } = filesIn(
      join(here, name, "expected"),
    );
    for (const text of [guards, types]) {
      const lines = text.split("\n");
      // A guard, a claim or a route stands below its place.
      for (const [index, line] of lines.entries()) {
        if (!/^ {2,4}\S.*: (?:permission|route)\(|^ {2}readonly "[A-Z-]+ \//.test(line)) continue;
        expect(lines[index - 1], line).toMatch(/\/\*\* policies\/[a-z]+\.yaml:\d+/);
      }
    }
  });
});

describe("what is expected", () => {
  it("type-checks", { timeout: 120_000 }, () => {
    // Of a policy with conditions, theirs and `filter` besides; of one with sessions, theirs; of one with a key ring, its issuer; of one that masks responses, theirs.
    expect(countExpected()).toBe(cases.length * 7 + 9);
    for (const name of cases) {
      cpSync(join(here, name, "expected"), join(scratch, name), { recursive: true });
    }
    const compilerOptions = { noEmit: true };
    const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["**/*.ts"] };
    writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", scratch], { encoding: "utf8" });
    expect(stdout).toBe("");
  });

  it("is formatted already", { timeout: 120_000 }, () => {
    // Biome reads one configuration per repository, and this one's leaves the folder out.
    const outside = mkdtempSync(join(tmpdir(), "gatewright-"));
    for (const name of cases) {
      cpSync(join(here, name, "expected"), join(outside, "cases", name), { recursive: true });
    }
    const { formatter, javascript } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    writeFileSync(join(outside, "biome.json"), JSON.stringify({ formatter, javascript }));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const run = spawnSync(process.execPath, [biome, "format", "cases"], {
      encoding: "utf8",
      cwd: outside,
    });
    rmSync(outside, { recursive: true });
    expect(run.status, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toContain(`Checked ${countExpected()} files`);
  });
});
