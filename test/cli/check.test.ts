import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, desk, generatedNames, readFiles } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const project = createProject();
runGatewright(project, ["build"]);
const generated = Object.fromEntries(
  Object.entries(readFiles(join(project, "generated"))).map(([name, text]) => [
    `generated/${name}`,
    text,
  ]),
);
const whole = { ...desk, ...generated };

/** A project with its output, changed in some way. */
function projectWith(
  changes: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
): string {
  const folder = createProject({ ...whole, ...changes });
  for (const path of removed) rmSync(join(folder, path));
  return folder;
}

const leftOver = { "generated/old.ts": generated["generated/gate.ts"] ?? "" };
const changed = { "generated/guards.ts": `${generated["generated/guards.ts"]}\n` };
const missing = ["generated/types.ts"];

describe("gatewright check", () => {
  it("is content with what build has written", () => {
    expect(Object.keys(generated)).toHaveLength(generatedNames.length);
    const run = runGatewright(projectWith({}), ["check"]);
    expect(run).toEqual({ status: 0, stdout: "7 files are up to date\n", stderr: "" });
  });

  it.each([
    ["a changed file", projectWith(changed), "changed    generated/guards.ts"],
    ["a missing file", projectWith({}, missing), "missing    generated/types.ts"],
    ["a left-over file", projectWith(leftOver), "left over  generated/old.ts"],
  ])("reports %s", (_, folder, line) => {
    const { status, stdout, stderr } = runGatewright(folder, ["check"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toBe(
      `the generated files do not fit the policy:\n  ${line}\nrun \`npx gatewright build\`\n`,
    );
  });

  it("tells changed, missing and left over apart in one run, and writes nothing", () => {
    const folder = projectWith({ ...changed, ...leftOver }, missing);
    const before = readFiles(join(folder, "generated"));
    const { status, stdout } = runGatewright(folder, ["check", "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      command: "check",
      exitCode: 1,
      diagnostics: [
        drift("output-changed", "generated/guards.ts"),
        drift("output-left-over", "generated/old.ts"),
        drift("output-missing", "generated/types.ts"),
      ],
      drift: [
        { file: "generated/guards.ts", state: "changed" },
        { file: "generated/old.ts", state: "left-over" },
        { file: "generated/types.ts", state: "missing" },
      ],
    });
    expect(readFiles(join(folder, "generated"))).toEqual(before);
  });

  it("reports every file as missing where nothing was built", () => {
    const { status, stdout } = runGatewright(createProject(), ["check"]);
    expect(status).toBe(1);
    expect(stdout.match(/ {2}missing {4}generated\//g)).toHaveLength(generatedNames.length);
  });

  it.each([
    ["one byte less", (text: string) => text.slice(0, -1)],
    ["one letter", (text: string) => text.replace("orders", "order5")],
    ["a byte order mark", (text: string) => `\ufeff${text}`],
    ["a carriage return in a line", (text: string) => text.replace(" = ", " =\r ")],
    ["nothing but the header", (text: string) => text.split("\n").slice(0, 3).join("\n")],
  ])("takes %s for a change", (_, change) => {
    const folder = projectWith({
      "generated/guards.ts": change(generated["generated/guards.ts"] ?? ""),
    });
    const { status, stdout } = runGatewright(folder, ["check"]);
    expect(status).toBe(1);
    expect(stdout).toContain("  changed    generated/guards.ts\n");
  });

  it("does not take line ends for a change, and build leaves them alone", () => {
    const crlf = Object.fromEntries(
      Object.entries(whole).map(([path, text]) => [path, text.replaceAll("\n", "\r\n")]),
    );
    const folder = createProject(crlf);
    expect(runGatewright(folder, ["check"]).status).toBe(0);
    expect(runGatewright(folder, ["build"]).stdout).toBe("7 files are up to date\n");
  });

  it("lets files of others be", () => {
    const folder = projectWith({ "generated/mine.ts": "export {};\n", "generated/.gitignore": "" });
    expect(runGatewright(folder, ["check"]).status).toBe(0);
  });

  it("says so where a file of others stands in the way, beside the drift", () => {
    const folder = projectWith({ "generated/guards.ts": "export {};\n" }, missing);
    const { status, stdout } = runGatewright(folder, ["check"]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-not-ours]");
    expect(stdout).toContain("  missing    generated/types.ts\n");
  });

  it("finds drift after a change of the policy", () => {
    const policy = desk["policies/access.yaml"] ?? "";
    const folder = projectWith({
      "policies/access.yaml": policy.replace("[orders.refund]", '["orders.*"]'),
    });
    const { status, stdout } = runGatewright(folder, ["check"]);
    expect(status).toBe(1);
    expect(stdout.match(/ {2}changed {4}/g)).toHaveLength(generatedNames.length);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    expect(runGatewright(folder, ["check"]).status).toBe(0);
  });

  it("reports a policy that no longer compiles", () => {
    const folder = projectWith({ "policies/orders.yaml": "gatewright: 1\nroutes: [}\n" });
    const text = runGatewright(folder, ["check"]);
    expect(text.status).toBe(1);
    expect(text.stdout).toContain("error[yaml-syntax]");
    expect(text.stdout).not.toContain("build");
    const json = JSON.parse(runGatewright(folder, ["check", "--json"]).stdout);
    expect(json).toMatchObject({ exitCode: 1, drift: null });
    expect(json.diagnostics[0]).toMatchObject({
      code: "yaml-syntax",
      file: "policies/orders.yaml",
    });
  });

  it("names the command that cures it, with the folders that were given", () => {
    const folder = createProject();
    const args = ["check", "--out", "src/it's generated", "--policies=policies"];
    const { stdout } = runGatewright(folder, args);
    expect(stdout).toContain(
      "run `npx gatewright build --policies policies --out 'src/it'\\''s generated'`\n",
    );
  });

  it("annotates drift for GitHub and for code scanning", () => {
    const folder = projectWith({ ...changed, ...leftOver });
    const { status, stdout } = runGatewright(folder, ["check", "--format", "github"]);
    expect(status).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "::error file=generated/guards.ts,line=1,endLine=1,col=1,endColumn=1,title=output-changed::the file is not what the policy compiles to%0Arun `npx gatewright build`",
      "::error file=generated/old.ts,line=1,endLine=1,col=1,endColumn=1,title=output-left-over::the file is left over: the policy no longer compiles to it%0Arun `npx gatewright build`",
      "",
    ]);
    const sarif = JSON.parse(runGatewright(folder, ["check", "--format", "sarif"]).stdout);
    const results: readonly { readonly ruleId: string }[] = sarif.runs[0].results;
    expect(results.map(({ ruleId }) => ruleId)).toEqual(["output-changed", "output-left-over"]);
  });
});

describe("the generated files of this repository", () => {
  it("fit its policy", () => {
    const root = new URL("../..", import.meta.url).pathname;
    const run = runGatewright(root, ["check"]);
    expect(run).toEqual({ status: 0, stdout: "13 files are up to date\n", stderr: "" });
  });
});

function drift(code: string, file: string) {
  const messages: Readonly<Record<string, string>> = {
    "output-changed": "the file is not what the policy compiles to",
    "output-left-over": "the file is left over: the policy no longer compiles to it",
    "output-missing": "the file is missing",
  };
  return {
    code,
    severity: "error",
    message: messages[code],
    help: "run `npx gatewright build`",
    file,
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
    related: [],
  };
}
