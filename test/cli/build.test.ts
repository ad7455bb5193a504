import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { createProject, desk, generatedNames, readFiles, writeFiles } from "./create-project.js";
import { gatewrightCommand, plainEnvironment, runGatewright } from "./run-gatewright.js";

const sources = Object.entries(desk).map(([path, text]) => ({ path, text }));
const expected = Object.fromEntries(compile(sources).files.map(({ path, text }) => [path, text]));

const broken = {
  ...desk,
  "policies/more.yaml": "gatewright: 1\nroles:\n  boss: { inherits: [clrk] }\n",
};

function built(): string {
  const folder = createProject();
  expect(runGatewright(folder, ["build"]).status).toBe(0);
  return folder;
}

describe("gatewright build", () => {
  it("writes what the policy compiles to, and nothing else", () => {
    const folder = createProject();
    const { status, stdout, stderr } = runGatewright(folder, ["build"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(generatedNames.map((name) => `wrote generated/${name}\n`).join(""));
    expect(readFiles(join(folder, "generated"))).toEqual(expected);
    expect(Object.keys(expected)).toEqual(generatedNames);
  });

  it("writes only what changed", () => {
    const folder = built();
    const path = (name: string) => join(folder, "generated", name);
    const before = generatedNames.map((name) => statSync(path(name)));
    writeFileSync(path("guards.ts"), `${expected["guards.ts"]}// a line of mine\n`);
    const { stdout } = runGatewright(folder, ["build"]);
    expect(stdout).toBe("wrote generated/guards.ts\n6 more are up to date\n");
    const after = generatedNames.map((name) => statSync(path(name)));
    const touched = generatedNames.filter(
      (_, index) =>
        after[index]?.ino !== before[index]?.ino ||
        after[index]?.mtimeMs !== before[index]?.mtimeMs,
    );
    expect(touched).toEqual(["guards.ts"]);
    expect(readFiles(join(folder, "generated"))).toEqual(expected);
    expect(runGatewright(folder, ["build"]).stdout).toBe("7 files are up to date\n");
  });

  it("takes its folders from the options", () => {
    const folder = createProject({
      "access/a.yaml": desk["policies/access.yaml"] ?? "",
      "access/below/b.yml": desk["policies/orders.yaml"] ?? "",
    });
    const { status } = runGatewright(folder, ["build", "--policies=access/", "--out", "src/gen"]);
    expect(status).toBe(0);
    expect(Object.keys(readFiles(join(folder, "src/gen")))).toEqual(generatedNames);
    expect(readFileSync(join(folder, "src/gen/guards.ts"), "utf8")).toContain(
      "access/below/b.yml:4",
    );
    expect(existsSync(join(folder, "generated"))).toBe(false);
  });

  it("removes left-over files that carry its header, and only those", () => {
    const folder = built();
    const header = (expected["guards.ts"] ?? "").split("\n")[0];
    const mine = {
      "generated/notes.md": "mine",
      "generated/mine.ts": `// ${header}\nexport {};\n`,
      "generated/empty.ts": "",
      "generated/below/old.ts": `${header}\n`,
    };
    writeFiles(folder, { ...mine, "generated/old.ts": `${header}\nexport {};\n` });
    const { stdout, status } = runGatewright(folder, ["build"]);
    expect({ stdout, status }).toEqual({
      stdout: "removed generated/old.ts\n7 more are up to date\n",
      status: 0,
    });
    expect(existsSync(join(folder, "generated/old.ts"))).toBe(false);
    for (const [path, text] of Object.entries(mine)) {
      expect(readFileSync(join(folder, path), "utf8")).toBe(text);
    }
  });

  it.each([
    ["in a folder that is not there yet", []],
    ["in a folder that is up to date", ["build"]],
  ])("writes nothing where the policy has an error, %s", (_, first) => {
    const folder = createProject();
    if (first.length > 0) runGatewright(folder, first);
    const before = existsSync(join(folder, "generated"))
      ? readFiles(join(folder, "generated"))
      : {};
    writeFiles(folder, broken);
    writeFiles(folder, first.length > 0 ? { "generated/old.ts": expected["gate.ts"] ?? "" } : {});
    const { status, stdout, stderr } = runGatewright(folder, ["build"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toContain("error[unknown-role]: unknown role `clrk`");
    expect(stdout).toContain("--> policies/more.yaml:3:22");
    expect(stdout).toContain("help: did you mean `clerk`?");
    expect(stdout).toMatch(/\n\nnothing was written\n$/);
    if (first.length === 0) expect(existsSync(join(folder, "generated"))).toBe(false);
    else {
      expect(readFiles(join(folder, "generated"))).toEqual({
        ...before,
        "old.ts": expected["gate.ts"],
      });
    }
  });

  it("refuses to overwrite a file that it did not generate, and then writes nothing at all", () => {
    const folder = createProject({ ...desk, "generated/guards.ts": "export const mine = 1;\n" });
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-not-ours]");
    expect(stdout).toContain("--> generated/guards.ts:1:1");
    expect(stdout).toContain("help: move it away, or name another `--out` folder");
    expect(readFiles(join(folder, "generated"))).toEqual({
      "guards.ts": "export const mine = 1;\n",
    });
  });

  it("refuses a folder that stands where a file goes", () => {
    const folder = createProject();
    mkdirSync(join(folder, "generated/types.ts"), { recursive: true });
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-not-ours]");
    expect(namesIn(folder)).toEqual(["types.ts"]);
  });

  it("mends a generated file that a merge left in conflict", () => {
    const folder = built();
    const text = expected["guards.ts"] ?? "";
    const conflict = `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`;
    writeFileSync(join(folder, "generated/guards.ts"), conflict);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    expect(readFiles(join(folder, "generated"))).toEqual(expected);
  });

  it.each(["notes.txt", "notes.txt/below"])("says so where --out leads to a file: %s", (out) => {
    const folder = createProject({ ...desk, "notes.txt": "mine" });
    const { status, stdout } = runGatewright(folder, ["build", "--out", out]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-not-folder]: this is not a folder\n --> notes.txt:1:1");
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });

  it("says so where the output folder cannot be used", () => {
    const { status, stdout } = runGatewright(createProject(), ["build", "--out", "x".repeat(300)]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-unwritable]");
    expect(stdout).toContain("(ENAMETOOLONG)");
  });

  it("leaves everything as it was where the disk is full", () => {
    const folder = createProject({ ...desk, "generated/guards.ts": expected["gate.ts"] ?? "" });
    const [node, script] = gatewrightCommand;
    // Blocks of 1024 bytes: one file of the output is larger.
    const limited = `ulimit -f 1; exec "$0" "$@"`;
    const { status, stdout } = spawnSync("bash", ["-c", limited, node, script, "build"], {
      cwd: folder,
      env: plainEnvironment,
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-unwritable]");
    expect(stdout).toContain("(EFBIG)");
    expect(stdout).toMatch(/not everything was written\n$/);
    expect(readFiles(join(folder, "generated"))).toEqual({ "guards.ts": expected["gate.ts"] });
  });

  it("prints warnings and writes all the same", () => {
    const folder = createProject({
      ...desk,
      "policies/more.yaml": "gatewright: 1\nroles:\n  boss: {}\n",
    });
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(0);
    expect(stdout).toContain("warning[unused-role]");
    expect(stdout).toContain("\n1 warning\n\nwrote generated/can.ts\n");
  });

  it("says in JSON what it did", () => {
    const folder = createProject({ ...desk, "generated/old.ts": expected["gate.ts"] ?? "" });
    const first = runGatewright(folder, ["build", "--json"]);
    const all = generatedNames.map((name) => `generated/${name}`);
    expect(JSON.parse(first.stdout)).toEqual({
      command: "build",
      exitCode: 0,
      diagnostics: [],
      written: all,
      removed: ["generated/old.ts"],
      unchanged: [],
    });
    const second = runGatewright(folder, ["build", "--format=json"]);
    expect(JSON.parse(second.stdout)).toMatchObject({ written: [], removed: [], unchanged: all });
    writeFiles(folder, broken);
    const third = runGatewright(folder, ["build", "--json"]);
    expect(third.status).toBe(1);
    expect(JSON.parse(third.stdout)).toMatchObject({
      exitCode: 1,
      diagnostics: [{ code: "unknown-role", file: "policies/more.yaml", line: 3, column: 22 }],
      written: [],
      removed: [],
      unchanged: [],
    });
  });

  it("gives the same bytes for CRLF policies", () => {
    const crlf = Object.fromEntries(
      Object.entries(desk).map(([path, text]) => [path, text.replaceAll("\n", "\r\n")]),
    );
    const folder = createProject(crlf);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    expect(readFiles(join(folder, "generated"))).toEqual(expected);
  });
});

function namesIn(folder: string): readonly string[] {
  return existsSync(join(folder, "generated")) ? readdirSync(join(folder, "generated")) : [];
}
