import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import type { Compilation } from "../../generator/compile.js";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { payloads } from "./payloads.js";
import { places } from "./places.js";
import { findUnprintable, shapeOf, toJavaScript } from "./read-emitted.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, "build"), { recursive: true });
const folder = mkdtempSync(join(root, "build", "hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Folders below `folder` with generated code that took a hostile text. */
const accepted: string[] = [];

/** A policy is refused with diagnostics that have a place in it, and nothing is emitted. */
function expectRefusal(sources: readonly SourceText[], { files, diagnostics }: Compilation): void {
  expect(files).toEqual([]);
  const texts = new Map(sources.map(({ path, text }) => [path, text]));
  for (const { code, message, help = "", at, related = [] } of diagnostics) {
    expect(code).toMatch(/^[a-z][a-z0-9-]+$/);
    for (const line of [message, help, ...related.map((place) => place.message)]) {
      expect(findUnprintable(line)).toBeUndefined();
      expect(line).not.toContain("\n");
      expect(line.length).toBeLessThan(2000);
    }
    for (const { file, start, end } of [at, ...related.map((place) => place.at)]) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(texts.get(file)?.length ?? -1);
    }
  }
  expect(findUnprintable(formatDiagnostics(diagnostics, sources, "text"))).toBeUndefined();
}

/** A policy is compiled to the same code as a harmless one, apart from words. */
function expectInertText(compilation: Compilation, benign: Compilation): void {
  expect(compilation.files.map(({ path }) => path)).toEqual(benign.files.map(({ path }) => path));
  for (const [index, { path, text }] of compilation.files.entries()) {
    expect(findUnprintable(text), path).toBeUndefined();
    expect(shapeOf(text), path).toEqual(shapeOf(benign.files[index]?.text ?? ""));
  }
}

function keep({ files, snapshot }: Compilation): void {
  const name = String(accepted.length);
  mkdirSync(join(folder, name));
  for (const { path, text } of files) {
    writeFileSync(join(folder, name, path), text);
    writeFileSync(join(folder, name, path.replace(/\.ts$/, ".js")), toJavaScript(text));
  }
  writeFileSync(join(folder, name, "snapshot.json"), JSON.stringify(snapshot));
  accepted.push(name);
}

describe.each(places.map((place) => [place.name, place] as const))("as %s", (_, place) => {
  const benign = compile(place.sourcesFor(place.benign));

  it("a benign text compiles", () => {
    expect(
      formatDiagnostics(benign.diagnostics, place.sourcesFor(place.benign), "text"),
    ).not.toContain("error[");
    expect(benign.files.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(payloads))(
    "%s is refused or stays text",
    { timeout: 20_000 },
    (name, text) => {
      const sources = place.sourcesFor(text);
      const compilation = compile(sources);
      if (compilation.diagnostics.some(({ severity }) => severity === "error")) {
        expectRefusal(sources, compilation);
        return;
      }
      if (!place.understands(text)) expectInertText(compilation, benign);
      // A megabyte more of the same is read as one.
      if (!name.startsWith("a megabyte")) keep(compilation);
    },
  );
});

describe("the code that took a hostile text", () => {
  /** Imports it all and looks for what the texts would have planted. */
  const script = `
    import { readFileSync } from "node:fs";
    import { isDeepStrictEqual } from "node:util";
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    let imported = 0;
    for (const name of JSON.parse(readFileSync(0, "utf8"))) {
      const folder = new URL(name + "/", ${JSON.stringify(`file://${folder}/`)});
      const { snapshot, guards, routeGuards } = await import(new URL("index.js", folder).href);
      const expected = JSON.parse(readFileSync(new URL("snapshot.json", folder), "utf8"));
      const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(snapshot)), expected);
      const isGuarded = snapshot.routes.every(({ id }) => Object.hasOwn(routeGuards, id)) &&
        snapshot.permissions.every((permission) => {
          const [resource, action] = permission.name.split(".");
          return Object.hasOwn(guards, resource) && Object.hasOwn(guards[resource], action);
        });
      const isClean = !("planted" in globalThis) && Object.getOwnPropertyNames(Object.prototype).join() === before;
      if (!isSame || !isGuarded || !isClean) throw new Error(JSON.stringify({ name, isSame, isGuarded, isClean }));
      imported += 1;
    }
    console.log(imported);
  `;

  it("runs, plants nothing and holds the very texts of the policy", { timeout: 120_000 }, () => {
    expect(accepted.length).toBeGreaterThan(100);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { input: JSON.stringify(accepted), encoding: "utf8", cwd: root },
    );
    expect(stderr).toBe("");
    expect(Number(stdout)).toBe(accepted.length);
  });

  it("passes the type check", { timeout: 120_000 }, () => {
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.base.json",
        compilerOptions: { noEmit: true },
        include: ["**/*.ts"],
      }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
  });

  it("is formatted already", { timeout: 120_000 }, () => {
    // Biome reads one configuration per repository, and this one's leaves the folder out.
    const outside = mkdtempSync(join(tmpdir(), "gatewright-"));
    cpSync(folder, join(outside, "generated"), { recursive: true });
    const { formatter, javascript } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    const files = { includes: ["**/*.ts"] };
    writeFileSync(join(outside, "biome.json"), JSON.stringify({ formatter, javascript, files }));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "format", "--max-diagnostics=3", "generated"];
    const run = spawnSync(process.execPath, args, { encoding: "utf8", cwd: outside });
    rmSync(outside, { recursive: true });
    const { status, stdout, stderr } = run;
    expect(status, stdout + stderr).toBe(0);
    // Biome writes its summary to standard error.
    expect(stderr).toContain(`Checked ${accepted.length * 7} files`);
  });
});
