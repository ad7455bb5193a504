import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findUnprintable } from "../hostile/read-emitted.js";
import { createProject, desk, generatedNames, readFiles } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const policy = desk["policies/access.yaml"] ?? "";

describe("a symbolic link among the policies", () => {
  it("to a file is refused", () => {
    const folder = createProject({ "elsewhere.yaml": policy, ...desk });
    symlinkSync("../elsewhere.yaml", join(folder, "policies/more.yaml"));
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain(`error[policy-symlink]: a symbolic link is not followed
 --> policies/more.yaml:1:1
`);
    expect(existsSync(join(folder, "generated"))).toBe(false);
  });

  it("to a folder, to nothing or to itself is refused, all in one run", () => {
    const folder = createProject({ ...desk, "elsewhere/more.yaml": policy });
    symlinkSync("../elsewhere", join(folder, "policies/below"));
    symlinkSync("nowhere.yaml", join(folder, "policies/gone.yaml"));
    symlinkSync("loop.yaml", join(folder, "policies/loop.yaml"));
    symlinkSync(".", join(folder, "policies/self"));
    const { status, stdout } = runGatewright(folder, ["lint", "--json"]);
    expect(status).toBe(1);
    const found: readonly { code: string; file: string }[] = JSON.parse(stdout).diagnostics;
    expect(found.map(({ code, file }) => [code, file])).toEqual([
      ["policy-symlink", "policies/below"],
      ["policy-symlink", "policies/gone.yaml"],
      ["policy-symlink", "policies/loop.yaml"],
      ["policy-symlink", "policies/self"],
    ]);
  });

  it.each(["linked", "linked/"])("as the folder itself is refused: %s", (name) => {
    const folder = createProject();
    symlinkSync("policies", join(folder, "linked"));
    const { status, stdout } = runGatewright(folder, ["lint", "--policies", name]);
    expect(status).toBe(1);
    expect(stdout).toContain(
      "error[policy-symlink]: a symbolic link is not followed\n --> linked:1:1",
    );
  });
});

describe("a policy file that is no plain text", () => {
  it("a pipe is refused, not waited for", () => {
    const folder = createProject();
    expect(spawnSync("mkfifo", [join(folder, "policies/pipe.yaml")]).status).toBe(0);
    const { status, stdout } = runGatewright(folder, ["lint"]);
    expect(status).toBe(1);
    expect(stdout).toContain(`error[policy-unreadable]: this is not a file
 --> policies/pipe.yaml:1:1
`);
  });

  it("other bytes than UTF-8 are refused, beside the mistakes of other files", () => {
    const folder = createProject({ ...desk, "policies/more.yaml": "gatewright: 2\n" });
    writeFileSync(
      join(folder, "policies/latin.yaml"),
      Buffer.from("gatewright: 1 # \xe9\n", "latin1"),
    );
    const { status, stdout } = runGatewright(folder, ["lint"]);
    expect(status).toBe(1);
    expect(stdout.match(/^error.*/gm)).toEqual([
      "error[policy-encoding]: line 1 of the file is not UTF-8",
      "error[bad-value]: `gatewright` must be 1",
    ]);
  });

  it("a name that would move the cursor is shown as text", () => {
    const name = "\u001b[2J\u202e\u009b";
    const folder = createProject({
      ...desk,
      [`policies/${name}.yaml`]: "gatewright: 1\nroles: { boss: {} }\n",
    });
    for (const format of ["text", "github", "sarif", "json"]) {
      const { stdout, stderr } = runGatewright(folder, ["lint", "--format", format]);
      expect(stdout).toContain("unused-role");
      expect(findUnprintable(stdout + stderr)).toBeUndefined();
    }
    const { stdout } = runGatewright(folder, ["lint"]);
    expect(stdout).toContain("policies/\\u001b[2J\\u202e\\u009b.yaml:2:10");
    const json = JSON.parse(runGatewright(folder, ["lint", "--json"]).stdout);
    expect(json.diagnostics).toMatchObject([{ file: `policies/${name}.yaml` }]);
    const answer = runGatewright(folder, ["who-can", "GET", "/me", "--json"]);
    expect(findUnprintable(answer.stdout)).toBeUndefined();
    expect(JSON.parse(answer.stdout).reach.roles).toContain("boss");
  });
});

