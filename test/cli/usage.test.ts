import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../../generator/command-line/terminal.js";
import { commands } from "../../generator/commands/index.js";
import { createProject, desk } from "./create-project.js";
import { gatewrightCommand, plainEnvironment, runGatewright } from "./run-gatewright.js";

const project = createProject();
const run = (...args: readonly string[]) => runGatewright(project, args);
const names = commands.map(({ name }) => name);

const mistaken = createProject({ ...desk, "policies/more.yaml": "gatewright: 1\nroles: [}\n" });

describe("gatewright", () => {
  it.each([["--help"], ["-h"], ["help"]])("lists its commands for %s", (arg) => {
    const { status, stdout, stderr } = run(arg);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^usage: npx gatewright COMMAND/m);
    expect(stdout).toMatch(/^examples:$/m);
    for (const { name } of commands) expect(stdout).toContain(`${name} `);
    for (const { summary } of commands) expect(stdout.replace(/\s+/g, " ")).toContain(summary);
  });

  it.each([["--version"], ["-v"]])("shows its version for %s", (arg) => {
    const manifest = new URL("../../generator/package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    expect(run(arg)).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("asks for a command where there is none", () => {
    const { status, stdout, stderr } = run();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("usage: npx gatewright COMMAND");
  });

  it.each([
    [["biuld"], "unknown command `biuld`\n  did you mean `build`?"],
    [["Lint"], "unknown command `Lint`\n  did you mean `lint`?"],
    [["whocan"], "unknown command `whocan`\n  did you mean `who-can`?"],
    [["help", "chekc"], "unknown command `chekc`\n  did you mean `check`?"],
    [["deploy"], `unknown command \`deploy\`\n  the commands are ${names.join(", ")}`],
    [[""], "unknown command ``"],
    [
      ["--out", "x", "build"],
      "unknown option `--out`\n  the command comes first, then its options",
    ],
    [["\u001b[2J"], "unknown command `\\u001b[2J`"],
  ])("points out a mistake before the options: %j", (args, said) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`gatewright: ${said}`);
    expect(stderr).toMatch(/\nrun `npx gatewright --help` for more\n$/);
  });

  it("points out every mistake in the options of a command", () => {
    const args = ["--polices=p", "--format", "sarf", "--json=yes", "-x", "--out", "", "extra"];
    const { status, stdout, stderr } = run("check", ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe(`gatewright: unknown option \`--polices\`
  did you mean \`--policies\`?
gatewright: \`--format\` cannot be \`sarf\`
  did you mean \`sarif\`?
gatewright: \`--json\` takes no value
  write \`--json\` alone
gatewright: unknown option \`-x\`
  known here: --policies, --out, --format, --json, --help
gatewright: \`--out\` has no value
  write \`--out DIR\`
run \`npx gatewright check --help\` for more
`);
  });

  it.each([
    [["build", "generated"], "`generated` is one argument too many"],
    [["build", "--", "--json"], "`--json` is one argument too many"],
    [["build", "--out"], "`--out` has no value\n  write `--out DIR`"],
    [["lint", "--out=x"], "unknown option `--out`"],
    [["lint", "--format"], "`--format` has no value"],
    [
      ["lint", "--format", "xml"],
      "`--format` cannot be `xml`\n  write one of text, json, sarif, github",
    ],
    [["lint", "--format=sarif", "--json"], "`--json` and `--format sarif` want two formats"],
    [["lint", "--max-warnings", "many"], "`--max-warnings` is not a whole number"],
    [["lint", "--max-warnings=-1"], "`--max-warnings` is not a whole number"],
    [["lint", "--policies", "a", "--policies", "b"], "`--policies` is given twice"],
  ])("refuses %j", (args, said) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`gatewright: ${said}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe.each(names)("the help of gatewright %s", (name) => {
  const { status, stdout, stderr } = run(name, "--help");

  it("shows usage, options, examples and exit codes", async () => {
    const command = await commands.find((entry) => entry.name === name)?.load();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`\nusage: npx gatewright ${name} `);
    for (const option of command?.options ?? []) expect(stdout).toContain(`--${option.name} `);
    for (const { line } of command?.examples ?? []) {
      expect(line.split(" ")[0]).toBe(name);
      expect(stdout).toContain(`\n  npx gatewright ${line}\n`);
    }
    for (const { code } of command?.exitCodes ?? []) {
      expect(stdout).toMatch(new RegExp(`^ {2}${code} `, "m"));
    }
    expect(command?.examples.length).toBeGreaterThan(1);
  });

  it("fits a terminal of 80 columns, but for the examples", () => {
    const [text = ""] = stdout.split("\nexamples:\n");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("is there in every way to ask for it", () => {
    for (const args of [
      [name, "-h"],
      ["help", name],
      [name, "--help", "--nonsense"],
    ]) {
      expect(run(...args)).toEqual({ status: 0, stdout, stderr: "" });
    }
  });
});

describe("the policy folder", () => {
  it.each(["build", "check", "lint"])("that is missing is reported by %s", (name) => {
    const { status, stdout, stderr } = runGatewright(createProject({ "a.txt": "" }), [name]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toContain(`error[no-policy]: there is no such folder
 --> policies:1:1
  = help: run this in the folder that holds it, or name it with \`--policies\`
`);
  });

  it.each([
    ["policies/access.yaml", "this is not a folder"],
    ["empty", "the folder holds no policy file"],
    ["policies/access.yaml/x", "this cannot be read (ENOTDIR)"],
    ["no-yaml", "the folder holds no policy file"],
  ])("that is wrong is reported: %s", (folder, said) => {
    const project = createProject({ ...desk, "no-yaml/policy.yaml.txt": "", "empty/x/y": "" });
    const { status, stdout } = runGatewright(project, ["lint", "--policies", folder]);
    expect(status).toBe(1);
    expect(stdout).toContain(`error[no-policy]: ${said}\n --> ${folder}:1:1\n`);
  });

  it("may be named from elsewhere", () => {
    const { status } = runGatewright(`${project}/policies`, ["lint", "--policies", "../policies"]);
    expect(status).toBe(0);
  });
});

