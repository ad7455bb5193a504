import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../generator/1-load/parse-policy.js";
import { validateShape } from "../../generator/2-validate/validate-shape.js";
import { buildModel } from "../../generator/3-model/build-model.js";
import { lintModel } from "../../generator/4-lint/lint-model.js";
import { rules } from "../../generator/4-lint/rules/index.js";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";

const fileOf = (name: string) => new URL(`./${name}`, import.meta.url);

function lint(sources: readonly SourceText[]): string {
  const parsed = sources.map(parsePolicy);
  const documents = parsed.flatMap(({ document }) => document ?? []);
  const { model, diagnostics } = buildModel(documents);
  const all = [
    ...parsed.flatMap((result) => result.diagnostics),
    ...documents.flatMap(validateShape),
    ...diagnostics,
    ...(model === undefined ? [] : lintModel(model)),
  ];
  return formatDiagnostics(all, sources, "text");
}

function lintFile(name: string): string {
  return lint([{ path: name, text: readFileSync(fileOf(name), "utf8") }]);
}

describe.each(rules.map((rule) => rule.name))("%s", (name) => {
  it.each(["good.yaml", "bad.yaml"])("has an example %s", (file) => {
    expect(existsSync(fileOf(`${name}/${file}`)), `write test/lint/${name}/${file}`).toBe(true);
  });

  it("is silent about the good example", () => {
    expect(lintFile(`${name}/good.yaml`)).toBe("");
  });

  it("says of the bad example what expected.txt says", () => {
    const report = `${lintFile(`${name}/bad.yaml`)}\n`;
    const expected = fileOf(`${name}/expected.txt`);
    if (process.env["UPDATE"] === "1") writeFileSync(expected, report);
    const hint = `run once with UPDATE=1 to write test/lint/${name}/expected.txt`;
    expect(existsSync(expected), hint).toBe(true);
    expect(report).toBe(readFileSync(expected, "utf8"));
    expect(report).toContain(`[${name}]`);
  });
});

describe("the rules", () => {
  it("have examples for no other rule", () => {
    const folders = readdirSync(fileOf("."), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(folders.toSorted()).toEqual(rules.map((rule) => rule.name).toSorted());
  });

  it("find nothing in the policy of the sample service", () => {
    const folder = new URL("../../policies/", import.meta.url);
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => ({
        path: `policies/${name}`,
        text: readFileSync(new URL(name, folder), "utf8"),
      }));
    expect(sources.length).toBeGreaterThan(0);
    expect(lint(sources)).toBe("");
  });
});