describe("a symbolic link where output goes", () => {
  it.each([
    ["the output folder", "generated", ["build"]],
    ["the output folder, with a slash", "generated", ["build", "--out", "generated/"]],
    ["a folder on the way", "src", ["build", "--out", "src/generated"]],
    ["a dangling link", "generated", ["build"]],
  ])("is not followed: %s", (name, link, args) => {
    const folder = createProject();
    const outside = createProject({ "keep.txt": "mine" });
    symlinkSync(name.includes("dangling") ? join(outside, "new") : outside, join(folder, link));
    const { status, stdout } = runGatewright(folder, args);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `error[output-symlink]: a symbolic link is not followed\n --> ${link}:1:1`,
    );
    expect(readFiles(outside)).toEqual({ "keep.txt": "mine" });
    // What was parsed is kept all the same, in the folder of the cache.
    const names = readdirSync(folder).filter((name) => name !== ".gatewright");
    expect(names.toSorted()).toEqual([link, "policies"].toSorted());
  });

  it("is not followed in place of a file, and nothing is written", () => {
    const folder = createProject();
    const outside = createProject({ "guards.ts": "mine" });
    mkdirSync(join(folder, "generated"));
    symlinkSync(join(outside, "guards.ts"), join(folder, "generated/guards.ts"));
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain("error[output-symlink]");
    expect(stdout).toContain("--> generated/guards.ts:1:1");
    expect(readFiles(outside)).toEqual({ "guards.ts": "mine" });
    expect(readdirSync(join(folder, "generated"))).toEqual(["guards.ts"]);
    expect(runGatewright(folder, ["check"]).stdout).toContain("error[output-symlink]");
  });

  it("is neither left over nor removed, even where it leads to a file of ours", () => {
    const folder = createProject();
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    symlinkSync("guards.ts", join(folder, "generated/linked.ts"));
    expect(runGatewright(folder, ["check"]).status).toBe(0);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    expect(lstatSync(join(folder, "generated/linked.ts")).isSymbolicLink()).toBe(true);
  });

  it("is the machine's own business above the working directory", () => {
    const folder = createProject();
    const other = createProject({});
    symlinkSync(folder, join(other, "link"));
    const { status } = runGatewright(join(other, "link"), ["build"]);
    expect(status).toBe(0);
    const elsewhere = runGatewright(folder, ["build", "--out", join(other, "link", "away")]);
    expect(elsewhere.status).toBe(0);
    expect(Object.keys(readFiles(join(folder, "away")))).toEqual(generatedNames);
  });
});

describe("the output", () => {
  it("stays in its folder, whatever the policy is called", () => {
    const folder = createProject({
      "a/policies/../../policies/x.yaml": "",
      ...desk,
      "policies/..%2f..%2fplanted.ts.yaml": "gatewright: 1\n",
    });
    writeFileSync(join(folder, "policies/x.yaml"), "gatewright: 1\n");
    const before = listAll(folder);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    const written = listAll(folder).filter(
      (path) => !before.includes(path) && !path.startsWith(".gatewright"),
    );
    expect(written).toEqual(["generated", ...generatedNames.map((name) => `generated/${name}`)]);
  });

  it("is written where --out says, also above the policies", () => {
    const folder = createProject({
      "project/policies/access.yaml": policy,
      "project/policies/orders.yaml": desk["policies/orders.yaml"] ?? "",
    });
    const out = join(realpathSync(folder), "out");
    const { status, stdout } = runGatewright(join(folder, "project"), ["build", "--out", "../out"]);
    expect(status).toBe(0);
    expect(stdout).toContain("wrote ../out/gate.ts\n");
    expect(readFileSync(join(out, "gate.ts"), "utf8")).toContain("Generated by gatewright");
  });
});

function listAll(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
}