describe("colours", () => {
  const red = "\u001b[31m";

  it.each([
    [{}, false],
    [{ FORCE_COLOR: "1" }, true],
    [{ FORCE_COLOR: "" }, true],
    [{ FORCE_COLOR: "0" }, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("in a pipe with %j: %s", (environment, expected) => {
    const { stdout } = runGatewright(mistaken, ["lint"], environment);
    expect(stdout).toContain("yaml-syntax");
    expect(stdout.includes(red)).toBe(expected);
    const answer = runGatewright(project, ["explain", "GET", "/me"], environment).stdout;
    expect(answer.includes(red)).toBe(expected);
  });

  it("never stand in what scripts read", () => {
    for (const format of ["json", "sarif", "github"]) {
      const { stdout } = runGatewright(mistaken, ["lint", "--format", format], {
        FORCE_COLOR: "1",
      });
      expect(stdout).not.toContain("\u001b");
    }
  });

  it.each([
    [{}, true, true],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, true, false],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ TERM: "xterm" }, false, false],
  ])("with %j and a terminal (%s): %s", (env, isTTY, expected) => {
    const stream = { isTTY, write: () => true, on: () => {} };
    const terminal = createTerminal({ stdout: stream, stderr: stream, env, onFailure: () => {} });
    expect(terminal.hasColor).toBe(expected);
    expect(terminal.paint("red", "x")).toBe(expected ? "\u001b[31mx\u001b[39m" : "x");
  });
});

describe("output that goes nowhere", () => {
  const many = Array.from({ length: 3000 }, (_, n) => `  role${n}: { inherits: [nobody${n}] }\n`);
  const noisy = createProject({
    ...desk,
    "policies/more.yaml": `gatewright: 1\nroles:\n${many.join("")}`,
  });

  it("is no fault where the reader has left", async () => {
    const [node, script] = gatewrightCommand;
    const child = spawn(node, [script, "lint", "--json"], { cwd: noisy, env: plainEnvironment });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdout.once("data", () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });

  it("reaches a slow reader whole", async () => {
    const [node, script] = gatewrightCommand;
    const child = spawn(node, [script, "lint", "--json"], { cwd: noisy, env: plainEnvironment });
    await new Promise((resolve) => setTimeout(resolve, 300));
    let stdout = "";
    for await (const text of child.stdout.setEncoding("utf8")) stdout += text;
    expect(stdout.length).toBeGreaterThan(500_000);
    expect(JSON.parse(stdout).errors).toBe(3000);
  });

  it.skipIf(!existsSync("/dev/full"))("is a fault where the disk is full", () => {
    const [node, script] = gatewrightCommand;
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(node, [script, "lint"], {
      cwd: project,
      env: plainEnvironment,
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(status).toBe(70);
    expect(stderr).toBe("gatewright: the output cannot be written (ENOSPC)\n");
  });
});

describe("a bug of gatewright", () => {
  it("ends with 70 and a text to report, without what would move the cursor", () => {
    const planted = 'JSON.stringify = () => { throw new Error("planted \\u001b[2J"); };';
    const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURI(planted)}` };
    const { status, stdout, stderr } = runGatewright(project, ["lint", "--json"], environment);
    expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
    expect(stderr).toMatch(/^gatewright: internal error, please report it\n/);
    expect(stderr).toContain("Error: planted \\u001b[2J");
    expect(stderr).not.toContain("\u001b");
  });
});
